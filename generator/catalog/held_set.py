"""The set of what some holds are of: indexes and versions."""

from collections.abc import Iterable

from msgspec import Struct

from generator.catalog.catalog import Version
from generator.catalog.hold import Held


class HeldSet(Struct, frozen=True):
    """The indexes and versions that some holds are of, to be asked with `in`."""

    indexes: frozenset[str]
    """Keys of indexes that are held as a whole."""
    versions: frozenset[tuple[str | None, int]]
    """Base path and number."""
    base_paths: frozenset[str]

    @classmethod
    def of(cls, held: Iterable[Held]) -> "HeldSet":
        """Return the set of what *held* is of."""
        held = tuple(held)
        return cls(
            frozenset(hold.index for hold in held if hold.version is None),
            frozenset((hold.base_path, hold.version) for hold in held if hold.version is not None),
            frozenset(hold.base_path for hold in held if hold.base_path is not None),
        )

    def __contains__(self, item: Version) -> bool:
        return item.index.key in self.indexes or (item.base_path, item.version) in self.versions
