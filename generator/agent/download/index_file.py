"""An index in the store as a file: read piece by piece, and only for the rows of some versions.

To parse an index takes many times its size, and most rows of a large one are of versions that a
pod has no business with.
"""

import io
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import IO

from generator.catalog.catalog import Version
from generator.catalog.ports import Store
from generator.catalog.stored_object import Unreadable
from generator.limits.index import INDEX_BYTES, ROW_CHARACTERS

PIECE_BYTES = 1024 * 1024
"""The bytes of an index that are read at once."""

_TWICE = 2  # rows may be there twice
_BESIDE = 1000  # rows that look like those of a version, and are of another
_BLANK = b"\r"  # a line also behind one that ends so, where `\n` would be the end of that
_LONGEST_ROW = ROW_CHARACTERS * 4  # bytes in UTF-8


class UnavailableError(Exception):
    """The store has not what the lock names of a version; the text says how."""


def open_rows(store: Store, key: str, first: bytes, versions: Collection[Version]) -> IO[bytes]:
    """Return the index *key*, which begins with *first*, as a file.

    Lines that are of none of *versions*, or longer than any row, are blank in it: lines count.

    Reading raises:
        UnavailableError: It is too large, has far more rows of them than the lock knows, or the
            store withholds the rest.
        StoreError: The store itself fails.
    """
    most = _TWICE * sum(version.objects for version in versions) + _BESIDE
    return io.BufferedReader(_Rows(store, key, first, _matcher(versions), most))


class _Rows(io.RawIOBase):
    """The rows that *are_of* lets through, *most* of them at the most."""

    def __init__(
        self, store: Store, key: str, first: bytes, are_of: Callable[[bytes], bool], most: int
    ) -> None:
        super().__init__()
        self._store = store
        self._key = key
        self._are_of = are_of
        self._most = most
        self._piece = first
        self._size = 0
        """The bytes that were read before this piece."""
        self._rest = b""
        """The line that has not ended yet."""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill *buffer* as far as what is there goes; 0 is the end."""
        while not self._ready and (self._piece or self._rest):
            self._ready = memoryview(self._next())
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _next(self) -> bytes:
        """Return the rows of the next piece; the last ones include what has no end of a line."""
        if not self._piece:
            rest, self._rest = self._rest, b""
            return self._kept(rest)
        self._size += len(self._piece)
        if self._size > INDEX_BYTES:
            raise UnavailableError(f"the index {self._key!r} is over {INDEX_BYTES.shown}")
        *lines, rest = (self._rest + self._piece).splitlines(keepends=True)
        self._rest = rest[: _LONGEST_ROW + 1]  # enough to be told from a row
        found = self._store.range(self._key, self._size, self._size + PIECE_BYTES)
        if isinstance(found, Unreadable):
            raise UnavailableError(f"the index {self._key!r} cannot be read: {found}")
        self._piece = found
        return b"".join(map(self._kept, lines))

    def _kept(self, line: bytes) -> bytes:
        if len(line) > _LONGEST_ROW or not self._are_of(line):
            return _BLANK
        self._most -= 1
        if self._most < 0:
            raise UnavailableError(
                f"the index {self._key!r} lists more objects than the lock names"
            )
        return line


def _matcher(versions: Iterable[Version]) -> Callable[[bytes], bool]:
    """Return whether a line of an index may be a row of *versions*."""
    by_base_path = defaultdict(set)
    for version in versions:
        by_base_path[version.base_path].add(version.directory.encode())
    wanted = [(_directory_below(path), them) for path, them in by_base_path.items()]

    def may_be(line: bytes) -> bool:
        return any(not them.isdisjoint(found.findall(line)) for found, them in wanted)

    return may_be


def _directory_below(base_path: str) -> re.Pattern[bytes]:
    """Return what finds the version directory wherever *base_path* may begin in a line.

    A quoted field has its quotation marks doubled (RFC 4180).
    """
    escaped = re.escape(base_path).replace('"', '"{1,2}')
    return re.compile(f"(?={escaped}/([0-9]+)/)".encode())
