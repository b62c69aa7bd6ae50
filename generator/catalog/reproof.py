"""The schedule of proofs: the versions that a run compares with the store again."""

import zlib
from collections.abc import Collection
from datetime import datetime

from generator.catalog.catalog import Version

FEW = 200
"""Up to this many versions are all compared in each run."""
_SLOTS = 24


def due(versions: Collection[Version], now: datetime, period: int) -> set[str]:
    """Return the paths of those *versions* that a run at *now* compares with the store.

    All, while there are not more than `FEW`. Else each has a slot, by its path, in the *period*
    of seconds: a sync in every slot (an hour of a day) compares each within the period.
    """
    if len(versions) <= FEW or period < _SLOTS:
        return {version.path for version in versions}
    slot = int(now.timestamp()) // (period // _SLOTS) % _SLOTS
    paths = (version.path for version in versions)
    return {path for path in paths if zlib.crc32(path.encode()) % _SLOTS == slot}
