"""Objects that the indexes of a store declare: nobody may overwrite them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct, field

from generator.catalog import index
from generator.catalog.claim import Parsed
from generator.catalog.ports import Progress, Store
from generator.catalog.stored_object import Unreadable
from generator.limits.index import INDEX_BYTES


class Declared(Struct, frozen=True):
    """The declarations of some objects in indexes, by key."""

    rows: Mapping[str, Mapping[str, str]]
    """The third field of the rows of an object, by the key of the index."""
    unsure: Mapping[str, tuple[str, ...]]
    """By object: the indexes that may list it, but break a rule or cannot be read."""


def declared(store: Store, keys: Collection[str], progress: Progress) -> Declared:
    """Return what all indexes of *store* say of the objects *keys*.

    Raises:
        StoreError: The store cannot be read.
    """
    found = _Search(frozenset(keys))
    items = {item.key: item for item in (store.indexes() if keys else ())}
    small = [name for name, item in items.items() if item.size <= INDEX_BYTES]
    for name in items.keys() - set(small):
        found.add_unsure(name, found.wanted)
    for name, data in progress.track("indexes read", store.read(small), len(small)):
        if isinstance(data, Unreadable):
            found.add_unsure(name, found.wanted)
        else:
            found.add(name, data, index.parse(name, data, store.location))
    return Declared(found.rows, {key: tuple(sorted(names)) for key, names in found.unsure.items()})


class _Search(Struct, frozen=False):
    """The declarations found so far."""

    wanted: frozenset[str]
    rows: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    unsure: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, data: bytes, parsed: Parsed) -> None:
        """Take in one index: what it lists, or may list where it breaks a rule as a whole."""
        for blob in (blob for claim in parsed.claims for blob in claim.blobs):
            if blob.key in self.wanted:
                self.rows[blob.key][name] = blob.etag
        if any(hold.version is None for hold in parsed.held):
            self.add_unsure(name, (key for key in self.wanted if _in_csv(key) in data))

    def add_unsure(self, name: str, keys: Iterable[str]) -> None:
        for key in keys:
            self.unsure[key].append(name)


def _in_csv(key: str) -> bytes:
    return key.replace('"', '""').encode(errors="surrogateescape")
