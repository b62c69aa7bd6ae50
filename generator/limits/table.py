"""The table of all limits, by the kind of what they bound."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from generator import limits as package
from generator.limits.limit import Limit

_OTHERS = frozenset({"limit", "table"})


def areas() -> Iterator[ModuleType]:
    """Yield the modules of limits, one for each kind of input, in the order of their names."""
    for found in pkgutil.iter_modules(package.__path__):
        if found.name not in _OTHERS:
            yield import_module(f"{package.__name__}.{found.name}")


def limits(area: ModuleType) -> Iterator[tuple[str, Limit]]:
    """Yield the limits of one of `areas` by their names, in the order in which they stand there."""
    for name, value in vars(area).items():
        if isinstance(value, Limit):
            yield name, value
