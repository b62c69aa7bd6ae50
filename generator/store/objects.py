"""What buckets and folders share, on obstore: reading, hashing and writing objects."""

import hashlib
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError
from obstore.store import ObjectStore

from generator.catalog import StoredObject
from generator.errors import StoreError
from generator.location import Location
from generator.parallel import each
from generator.ports import Unreadable

_HASH_BYTES = 8 * 1024 * 1024
_S3_REASON = re.compile(r"<Code>([^<]*)</Code>(?:\s*<Message>([^<]*)</Message>)?", re.DOTALL)


class Objects:
    """An open store, below the prefix of its location."""

    def __init__(self, location: Location, store: ObjectStore) -> None:
        self.location = location
        self._store = store

    def read(self, keys: Collection[str]) -> Iterator[tuple[str, bytes | Unreadable]]:
        """Yield the bytes of each object; Unreadable where the store withholds that one.

        Raises:
            StoreError: The store itself fails.
        """
        yield from each(self._read, keys)

    def checksums(
        self, wanted: Collection[tuple[str, str]]
    ) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield each (key, algorithm) with the hex digest of the object, read once.

        Raises:
            StoreError: The store itself fails.
        """
        yield from each(self._hash, wanted)

    def write(self, key: str, data: bytes | Path) -> str:
        """Write one object and return its ETag, without quotes; empty where there is none.

        Raises:
            StoreError: The store refuses it.
        """
        try:
            return (obstore.put(self._store, key, data)["e_tag"] or "").strip('"')
        except (BaseError, OSError, ValueError) as error:
            raise failed(self.location, error) from error

    def write_all(self, items: Collection[tuple[str, Path]]) -> Iterator[str]:
        """Write files, side by side; yield their ETags.

        Raises:
            StoreError: The store refuses one.
        """
        yield from each(lambda item: self.write(*item), items)

    def _read(self, key: str) -> tuple[str, bytes | Unreadable]:
        try:
            return key, obstore.get(self._store, key).bytes().to_bytes()
        except (NotFoundError, FileNotFoundError, PermissionDeniedError, PermissionError) as error:
            return key, Unreadable(reason(error))
        except (BaseError, OSError, ValueError) as error:
            raise failed(self.location, error) from error

    def _hash(self, wanted: tuple[str, str]) -> tuple[tuple[str, str], str]:
        key, algorithm = wanted
        digest = hashlib.new(algorithm, usedforsecurity=False)
        try:
            for chunk in obstore.get(self._store, key).stream(min_chunk_size=_HASH_BYTES):
                digest.update(chunk)
        except (NotFoundError, FileNotFoundError, PermissionDeniedError, PermissionError) as error:
            return wanted, reason(error)
        except (BaseError, OSError) as error:
            raise failed(self.location, error) from error
        return wanted, digest.hexdigest()


def reason(error: Exception) -> str:
    """Return the store's own words out of an error of the library, in one line."""
    text = str(error).partition("Debug source")[0]
    if found := _S3_REASON.search(text):
        return ": ".join(filter(None, (found[1], " ".join((found[2] or "").split()))))
    return " ".join(text.split()) or type(error).__name__


def stored(item: Any) -> StoredObject:  # noqa: ANN401  obstore's ObjectMeta is not importable
    """Return an entry of a listing as our value."""
    return StoredObject(
        item["path"], item["size"], (item["e_tag"] or "").strip('"'), item["last_modified"]
    )


def failed(location: Location, error: Exception) -> StoreError:
    """Return the error to raise for one of the library."""
    return StoreError(
        f"{location.url}: {reason(error)}",
        hint="nothing was changed; check the URL, the endpoint, the credentials and the network",
    )
