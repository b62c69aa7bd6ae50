"""The table of all limits, by the kind of what they bound."""

from collections.abc import Iterator
from types import ModuleType

from generator.limits import index, template, text, waits, yaml
from generator.limits.limit import Limit

AREAS: tuple[ModuleType, ...] = (index, yaml, template, text, waits)
"""A module for each kind of input, in the order of docs/reference/limits.md."""


def limits(area: ModuleType) -> Iterator[tuple[str, Limit]]:
    """Yield the limits of one of `AREAS` by their names, in the order in which they stand there."""
    for name, value in vars(area).items():
        if isinstance(value, Limit):
            yield name, value
