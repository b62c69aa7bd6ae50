"""The swaps that are decided for a pod, and what its config may not have for them."""

from collections.abc import Collection, Mapping

from msgspec import Struct

from generator.agent.decide.swap.swap import Swap
from generator.serving.state import VersionKey


class Decided(Struct, frozen=True):
    """The swaps of a pod, and what a config may not have for them."""

    swap: Swap
    waits: Mapping[VersionKey, str]
    """The reasons for which versions are not named now."""
    goes: frozenset[VersionKey] = frozenset()
    """The versions that are named, and are let go of now."""
    has_room: bool | None = None
    """Whether the pod has room for its turn, or could make it; None if nobody can tell now."""


def named_of(goes: Collection[VersionKey], name: str) -> frozenset[int]:
    """Return the versions of a model among those that are let go of."""
    return frozenset(number for of, number in goes if of == name)
