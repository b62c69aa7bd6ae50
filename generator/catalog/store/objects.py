"""The objects of a store, bucket or folder: read, hashed and written side by side."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path

from generator.catalog.checksum import hashing
from generator.catalog.index_names import is_almost
from generator.catalog.location import Location
from generator.catalog.store.answers import ObjectUnreadableError
from generator.catalog.store.object_access import ObjectAccess
from generator.catalog.store.parallel import each
from generator.catalog.store.refusals import Refusals
from generator.catalog.store.top import IndexNames
from generator.catalog.stored_object import StoredObject, TooLarge, Unreadable
from generator.catalog.warned import Warned
from generator.errors import StoreError
from generator.limits.index import INDEX_BYTES
from generator.limits.store import DIRECTORY_OBJECTS

_PART_BYTES = 10 * 1024 * 1024
"""The bytes that one request asks for: a time-out is for a whole request."""

_AHEAD_BYTES = 256 * 1024
"""The bytes of an index that is read side by side with others, of which many are waiting then."""

_LOOKS = 16
"""The objects that one task looks at: a task costs as much as a look."""


class Objects(ObjectAccess):
    """An open store, below the prefix of its location."""

    def __init__(self, location: Location) -> None:
        super().__init__(location)
        self._refusals = Refusals(self._verify)
        self._names = IndexNames()

    def overlooked(self) -> tuple[str, ...]:
        """Return keys that may be meant as indexes, and are none; of a store without, some more.

        It goes by what `indexes` has seen, and asks for a page or two only if that found none.
        A store that does not answer this says nothing: it is only for a warning.
        """
        found = set(self._names.almost)
        if not self._names.has_indexes:
            with suppress(StoreError):
                found.update(key for key in self._first_keys() if is_almost(key))
        return tuple(sorted(found))

    def is_remembered(self, key: str) -> bool:  # noqa: ARG002  of a listing of now, nothing is
        """Return that nothing is: `indexes` lists."""
        return False

    def warnings(self) -> tuple[Warned, ...]:
        """Return none: `indexes` lists."""
        return ()

    def objects(
        self, directories: Collection[str]
    ) -> Iterator[tuple[str, tuple[StoredObject, ...] | Unreadable]]:
        """Yield each directory with all objects below it; Unreadable where that is withheld.

        Raises:
            StoreError: The store itself fails.
        """
        yield from each(self._directory, directories)

    def read(self, keys: Collection[str]) -> Iterator[tuple[str, bytes | Unreadable]]:
        """Yield the bytes of each index; Unreadable where the store withholds that one.

        Missing is among them, the store's own word that there is no such key, and TooLarge.
        Small ones are read side by side, and large ones one after the other.

        Raises:
            StoreError: The store itself fails.
        """
        for key, data in each(partial(self._read, _AHEAD_BYTES), keys):
            yield self._read(INDEX_BYTES, key) if isinstance(data, TooLarge) else (key, data)

    def read_listed(
        self, items: Collection[StoredObject]
    ) -> Iterator[tuple[StoredObject, bytes | Unreadable]]:
        """Yield the bytes of each index as it was listed, side by side as by `read`.

        Replaced where it is another one by now, and TooLarge without a request.

        Raises:
            StoreError: The store itself fails.
        """
        for item, data in each(partial(self._read_listed, _AHEAD_BYTES), items):
            is_large = isinstance(data, TooLarge)
            yield self._read_listed(INDEX_BYTES, item) if is_large else (item, data)

    def range(self, key: str, start: int, end: int) -> bytes | Unreadable:
        """Return the bytes of an object from *start* to before *end*, or to where it ends.

        Unreadable where the store withholds the object; a range without a byte asks nothing.

        Raises:
            StoreError: The store itself fails.
        """
        if start >= end:
            return b""
        try:
            return b"".join(self._chunks(key, (start, end)))
        except ObjectUnreadableError as error:
            return self._refusals.unreadable(key, error)

    def stream(self, item: StoredObject) -> Iterator[bytes | Unreadable]:
        """Yield the bytes of *item* as it was listed, in pieces of a bounded size.

        An Unreadable ends them where the store withholds the object, or has another by now:
        a bucket compares the ETag at each request. A folder has none, so only a checksum
        tells there. No more is yielded than was listed; less, where the object got shorter.

        Raises:
            StoreError: The store itself fails.
        """
        try:
            for start in range(0, item.size, _PART_BYTES):
                end = min(start + _PART_BYTES, item.size)
                yield from self._chunks(item.key, (start, end), item.etag)
        except ObjectUnreadableError as error:
            yield self._refusals.unreadable(item.key, error)

    def look(
        self, items: Sequence[tuple[StoredObject, int]]
    ) -> Iterator[tuple[StoredObject, bytes | Unreadable]]:
        """Yield each object with its first bytes, as many as are asked for: one or more.

        A listing, and a HEAD, know nothing of a key that may not be used, or of an archive.
        Unreadable where the store does not hand an object out, or another than was listed.

        Raises:
            StoreError: The store itself fails.
        """
        parts = (items[start : start + _LOOKS] for start in range(0, len(items), _LOOKS))
        for found in each(self._look, parts):
            yield from found

    def kept_checksums(self, keys: Collection[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yield each key with the checksums that the store keeps of the object, in hex.

        By their algorithm; a folder keeps none. What cannot be asked for is not told.
        """
        yield from ((key, {}) for key in keys)

    def checksums(
        self, wanted: Collection[tuple[str, str]]
    ) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield each (key, algorithm) with the checksum of the object in hex.

        What the store keeps is taken at its word; else the object is read once. Where the
        store withholds the object, its reason takes the place of the checksum.

        Raises:
            StoreError: The store itself fails.
        """
        yield from each(self._hash, wanted)

    def write_all(self, items: Collection[tuple[str, Path]]) -> Iterator[str]:
        """Write files, side by side; yield their ETags.

        Raises:
            StoreError: The store refuses one.
        """
        yield from each(lambda item: self.write(*item), items)

    def _directory(self, path: str) -> tuple[str, tuple[StoredObject, ...] | Unreadable]:
        try:
            objects = (*islice(self._below(path), DIRECTORY_OBJECTS + 1),)
        except ObjectUnreadableError as error:
            return path, self._refusals.unreadable(path, error)
        has_too_many = len(objects) > DIRECTORY_OBJECTS
        return path, Unreadable(DIRECTORY_OBJECTS.over) if has_too_many else objects

    def _read(self, most: int, key: str) -> tuple[str, bytes | Unreadable]:
        """Return the bytes of an object, which may have *most*; it may have grown meanwhile."""
        try:
            data = self._first(key, most + 1)
        except ObjectUnreadableError as error:
            return key, self._refusals.unreadable(key, error)
        return key, data if len(data) <= most else TooLarge(f"more than {most:,} bytes")

    def _read_listed(
        self, most: int, item: StoredObject
    ) -> tuple[StoredObject, bytes | Unreadable]:
        """Return the bytes of an object as it was listed, which may have *most*."""
        if item.size > most:
            return item, TooLarge(f"more than {most:,} bytes")
        return item, self._head_of(item, most)

    def _look(
        self, items: Sequence[tuple[StoredObject, int]]
    ) -> list[tuple[StoredObject, bytes | Unreadable]]:
        return [(item, self._head_of(item, count)) for item, count in items]

    def _head_of(self, item: StoredObject, count: int) -> bytes | Unreadable:
        try:
            return self._head(item, count)
        except ObjectUnreadableError as error:
            return self._refusals.unreadable(item.key, error)

    def _parts(self, key: str) -> Iterator[bytes]:
        """Yield the bytes of an object, however large, by requests of a bounded size."""
        start, size = 0, _PART_BYTES
        while size == _PART_BYTES:
            size = 0
            for chunk in self._chunks(key, (start, start + _PART_BYTES)):
                size += len(chunk)
                yield chunk
            start += size

    def _hash(self, wanted: tuple[str, str]) -> tuple[tuple[str, str], str]:
        key, algorithm = wanted
        digest = hashing(algorithm)
        try:
            for chunk in self._parts(key):
                digest.update(chunk)
        except ObjectUnreadableError as error:
            return wanted, self._refusals.unreadable(key, error)
        return wanted, digest.hexdigest()
