"""The overviews of several environments at one moment; one that cannot be read stops no other."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

from msgspec import Struct, field

from generator.errors import GeneratorError
from generator.status.overview.overview import Overview
from generator.status.status import Status


class FleetOverview(Struct, frozen=True, dict=True):
    """The environments, in the order in which they are told."""

    at: datetime
    """The moment."""
    found: Mapping[str, Overview | GeneratorError]
    """By environment."""
    pods: Mapping[str, Status] = field(default_factory=dict)
    """By environment, where pods were asked."""

    @cached_property
    def read(self) -> Mapping[str, Overview]:
        """The environments that could be read."""
        return {name: one for name, one in self.found.items() if isinstance(one, Overview)}

    @cached_property
    def errors(self) -> Mapping[str, GeneratorError]:
        """The environments that could not be read."""
        return {n: one for n, one in self.found.items() if isinstance(one, GeneratorError)}
