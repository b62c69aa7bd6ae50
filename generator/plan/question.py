"""Questions about versions: may one be served for the first time?"""

from operator import attrgetter
from typing import Self

from msgspec import Struct, field
from msgspec.structs import replace

from generator.catalog.catalog import Version
from generator.catalog.savedmodel.reading import Reading
from generator.environment.environment import Environment, NamedProbe, Require
from generator.environment.policy import ModelPolicy
from generator.environment.reading import reading_of
from generator.lock.lock import Lock
from generator.text.digest import json_digest

_REQUIRE = attrgetter(*Require.__match_args__)


class Question(Struct, frozen=True):
    """Whether a version may be served for the first time."""

    version: Version
    reading: Reading
    require: Require = field(default_factory=Require)
    served: Version | None = None
    """The newest version of the model that is served."""
    probe: NamedProbe | None = None
    """The probe of its policy, whatever it brings itself."""

    @classmethod
    def of(
        cls, version: Version, environment: Environment, policy: ModelPolicy, lock: Lock
    ) -> Self:
        """Return the question of *version*, which *environment* has under *policy*."""
        served = lock.by_name.get(policy.name)
        newest = served.versions[-1] if served else None
        return cls(version, reading_of(environment.serving), policy.require, newest, policy.probe)

    @property
    def own_reading(self) -> Reading:
        """The reading of the version alone: its own probe counts where the policy says none."""
        return self.reading if self.probe is None else replace(self.reading, probes=False)

    @property
    def key(self) -> str:
        """The digest that the answer is cached by: of all that it depends on."""
        compared = self.served if self.require.signatures else None
        versions = [item and [item.path, item.digest] for item in (self.version, compared)]
        rules = [*self.reading.canonical, *_REQUIRE(self.require)]
        rules += [[str(self.probe), self.probe.value.name]] if self.probe else []
        return json_digest([versions, rules])
