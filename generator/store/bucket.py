"""A bucket as a store: its listings come in pages, in the order of the keys."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import obstore
from obstore.exceptions import BaseError

from generator.catalog import StoredObject
from generator.errors import StoreError
from generator.index import NAME
from generator.parallel import each
from generator.store.objects import Objects, failed, stored

_WALK = 400  # directories that one listing walks over, a few pages of objects
_PAGE = 1000
_TOP = "index-"


class BucketStore(Objects):
    """A bucket, whose listings come in pages, in the order of the keys."""

    def indexes(self) -> tuple[StoredObject, ...]:
        """Return the index files at the top of the store, sorted by key.

        The listing starts behind `index-` and ends at the first key that does not begin
        so: it costs one request for each thousand indexes, however large the bucket is.
        """
        found = []
        for page in self._pages(_TOP):
            found += [stored(item) for item in page if NAME.fullmatch(item["path"])]
            if not page[-1]["path"].startswith(_TOP) and page[-1]["path"] > _TOP:
                break
        return tuple(found)

    def objects(
        self, directories: Collection[str]
    ) -> Iterator[tuple[str, tuple[StoredObject, ...]]]:
        """Yield each directory with all objects below it."""
        outer, inner = _nested(directories)
        slices = (outer[start : start + _WALK] for start in range(0, len(outer), _WALK))
        for walked in each(self._walk, slices):
            for path, objects in walked:
                yield path, objects
                for below in inner.get(path, ()):
                    yield below, tuple(o for o in objects if o.key.startswith(f"{below}/"))

    def _walk(self, directories: Sequence[str]) -> list[tuple[str, tuple[StoredObject, ...]]]:
        """List *directories*, sorted, in one walk over the keys.

        Where they lie side by side this reads page after page; where they are far apart it
        jumps, so it never asks for more pages than there are directories and pages of them.
        """
        found: dict[str, list[StoredObject]] = {path: [] for path in directories}
        waiting = deque(directories)
        while waiting:
            for page in self._pages(_before(waiting[0])):
                last = page[-1]["path"]
                for item in page:
                    while waiting and item["path"] > _end(waiting[0]):
                        waiting.popleft()
                    if waiting and item["path"].startswith(f"{waiting[0]}/"):
                        found[waiting[0]].append(stored(item))
                if not waiting or last < _before(waiting[0]):
                    break  # jump to the next directory
            else:
                break  # the end of the bucket
        return [(path, tuple(objects)) for path, objects in found.items()]

    def _pages(self, offset: str) -> Iterator[list[Any]]:
        """Yield the pages of the objects behind the key *offset*."""
        previous = ""
        try:
            for page in obstore.list(self._store, offset=offset, chunk_size=_PAGE):
                for item in page:
                    if item["path"] <= previous:
                        self._unordered(item["path"], previous)
                    previous = item["path"]
                if page:
                    yield list(page)
        except (BaseError, OSError, ValueError) as error:
            raise failed(self.location, error) from error

    def _unordered(self, key: str, previous: str) -> None:
        raise StoreError(
            f"{self.location.url}: its listing is not in order: {key!r} after {previous!r}",
            hint="S3 directory buckets are not supported: use a general purpose bucket",
        )


def _before(directory: str) -> str:
    """Return a text before every key of *directory*, a version directory, and behind most others.

    Its own name would do on S3; SeaweedFS, asked for what follows a folder's name, leaves the
    folder out. The name ends in a digit, so this one is the name of no folder.
    """
    return f"{directory[:-1]}{chr(ord(directory[-1]) - 1)}~"


def _end(directory: str) -> str:
    """Return a text behind every key of *directory*: `0` follows `/` in the order of keys."""
    return f"{directory}0"


def _nested(directories: Iterable[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the sorted directories that are in no other, and those that are, by the former."""
    outer: list[str] = []
    inner: dict[str, list[str]] = {}
    for path in sorted(directories, key=lambda path: f"{path}/"):
        if outer and path.startswith(f"{outer[-1]}/"):
            inner.setdefault(outer[-1], []).append(path)
        else:
            outer.append(path)
    return outer, inner
