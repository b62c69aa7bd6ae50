"""A store under watch: the digests of what it has listed, by which a later run knows it again."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from generator.catalog.stored_object import StoredObject, Unreadable
from generator.catalog.warned import Warned
from generator.text.digest import parts_digest

if TYPE_CHECKING:
    from generator.catalog.ports import Store

A = TypeVar("A")
B = TypeVar("B")

MOST = 512
"""The most directories whose listing is kept in mind."""


class WatchedStore:
    """A store that keeps in mind what it has listed, and hands all else on."""

    def __init__(self, store: "Store") -> None:
        self._store = store
        self.location = store.location
        self.listings: set[str] = set()
        """The digests of its indexes: several, where they changed while they were read."""
        self.directories: dict[str, str] = {}
        """The digests of what is below directories, by path; of those that were asked for in
        small numbers."""
        self.is_steady = True
        """Whether each directory was listed alike each time, and nothing was withheld: that may be
        handed out by the next run, and no listing tells."""

    def indexes(self) -> tuple[StoredObject, ...]:
        """Return the index files, and keep their digest in mind."""
        found = self._store.indexes()
        self.listings.add(listing_digest(found, self._store.overlooked()) if found else "")
        return found

    def overlooked(self) -> tuple[str, ...]:
        """Return keys that may be meant as indexes, and are none."""
        return self._store.overlooked()

    def is_remembered(self, key: str) -> bool:
        """Whether what is told of the index *key* is what an earlier run has seen."""
        return self._store.is_remembered(key)

    def look_up(self, keys: Collection[str]) -> tuple[StoredObject, ...]:
        """Return those of the indexes *keys* that are there now."""
        return self._store.look_up(keys)

    def warnings(self) -> tuple[Warned, ...]:
        """Return what is wrong with the way in which the indexes are known."""
        return self._store.warnings()

    def read(self, keys: Collection[str]) -> Iterator[tuple[str, bytes | Unreadable]]:
        """Yield the bytes of each object."""
        return self._watched(self._store.read(keys))

    def read_listed(
        self, items: Collection[StoredObject]
    ) -> Iterator[tuple[StoredObject, bytes | Unreadable]]:
        """Yield the bytes of each index as it was listed."""
        return self._watched(self._store.read_listed(items))

    def range(self, key: str, start: int, end: int) -> bytes | Unreadable:
        """Return a part of an object."""
        found = self._store.range(key, start, end)
        self._note(found)
        return found

    def stream(self, item: StoredObject) -> Iterator[bytes | Unreadable]:
        """Yield the bytes of *item* in pieces."""
        for piece in self._store.stream(item):
            self._note(piece)
            yield piece

    def objects(
        self, directories: Collection[str]
    ) -> Iterator[tuple[str, tuple[StoredObject, ...] | Unreadable]]:
        """Yield each directory with all objects below it, and keep their digest in mind."""
        is_kept = len(directories) <= MOST
        for path, found in self._store.objects(directories):
            if is_kept:
                self._keep(path, found)
            yield path, found

    def look(
        self, items: Sequence[tuple[StoredObject, int]]
    ) -> Iterator[tuple[StoredObject, bytes | Unreadable]]:
        """Yield each object with its first bytes."""
        return self._watched(self._store.look(items))

    def checksums(
        self, wanted: Collection[tuple[str, str]]
    ) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield each (key, algorithm) with the digest of the object's bytes."""
        return self._watched(self._store.checksums(wanted))

    def _watched(self, answers: Iterator[tuple[A, B]]) -> Iterator[tuple[A, B]]:
        """Yield *answers*, and note of each whether it is none."""
        for asked, found in answers:
            self._note(found)
            yield asked, found

    def _note(self, found: object) -> None:
        self.is_steady &= not isinstance(found, Unreadable)

    def _keep(self, path: str, found: tuple[StoredObject, ...] | Unreadable) -> None:
        digest = "" if isinstance(found, Unreadable) else directory_digest(found)
        if not digest or self.directories.setdefault(path, digest) != digest:
            self.is_steady = False


def listing_digest(indexes: Iterable[StoredObject], overlooked: Iterable[str]) -> str:
    """Return the digest of the top of a store: its indexes, and what may be meant as one."""
    lines = sorted(f"{item.key}\0{item.etag}\0{item.size}\n" for item in indexes)
    return parts_digest(text.encode(errors="surrogateescape") for text in (*lines, *overlooked))


def directory_digest(objects: Iterable[StoredObject]) -> str:
    """Return the digest of a directory; a folder tells times of files in place of ETags."""
    lines = sorted(
        f"{item.key}\0{item.etag or item.modified.isoformat()}\0{item.size}\n" for item in objects
    )
    return parts_digest(text.encode(errors="surrogateescape") for text in lines)
