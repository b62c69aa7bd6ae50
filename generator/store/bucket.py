"""A bucket as a store: its listings come in pages."""

from collections.abc import Collection, Iterator
from typing import Any

import obstore
from obstore.exceptions import BaseError

from generator.catalog import StoredObject
from generator.errors import StoreError
from generator.index import NAME
from generator.parallel import each
from generator.store.objects import Objects, failed, stored

_PAGE = 1000
_TOP = "index-"


class BucketStore(Objects):
    """A bucket, whose listings come in pages.

    S3 orders keys by their bytes, `m-2/1` before `m/1`; SeaweedFS by their segments, `m/1`
    first. Nothing here relies on more than both have in common: what begins with the same
    text stands together.
    """

    def indexes(self) -> tuple[StoredObject, ...]:
        """Return the index files at the top of the store, sorted by key.

        The listing starts behind `index-` and ends at the first key that does not begin
        so: it costs one request for each thousand indexes, however large the bucket is.
        """
        found = []
        for page in self._pages(offset=_TOP):
            found += [stored(item) for item in page if NAME.fullmatch(item["path"])]
            if not page[-1]["path"].startswith(_TOP) and page[-1]["path"] > _TOP:
                break
        return tuple(found)

    def objects(
        self, directories: Collection[str]
    ) -> Iterator[tuple[str, tuple[StoredObject, ...]]]:
        """Yield each directory with all objects below it, for one request or a few."""
        yield from each(self._directory, directories)

    def _directory(self, path: str) -> tuple[str, tuple[StoredObject, ...]]:
        # The folder's own marker, an empty object, is in its listing too.
        return path, tuple(
            stored(item)
            for page in self._pages(prefix=path)
            for item in page
            if item["path"] != path
        )

    def _pages(self, prefix: str | None = None, offset: str | None = None) -> Iterator[list[Any]]:
        """Yield the pages of the objects below *prefix*, or behind the key *offset*."""
        previous = ""
        try:
            for page in obstore.list(self._store, prefix, offset=offset, chunk_size=_PAGE):
                for item in page:
                    if not _in_order(previous, item["path"]):
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


def _in_order(before: str, after: str) -> bool:
    return before < after or before.split("/") < after.split("/")
