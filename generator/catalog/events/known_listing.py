"""The listing of a store that an earlier run has made, as it is amended by notifications."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from generator.catalog import cache_file
from generator.catalog.location import StoreAddress
from generator.catalog.stored_object import StoredObject
from generator.catalog.watched import listing_digest
from generator.text import bounded_json

_FORMAT = 1
_NONE = ValueError, LookupError, TypeError, AttributeError, OverflowError


class KnownListing(Struct, frozen=True, dict=True):
    """The indexes of a store: as a whole listing told them, and as they were looked at since."""

    swept: int
    """When the whole listing was made, in seconds of the epoch."""
    indexes: tuple[StoredObject, ...]
    """Sorted by key."""
    overlooked: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """The digest by which a receipt knows it."""
        return listing_digest(self.indexes, self.overlooked)

    def amended(self, keys: Iterable[str], found: Iterable[StoredObject]) -> Self:
        """Return it with *keys* as they were *found*: those of them that were not are gone."""
        indexes = {item.key: item for item in self.indexes}
        for key in keys:
            indexes.pop(key, None)
        indexes |= {item.key: item for item in found}
        return replace(self, indexes=tuple(indexes[key] for key in sorted(indexes)))


class ListingFile:
    """The files of the user's cache folder that keep the known listing of one store.

    Its digest has a file of its own: of a hundred thousand indexes, to read that alone takes no
    time.
    """

    def __init__(self, address: StoreAddress) -> None:
        store = json.dumps([_FORMAT, address.url, address.endpoint])
        name = hashlib.sha256(store.encode()).hexdigest()[:32]
        self._path = cache_file.path(f"{name}-listing.json")
        self._digest = cache_file.path(f"{name}-listing.digest")

    def digest(self) -> str | None:
        """Return the digest of the listing that was kept last; None without one."""
        data = cache_file.read(self._digest)
        return data.decode(errors="replace") if data else None

    def load(self) -> KnownListing | None:
        """Return the listing; None where none is kept, or it is not what its digest says."""
        try:
            head, _, body = (cache_file.read(self._path) or b"").partition(b"\n")
            told, (indexes, overlooked) = bounded_json.loads(head), bounded_json.loads(body)
            if told["format"] != _FORMAT or type(told["swept"]) is not int or told["swept"] < 0:
                return None
            found = KnownListing(
                told["swept"],
                tuple(
                    StoredObject(str(key), int(size), str(etag), datetime.fromisoformat(modified))
                    for key, size, etag, modified in indexes
                ),
                tuple(map(str, overlooked)),
            )
        except _NONE:
            return None
        return found if found.digest == told["digest"] else None

    def save(self, listing: KnownListing) -> bool:
        """Keep *listing* in place of the one before, and return whether it is kept."""
        head = {"format": _FORMAT, "swept": listing.swept, "digest": listing.digest}
        rows = (
            json.dumps([item.key, item.size, item.etag, item.modified.isoformat()])
            for item in listing.indexes
        )
        body = f"[[{','.join(rows)}],{json.dumps(listing.overlooked)}]"
        # First: if this ends in between, no receipt holds, and the listing before is looked at.
        cache_file.write(self._digest, listing.digest.encode())
        return cache_file.write(self._path, f"{json.dumps(head)}\n{body}\n".encode())

    def forget(self) -> bool:
        """Forget the listing, and return whether the next run has none, and no receipt holds."""
        return cache_file.forget(self._digest) and cache_file.forget(self._path)
