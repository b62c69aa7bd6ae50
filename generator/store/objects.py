"""What buckets and folders share: reading, hashing and writing objects side by side."""

import hashlib
import html
import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from pathlib import Path

from generator.catalog import StoredObject, Unreadable
from generator.errors import StoreError
from generator.index import NAME, unsafe
from generator.location import Location
from generator.parallel import each

_PART_BYTES = 16 * 1024 * 1024
"""What one request of `stream` asks for: a time-out is for a whole request."""

_CAUSE = re.compile(r'\b(?:message|error): "([^"]+)"')
_CODE = re.compile(r"<Code>([^<]*)</Code>")
_MESSAGE = re.compile(r"<Message>([^<]*)</Message>")

logger = logging.getLogger(__name__)


class WithheldError(Exception):
    """The store does not hand out one object; the text is its reason."""


class Objects(ABC):
    """An open store, below the prefix of its location."""

    def __init__(self, location: Location) -> None:
        self.location = location

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

    def read(self, keys: Collection[str]) -> Iterator[tuple[str, bytes | Unreadable]]:
        """Yield the bytes of each object; Unreadable where the store withholds that one.

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
            return Unreadable(error)

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
            yield Unreadable(error)

    def checksums(
        self, wanted: Collection[tuple[str, str]]
    ) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield each (key, algorithm) with the hex digest of the object, read once.

        Where the store withholds the object, its reason takes the place of the digest.

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

    def _read(self, key: str) -> tuple[str, bytes | Unreadable]:
        try:
            return key, b"".join(self._chunks(key))
        except WithheldError as error:
            return key, Unreadable(error)

    def _hash(self, wanted: tuple[str, str]) -> tuple[tuple[str, str], str]:
        key, algorithm = wanted
        digest = hashlib.new(algorithm, usedforsecurity=False)
        try:
            for chunk in self._chunks(key):
                digest.update(chunk)
        except WithheldError as error:
            return wanted, Unreadable(error)
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


def reason(error: Exception | str) -> str:
    """Return the store's own words out of an error of a library, in one printable line."""
    text, _, debug = str(error).partition("Debug source")
    if cause := _CAUSE.findall(debug):
        # What the network said is innermost, and only there.
        text = f"{text.rstrip()}: {cause[-1]}"
    if code := _CODE.search(text):
        message = _MESSAGE.search(text)
        text = ": ".join(filter(None, (code[1], message and message[1])))
        text = html.unescape(text)
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split()) or type(error).__name__


def failed(
    location: Location, error: Exception | str, done: str = "nothing was changed"
) -> StoreError:
    """Return the error to raise for one of a library, or for what a store said."""
    return StoreError(
        f"{location.url}: {reason(error)}",
        hint=f"{done}; check the URL, the endpoint, the credentials and the network",
    )


def unwritten(location: Location, error: Exception) -> StoreError:
    """Return the error to raise where an object could not be written."""
    return failed(location, error, "the object was not written")
