"""A bucket as a store: its listings come in pages."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import obstore
from obstore.exceptions import BaseError, InvalidPathError, PreconditionError
from obstore.store import ObjectStore

from generator.catalog import StoredObject, Unreadable
from generator.errors import StoreError
from generator.etag import bare, if_match, same
from generator.location import Location
from generator.parallel import each
from generator.store import wide
from generator.store.answers import WithheldError, failed, reason, status, unwritten, withheld
from generator.store.objects import Objects, is_index

if TYPE_CHECKING:
    from obstore import GetOptions

    from generator.store.fallback import S3Listing
    from generator.store.kept import Kept

_PAGE = 1000
_CHUNK_BYTES = 1024 * 1024
_TOP = "index-"
_LONGEST_KEY = 1024  # bytes, in S3 and in Google's storage; far beyond, obstore crashes


class UnlistableError(StoreError):
    """A listing has a key that obstore cannot read."""


class BucketStore(Objects):
    """A bucket, whose listings come in pages.

    S3 orders keys by their bytes, `m-2/1` before `m/1`; SeaweedFS by their segments, `m/1`
    first. Nothing here relies on more than both have in common: what begins with the same
    text stands together.
    """

    def __init__(
        self,
        location: Location,
        store: ObjectStore,
        exact: "S3Listing | None" = None,
        kept: "Kept | None" = None,
    ) -> None:
        super().__init__(location)
        self._store = store
        self._exact = exact
        self._kept = kept

    def indexes(self) -> tuple[StoredObject, ...]:
        """Return the index files at the top of the store, sorted by key.

        The listing starts behind `index-` and ends at the first key that does not begin
        so: it costs one request for each thousand indexes, however large the bucket is.
        """
        try:
            found = [*self._from_top()]
        except UnlistableError:
            found = [*self._exact.top(_TOP)] if self._exact else self._level()
        indexes = (item for item in found if is_index(item.key))
        return tuple(sorted(indexes, key=lambda item: item.key))

    def objects(
        self, directories: Collection[str]
    ) -> Iterator[tuple[str, tuple[StoredObject, ...] | Unreadable]]:
        """Yield each directory with all objects below it; Unreadable where that is withheld.

        Many that lie beside each other cost a request for each thousand objects.

        Raises:
            StoreError: The store itself fails.
        """
        left = set(directories)
        runs = wide.runs([path for path in left if self._length(path) < _LONGEST_KEY])
        for found in each(self._run, runs, wide.AT_ONCE):
            yield from found
            left -= {path for path, _ in found}
        yield from super().objects(left)

    def write(self, key: str, data: bytes | Path) -> str:
        """Write one object whole and return its ETag, without quotes; empty without one.

        Raises:
            StoreError: The store refuses it.
        """
        try:
            etag = self._kept.put(key, data) if self._kept and isinstance(data, Path) else None
            if etag is not None:
                return etag
            return bare(obstore.put(self._store, key, data)["e_tag"])
        except (BaseError, OSError, ValueError) as error:
            raise unwritten(self.location, error, key) from error

    def kept(self, keys: Collection[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yield each key with the checksums that the store keeps of the object, in hex."""
        yield from each(lambda key: (key, self._kept.of(key) if self._kept else {}), keys)

    def _hash(self, wanted: tuple[str, str]) -> tuple[tuple[str, str], str]:
        key, algorithm = wanted
        kept = self._kept.of(key).get(algorithm) if self._kept else None
        return (wanted, kept) if kept else super()._hash(wanted)

    def _chunks(
        self, key: str, span: tuple[int, int] | None = None, etag: str = ""
    ) -> Iterator[bytes]:
        self._check_length(key)
        options: GetOptions = {"range": span} if span else {}
        if condition := if_match(etag):  # of other text, obstore makes a crash
            options["if_match"] = condition
        try:
            got = obstore.get(self._store, key, options=options)
            found = bare(got.meta["e_tag"])
            if etag and not same(found, etag):  # not every store knows If-Match
                raise WithheldError(f"its ETag is now {found!r}, it was {etag!r}")
            for chunk in got.stream(min_chunk_size=_CHUNK_BYTES):
                yield bytes(chunk)
        except PreconditionError as error:
            raise WithheldError(f"its ETag is no longer {etag!r}") from error
        except (BaseError, OSError, ValueError) as error:
            if span and reason(error).startswith("InvalidRange"):
                return  # the object ends before it
            self._refused(key, error)

    def _open(self, item: StoredObject) -> int:
        self._check_length(item.key)
        options: GetOptions = {"range": (0, 1)} if item.size else {}
        try:
            got = obstore.get(self._store, item.key, options=options)
            size, etag = got.meta["size"], bare(got.meta["e_tag"])
            if size == item.size:
                got.bytes()
        except (BaseError, OSError, ValueError) as error:
            if reason(error).startswith("InvalidRange"):
                return 0
            self._refused(item.key, error)
        if item.etag and not same(etag, item.etag):
            raise WithheldError(f"its ETag is now {etag!r}, it was {item.etag!r}")
        return size

    def _refused(self, key: str, error: Exception) -> NoReturn:
        """Raise for an answer about one object, or for a store that gave none."""
        if isinstance(error, InvalidPathError | ValueError):
            raise WithheldError(reason(error)) from error
        if status(error) is None:
            raise failed(self.location, error, key=key) from error
        raise withheld(error) from error

    def _below(self, path: str) -> Iterator[StoredObject]:
        self._check_length(f"{path}/")
        try:
            found = [item for page in self._pages(prefix=path) for item in page]
        except UnlistableError:
            if self._exact is None:
                raise
            found = [*self._exact.below(path)]
        # The folder's own marker, an empty object, is in its listing too.
        yield from (item for item in found if item.key != path)

    def _verify(self, key: str) -> None:
        try:
            next(iter(obstore.list(self._store, "index", chunk_size=1)), None)
        except InvalidPathError:
            pass  # it lists
        except (BaseError, OSError, ValueError) as error:
            raise failed(self.location, error, key=key) from error

    def _check_length(self, key: str) -> None:
        size = self._length(key)
        if size > _LONGEST_KEY:
            raise WithheldError(f"a key of {size:,} bytes; a bucket has none over {_LONGEST_KEY:,}")

    def _length(self, key: str) -> int:
        return len(f"{self.location.prefix}/{key}".lstrip("/").encode(errors="surrogateescape"))

    def _run(self, directories: Sequence[str]) -> list[tuple[str, tuple[StoredObject, ...]]]:
        found = []
        try:
            for item in wide.whole(self._ordered(directories[0]), directories):
                found.append(item)  # noqa: PERF402  what was found before a failure counts
        except UnlistableError:
            pass  # a key in the way: those behind it are listed each by itself
        return found

    def _ordered(self, offset: str) -> Iterator[list[StoredObject]]:
        """Yield the pages behind the key *offset* while they are in order."""
        previous = ""
        for page in self._pages(offset=offset):
            for item in page:
                if not _in_order(previous, item.key):
                    self._unordered(item.key, previous)
                previous = item.key
            yield page

    def _from_top(self) -> Iterator[StoredObject]:
        for page in self._ordered(_TOP):
            yield from page
            last = page[-1].key
            if not last.startswith(_TOP) and last > _TOP:
                break

    def _level(self) -> list[StoredObject]:
        """List the top of the bucket alone, where the key in the way is perhaps not."""
        try:
            return [_stored(item) for item in obstore.list_with_delimiter(self._store)["objects"]]
        except (BaseError, OSError, ValueError) as error:
            raise failed(self.location, error) from error

    def _pages(
        self, prefix: str | None = None, offset: str | None = None
    ) -> Iterator[list[StoredObject]]:
        """Yield the pages of the objects below *prefix*, or behind the key *offset*."""
        try:
            for page in obstore.list(self._store, prefix, offset=offset, chunk_size=_PAGE):
                if page:
                    yield [_stored(item) for item in page]
        except InvalidPathError as error:
            raise UnlistableError(
                f"{self.location.url}: {reason(error)}",
                hint="delete or rename that object: its key is not a path",
            ) from error
        except (BaseError, OSError, ValueError) as error:
            if prefix is not None and status(error) is not None:
                raise withheld(error) from error
            raise failed(self.location, error, key=prefix or "") from error

    def _unordered(self, key: str, previous: str) -> None:
        if "\N{REPLACEMENT CHARACTER}" in f"{key}{previous}":
            raise UnlistableError(f"{self.location.url}: {key!r} is not the key of an object")
        raise StoreError(
            f"{self.location.url}: its listing is not in order: {key!r} after {previous!r}",
            hint="S3 directory buckets are not supported: use a general purpose bucket",
        )


def _in_order(before: str, after: str) -> bool:
    """Whether a listing may have *after*, of which obstore drops a slash at the end."""
    return before < f"{after}/" or before.split("/") < after.split("/")


def _stored(item: Any) -> StoredObject:  # noqa: ANN401  obstore's ObjectMeta is not importable
    return StoredObject(item["path"], item["size"], bare(item["e_tag"]), item["last_modified"])
