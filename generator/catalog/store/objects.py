"""What buckets and folders share: reading, hashing and writing objects side by side."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock

from generator.catalog.catalog import Missing, StoredObject, Unreadable
from generator.catalog.checksum import hashing
from generator.catalog.index_names import NAME, is_almost
from generator.catalog.location import Location
from generator.catalog.object_key import unsafe
from generator.catalog.store.answers import WithheldError
from generator.catalog.store.parallel import each
from generator.errors import StoreError

_PART_BYTES = 16 * 1024 * 1024
"""What one request of `stream` asks for: a time-out is for a whole request."""

_LOOKS = 16
"""So many objects one thread looks at before the next task: a task costs as much as a look."""

logger = logging.getLogger(__name__)


def other_size(item: StoredObject, size: int) -> WithheldError:
    """Return the error for an object that has another size than was listed."""
    return WithheldError(f"it has {size:,} bytes, the listing said {item.size:,}")


class Objects(ABC):
    """An open store, below the prefix of its location."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self._verifying = Lock()
        self._beside: tuple[str, ...] = ()
        self._has_indexes = False
        self._begun = self._passed = 0

    @abstractmethod
    def write(self, key: str, data: bytes | Path) -> str:
        """Write one object whole and return its ETag, without quotes; empty without one.

        Raises:
            StoreError: The store refuses it.
        """

    @abstractmethod
    def _chunks(
        self, key: str, span: tuple[int, int] | None = None, etag: str = ""
    ) -> Iterator[bytes]:
        """Yield the bytes of an object, or of a span of it that is not empty.

        Raises:
            WithheldError: The store has no such object, keeps it to itself, or has one with
                another ETag than *etag*, if that is given.
            StoreError: The store itself fails.
        """

    def _whole(self, key: str) -> bytes:
        """Return the bytes of an object.

        Raises:
            WithheldError: The store has no such object, or keeps it to itself.
            StoreError: The store itself fails.
        """
        return b"".join(self._chunks(key))

    @abstractmethod
    def _head(self, item: StoredObject, count: int) -> bytes:
        """Return the first *count* bytes of an object as it was listed, or all that it has.

        Raises:
            WithheldError: The store has no such object, keeps it to itself, or has one with
                another size or ETag.
            StoreError: The store itself fails.
        """

    @abstractmethod
    def _below(self, directory: str) -> Iterator[StoredObject]:
        """Yield all objects in *directory*.

        Raises:
            WithheldError: The store does not list that directory.
            StoreError: The store itself fails.
        """

    @abstractmethod
    def _verify(self, key: str) -> None:
        """List something small, after the store has not handed out *key*.

        Raises:
            StoreError: The store itself fails.
        """

    @abstractmethod
    def _some(self) -> Iterator[str]:
        """Yield keys of the store, as many as a page or two of a listing have.

        Raises:
            StoreError: The store itself fails.
        """

    def overlooked(self) -> tuple[str, ...]:
        """Return keys that may be meant as indexes, and are none; of a store without, some more.

        It goes by what `indexes` has seen, and asks for a page or two only if that found none.
        A store that does not answer this says nothing: it is only for a warning.
        """
        found = set(self._beside)
        if not self._has_indexes:
            with suppress(StoreError):
                found.update(self._some())
        return tuple(sorted(key for key in found if is_almost(key)))

    def _indexes(self, top: Iterable[StoredObject]) -> list[StoredObject]:
        """Return those that are indexes of what is at the top of the store, sorted by key."""
        items = sorted(top, key=lambda item: item.key)
        found = [item for item in items if is_index(item.key)]
        self._has_indexes = bool(found)
        self._beside = tuple(item.key for item in items if is_almost(item.key))
        return found

    def objects(
        self, directories: Collection[str]
    ) -> Iterator[tuple[str, tuple[StoredObject, ...] | Unreadable]]:
        """Yield each directory with all objects below it; Unreadable where that is withheld.

        Raises:
            StoreError: The store itself fails.
        """
        yield from each(self._directory, directories)

    def read(self, keys: Collection[str]) -> Iterator[tuple[str, bytes | Unreadable]]:
        """Yield the bytes of each object; Unreadable where the store withholds that one.

        Missing is among them: the store's own word that there is no such key.

        Raises:
            StoreError: The store itself fails.
        """
        yield from each(self._read, keys)

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
        except WithheldError as error:
            return self._unreadable(key, error)

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
        except WithheldError as error:
            yield self._unreadable(item.key, error)

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

    def kept(self, keys: Collection[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
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
            return path, tuple(self._below(path))
        except WithheldError as error:
            return path, self._unreadable(path, error)

    def _unreadable(self, key: str, error: WithheldError) -> Unreadable:
        """Return what the store said of one object or directory, if the store itself is well.

        No list of codes could tell one from the other: so the store is asked for something
        else. One answer serves all threads that were refused before it was asked for.

        Raises:
            StoreError: The store itself fails.
        """
        if error.missing:
            return Missing(error)
        before = self._begun
        with self._verifying:
            if self._passed <= before:
                self._begun = number = self._begun + 1
                self._verify(key)
                self._passed = number
        return Unreadable(error)

    def _read(self, key: str) -> tuple[str, bytes | Unreadable]:
        try:
            return key, self._whole(key)
        except WithheldError as error:
            return key, self._unreadable(key, error)

    def _look(
        self, items: Sequence[tuple[StoredObject, int]]
    ) -> list[tuple[StoredObject, bytes | Unreadable]]:
        return [(item, self._head_of(item, count)) for item, count in items]

    def _head_of(self, item: StoredObject, count: int) -> bytes | Unreadable:
        try:
            return self._head(item, count)
        except WithheldError as error:
            return self._unreadable(item.key, error)

    def _hash(self, wanted: tuple[str, str]) -> tuple[tuple[str, str], str]:
        key, algorithm = wanted
        digest = hashing(algorithm)
        try:
            for chunk in self._chunks(key):
                digest.update(chunk)
        except WithheldError as error:
            return wanted, self._unreadable(key, error)
        return wanted, digest.hexdigest()


def is_index(key: str) -> bool:
    """Whether an object at the top of a store is an index file.

    One whose name could garble a report or a commit message is none; the log says so.
    """
    if not NAME.fullmatch(key):
        return False
    problem = unsafe(key)
    if problem:
        logger.warning("%s is not read as an index: its name %s", ascii(key), problem)
    return not problem
