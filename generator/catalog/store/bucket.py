"""A bucket as a store: obstore moves its bytes, and its listings are known to be such."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import obstore
from obstore.exceptions import BaseError, InvalidPathError, PreconditionError
from obstore.store import ObjectStore

from generator.catalog.etag import bare, if_match, same
from generator.catalog.location import Location
from generator.catalog.store import wide
from generator.catalog.store.answers import (
    ObjectUnreadableError,
    failed,
    reason,
    status,
    unreadable_error,
    unwritten,
)
from generator.catalog.store.bucket_listing import BucketListing, in_order
from generator.catalog.store.object_access import other_etag, other_size
from generator.catalog.store.objects import Objects
from generator.catalog.store.parallel import each
from generator.catalog.store.top import is_index
from generator.catalog.stored_object import StoredObject, Unreadable
from generator.limits.index import KEY_BYTES
from generator.text.quoting import short

if TYPE_CHECKING:
    from obstore import GetOptions, GetResult

    from generator.catalog.store.kept_checksums import KeptChecksums

_CHUNK_BYTES = 1024 * 1024
_TOP = "index-"
_BUSY = (None, 429, 503)  # no answer, or "slow down": of one object a store says neither


class BucketStore(Objects):
    """A bucket. Nothing here relies on the order of its listings, which differs between stores."""

    def __init__(
        self,
        location: Location,
        store: ObjectStore,
        lister: BucketListing,
        kept: "KeptChecksums | None" = None,
    ) -> None:
        super().__init__(location)
        self._store = store
        self._lister = lister
        self._kept = kept

    def indexes(self) -> tuple[StoredObject, ...]:
        """Return the index files at the top of the store, sorted by key.

        It costs one request for each thousand indexes, however large the bucket is.
        """
        return tuple(self._names.indexes(self._lister.top(_TOP)))

    def look_up(self, keys: Collection[str]) -> tuple[StoredObject, ...]:
        """Return those of the indexes *keys* that are there, each as a listing of its own tells it.

        Raises:
            StoreError: The store itself fails, or lists no prefix as long as that.
        """
        return tuple(item for found in each(self._index, sorted(set(keys))) for item in found)

    def objects(
        self, directories: Collection[str]
    ) -> Iterator[tuple[str, tuple[StoredObject, ...] | Unreadable]]:
        """Yield each directory with all objects below it; Unreadable where that is withheld.

        Many that lie beside each other cost a request for each thousand objects.

        Raises:
            StoreError: The store itself fails.
        """
        left = set(directories)
        runs = wide.runs([path for path in left if self._length(path) < KEY_BYTES])
        for found in each(self._run, runs, wide.AT_ONCE, wide.AT_ONCE):
            yield from found
            left -= {path for path, _ in found}
        yield from super().objects(sorted(left))

    def between(self, start: str, end: str) -> Iterator[StoredObject]:
        """Yield the objects behind the key *start* and before *end*.

        Raises:
            StoreError: The store fails, or does not list them, or in no order.
        """
        try:
            for page in self._ordered(start):
                for item in page:
                    if item.key >= end:
                        return
                    yield item
        except ObjectUnreadableError as error:
            raise failed(self.location, str(error)) from error

    def _first_keys(self) -> Iterator[str]:
        yield from (item.key for item in self._lister.first())

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

    def kept_checksums(self, keys: Collection[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
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
                raise ObjectUnreadableError(f"its ETag is now {found!r}, it was {etag!r}")
            yield from _body(got, span[1] - span[0] if span else got.meta["size"])
        except PreconditionError as error:
            raise ObjectUnreadableError(f"its ETag is no longer {etag!r}") from error
        except (BaseError, OSError, ValueError) as error:
            if span and reason(error).startswith("InvalidRange"):
                return  # the object ends before it
            self._refused(key, error)

    def _head(self, item: StoredObject, count: int) -> bytes:
        self._check_length(item.key)
        end = min(count, item.size)
        options: GetOptions = {"range": (0, end)} if end else {}
        try:
            got = obstore.get(self._store, item.key, options=options)
            meta = got.meta
            if meta["size"] != item.size:
                raise other_size(item, meta["size"])
            found = b"".join(_body(got, end))
        except (BaseError, OSError, ValueError) as error:
            if reason(error).startswith("InvalidRange"):
                raise other_size(item, 0) from error
            self._refused(item.key, error)
        etag = bare(meta["e_tag"])
        if item.etag and etag and not same(etag, item.etag):  # some proxies drop it
            raise other_etag(item, etag)
        return found

    def _refused(self, key: str, error: Exception) -> NoReturn:
        """Raise for an answer about one object, or for a store that gave none."""
        if isinstance(error, InvalidPathError | ValueError):
            raise ObjectUnreadableError(reason(error)) from error
        if status(error) in _BUSY:
            raise failed(self.location, error, key=key) from error
        raise unreadable_error(error, key) from error

    def _below(self, directory: str) -> Iterator[StoredObject]:
        self._check_length(f"{directory}/")
        yield from self._lister.below(directory)

    def _verify(self, key: str) -> None:
        self._lister.verify(key)

    def _check_length(self, key: str) -> None:
        if problem := KEY_BYTES.exceeded(self._length(key)):  # far beyond, obstore crashes
            raise ObjectUnreadableError(f"a key of {problem}")

    def _length(self, key: str) -> int:
        return len(f"{self.location.prefix}/{key}".lstrip("/").encode(errors="surrogateescape"))

    def _index(self, key: str) -> list[StoredObject]:
        return [item for item in self._lister.top(key) if item.key == key and is_index(key)]

    def _run(self, directories: Sequence[str]) -> list[tuple[str, tuple[StoredObject, ...]]]:
        """Return those of *directories* that one listing shows.

        None where it is withheld, or in no order: what comes late may be of any of them. Each is
        listed by itself then.
        """
        try:
            return [*wide.whole(self._ordered(directories[0]), directories)]
        except ObjectUnreadableError:
            return []

    def _ordered(self, start: str) -> Iterator[list[StoredObject]]:
        """Yield the pages behind the key *start*.

        Raises:
            ObjectUnreadableError: The store does not list them, or in no order: what is still to
                come may be of what seems to have ended.
            StoreError: The store itself fails.
        """
        previous = ""
        for page in self._lister.after(start):
            for item in page:
                if not in_order(previous, item.key):
                    told = (
                        f"its listing is in no order: {short(item.key)} is after {short(previous)}"
                    )
                    raise ObjectUnreadableError(told)
                previous = item.key
            yield page


def _body(got: "GetResult", most: int) -> Iterator[bytes]:
    """Yield the body of an answer, in pieces of a bounded size.

    Raises:
        ObjectUnreadableError: It has more than *most* bytes, whatever its head has said, or fewer
            than that.
    """
    left = most
    for chunk in got.stream(min_chunk_size=_CHUNK_BYTES):
        left -= len(chunk)
        if left < 0:
            raise ObjectUnreadableError(f"the answer has more than the {most:,} bytes of it")
        yield bytes(chunk)
    start, end = got.range
    if (read := most - left) < end - start:
        problem = f"the answer has {read:,} bytes, and its head tells of {end - start:,}"
        raise ObjectUnreadableError(problem)
