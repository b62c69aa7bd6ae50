"""The claims of indexes about the versions that a lock names, read as they are needed."""

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from generator.catalog import index
from generator.catalog.catalog import Unreadable, Version
from generator.catalog.claim import Claim
from generator.catalog.ports import Store
from generator.errors import StoreError
from generator.limits.index import INDEX_BYTES

WORKERS = 8
"""Objects that are fetched side by side; each takes a few megabytes of memory."""

_PIECE_BYTES = 1024 * 1024
"""The bytes of an index that are read at once: to parse it takes many times its size."""


class UnavailableError(Exception):
    """The store has not what the lock names of a version; the text says how."""


_Found = dict[Version, Claim | UnavailableError | StoreError]


class Claims:
    """The claims of versions; every method may be called from any thread.

    An index is read when one of its versions is taken, and nothing is kept of it but the
    versions that were asked for and not taken yet. Its ETag is not compared: it may list more
    versions than when it was proven, and that the rows of one are the same is in its digest.
    So the other rows of a large index are not even parsed.
    """

    def __init__(self, store: Store) -> None:
        self.silence: StoreError | None = None
        """The store's error for the first index, if it has answered for none."""
        self._store = store
        self._asked: dict[str, set[Version]] = {}
        self._found: defaultdict[str, _Found] = defaultdict(dict)
        self._reading: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()
        self._answered = ""
        """An index that was read."""
        self._unanswered = 0

    def ask(self, versions: Iterable[Version]) -> None:
        """Say which versions are to be taken, so that each index is read once."""
        asked = defaultdict(set)
        for version in versions:
            asked[version.index.key].add(version)
        self._asked = asked

    def take(self, version: Version) -> Claim:
        """Return what the index says of *version*, and forget it.

        Raises:
            UnavailableError: It is not in the index, or there is none.
            StoreError: The store itself fails.
        """
        key = version.index.key
        with self._lock:
            reading, found = self._reading[key], self._found[key]
        with reading:
            if version not in found:
                found.clear()
                found |= self._read(key, {version, *self._asked.get(key, ())})
            claim = found.pop(version)
        if isinstance(claim, Claim):
            return claim
        raise claim

    def is_away(self) -> bool:
        """Whether the store answers no more, or has not for as many indexes as are read at once."""
        if not self._answered:
            return self._unanswered >= WORKERS
        try:
            self._store.range(self._answered, 0, 1)
        except StoreError:
            return True
        return False

    def _read(self, key: str, versions: Collection[Version]) -> _Found:
        """Read one index, and keep of it only what was asked for."""
        data: bytes | Unreadable | None
        try:
            data = self._store.range(key, 0, _PIECE_BYTES)
            self._note(key)
            if not isinstance(data, Unreadable) and len(data) == _PIECE_BYTES:
                data = self._rows(key, data, versions)
        except StoreError as error:
            self._note("", error)
            return dict.fromkeys(versions, error)
        if isinstance(data, Unreadable):
            return dict.fromkeys(
                versions, UnavailableError(f"the index {key!r} cannot be read: {data}")
            )
        if data is None:
            return dict.fromkeys(
                versions, UnavailableError(f"the index {key!r} is over {INDEX_BYTES.shown}")
            )
        listed, held, _ = index.parse(key, data, self._store.location)
        by_path = {claim.path: claim for claim in listed}
        why = next((f": {hold.code}: {hold.problems[0]}" for hold in held), "")
        gone = f"the index {key!r} does not list it any more{why}"
        return {
            version: by_path.get(version.path) or UnavailableError(gone) for version in versions
        }

    def _rows(
        self, key: str, first: bytes, versions: Collection[Version]
    ) -> bytes | Unreadable | None:
        """Return the rows of a large index that are of *versions*; None if it is too large.

        What follows its last end of a line is among them, whatever it is of.
        """
        are_of = _matcher(versions)
        kept: list[bytes] = []
        size, piece, rest = 0, first, b""
        while piece:
            size += len(piece)
            if size > INDEX_BYTES:
                return None
            *lines, rest = (rest + piece).splitlines(keepends=True)
            kept += (line if are_of(line) else b"\n" for line in lines)  # so that lines count
            found = self._store.range(key, size, size + _PIECE_BYTES)
            if isinstance(found, Unreadable):
                return found
            piece = found
        return b"".join([*kept, rest])

    def _note(self, key: str, error: StoreError | None = None) -> None:
        """Note that the store answered for an index, or that it did not."""
        with self._lock:
            self._answered = self._answered or key
            self._unanswered += error is not None
            self.silence = None if self._answered else self.silence or error


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
