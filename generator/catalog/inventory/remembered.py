"""The cache of one inventory: an inventory is read once, and counts for the runs until the next.

A cache and no more: without it the next run reads the inventory again, with the same result.
"""

import hashlib
import json
from collections.abc import Sequence

from generator.catalog import cache_file, rules
from generator.catalog.evidence import Proof, Shown, Snapshot
from generator.catalog.location import InventoryAddress, StoreAddress
from generator.limits.json import CACHE_BYTES
from generator.text import bounded_json

_FORMAT = 1
_UNUSABLE = (ValueError, LookupError, TypeError, AttributeError)


class Remembered:
    """The outcome of the last inventory for some environments, in a file of the cache folder."""

    def __init__(
        self, source: StoreAddress, inventory: InventoryAddress, environments: Sequence[str]
    ) -> None:
        key = [_FORMAT, source.url, source.endpoint, inventory.url, *sorted(environments)]
        name = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]
        self._file = cache_file.path(f"{name}-inventory.json")

    def recalled(self, snapshot: Snapshot) -> Shown | None:
        """Return what *snapshot* has shown; None where nothing usable is remembered of it.

        Nor where a program with other rules has read it.
        """
        data = cache_file.read(self._file)
        if data is None:
            return None
        try:
            found = bounded_json.loads(data)
            if found["format"] != _FORMAT or found["snapshot"] != _named(snapshot):
                return None
            if found["rules"] != rules.digest(rules.INVENTORIES):
                return None
            return Shown(_proofs(found["confirmed"]), _proofs(found["doubted"]))
        except _UNUSABLE:
            return None

    def keep(self, snapshot: Snapshot, shown: Shown) -> None:
        """Keep what *snapshot* has *shown*, and nothing else; a cache that fails is no error."""
        told = {
            "format": _FORMAT,
            "snapshot": _named(snapshot),
            "rules": rules.digest(rules.INVENTORIES),
            "confirmed": sorted(shown.confirmed),
            "doubted": sorted(shown.doubted),
        }
        cache_file.write(self._file, json.dumps(told).encode(), CACHE_BYTES)


def _named(snapshot: Snapshot) -> list[str]:
    return [snapshot.key, snapshot.digest]


def _proofs(found: list[list[str]]) -> frozenset[Proof]:
    return frozenset((str(path), str(digest)) for path, digest in found)
