"""A swap in pods: a model that lets go of what it serves, for there is no room for both."""

from msgspec import Struct


class Swap(Struct, frozen=True):
    """A model that pods swap one after another, each out of its Service meanwhile."""

    model: str
    both: int
    """The bytes that a pod would hold with old and new together, and all else beside."""
    limit: int
    """The bytes that it may: `serving.memory`."""
    loads: int
    """The bytes that each pod loads while it is out."""
    pods: tuple[int, int]
    """The fewest and the most pods."""
