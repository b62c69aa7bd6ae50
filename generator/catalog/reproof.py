"""The schedule of proofs: the versions that a run compares with the store again."""

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from generator.catalog.catalog import Version

FEW = 200
"""Up to this many versions are all compared in each run."""
_SLOTS = 24


@dataclass(frozen=True, slots=True)
class Schedule:
    """The versions that a run at a time compares with the store again."""

    now: datetime
    period: int
    """Seconds within which each version is compared; 0 compares all."""

    def due(self, versions: Collection[Version]) -> set[str]:
        """Return the paths of those *versions* that the run compares.

        All, while there are not more than `FEW`. Else each has a slot, by its path, in the
        period: a sync in every slot (an hour of a day) compares each within the period.
        """
        if len(versions) <= FEW or self.period < _SLOTS:
            return {version.path for version in versions}
        slot = int(self.now.timestamp()) // (self.period // _SLOTS) % _SLOTS
        paths = (version.path for version in versions)
        return {path for path in paths if zlib.crc32(path.encode()) % _SLOTS == slot}
