"""The claims of indexes about the versions that a lock names, read as they are needed."""

import threading
from collections import defaultdict
from collections.abc import Collection, Iterable

from generator.agent.download.index_file import PIECE_BYTES, UnavailableError, open_rows
from generator.catalog import index
from generator.catalog.catalog import Version
from generator.catalog.claim import Claim, Parsed
from generator.catalog.hold import Code
from generator.catalog.ports import Store
from generator.catalog.stored_object import Unreadable
from generator.errors import StoreError

WORKERS = 8
"""Objects that are fetched side by side; each takes a few megabytes of memory."""

AHEAD = 5000
"""Objects of versions that are kept before these are taken; what is not kept is read again."""


_Found = dict[Version, Claim | UnavailableError | StoreError]


class Claims:
    """The claims of versions; every method may be called from any thread.

    An index is read when one of its versions is taken, and nothing is kept of it but some
    versions that were asked for and not taken yet. Its ETag is not compared: it may list more
    versions than when it was proven, and that the rows of one are the same is in its digest.
    So the other rows of a large index are not even parsed, and one index is parsed at a time.
    """

    def __init__(self, store: Store, ahead: int = AHEAD) -> None:
        self.silence: StoreError | None = None
        """The store's error for the first index, if it has answered for none."""
        self._store = store
        self._ahead = ahead
        self._asked: dict[str, set[Version]] = {}
        self._found: defaultdict[str, _Found] = defaultdict(dict)
        self._reading: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._parsing = threading.Lock()
        self._lock = threading.Lock()
        self._kept = 0
        """Objects of the claims in `_found`."""
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
                self._keep(found, version)
            claim = self._forget(found, version)
            self._asked.get(key, set()).discard(version)
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

    def _keep(self, found: _Found, version: Version) -> None:
        """Read the index of *version*, and keep of it that, and what is asked for next."""
        key = version.index.key
        for other in [*found]:  # what was asked for once
            self._forget(found, other)
        with self._lock:
            wanted = {version}
            others = self._asked.get(key, set()) - wanted
            room = self._ahead - self._kept - version.objects
            for other in sorted(others, key=lambda it: it.bytes):
                room -= other.objects
                if room < 0:
                    break
                wanted.add(other)
            self._kept += sum(it.objects for it in wanted)
        found |= self._read(key, wanted)

    def _forget(self, found: _Found, version: Version) -> Claim | UnavailableError | StoreError:
        with self._lock:
            self._kept -= version.objects
        return found.pop(version)

    def _read(self, key: str, versions: Collection[Version]) -> _Found:
        """Read one index, and keep of it only *versions*."""
        try:
            data = self._store.range(key, 0, PIECE_BYTES)
            self._note(key)
            if isinstance(data, Unreadable):
                raise UnavailableError(f"the index {key!r} cannot be read: {data}")  # noqa: TRY301
            parsed = self._parsed(key, data, versions)
        except StoreError as error:
            self._note("", error)
            return dict.fromkeys(versions, error)
        except UnavailableError as error:
            return dict.fromkeys(versions, error)
        by_path = {claim.path: claim for claim in parsed.claims}
        # Where no row is of these versions, it may have others all the same.
        held = [hold for hold in parsed.held if hold.code is not Code.EMPTY_INDEX]
        why = f": {held[0].code}: {held[0].problems[0]}" if held else ""
        gone = f"the index {key!r} does not list it any more{why}"
        return {
            version: by_path.get(version.path) or UnavailableError(gone) for version in versions
        }

    def _parsed(self, key: str, first: bytes, versions: Collection[Version]) -> Parsed:
        with self._parsing:  # which takes memory, and no less time side by side
            if len(first) < PIECE_BYTES:
                return index.parse(key, first, self._store.location)
            rows = open_rows(self._store, key, first, versions)
            return index.read(key, rows, self._store.location)

    def _note(self, key: str, error: StoreError | None = None) -> None:
        """Note that the store answered for an index, or that it did not."""
        with self._lock:
            self._answered = self._answered or key
            self._unanswered += error is not None
            self.silence = None if self._answered else self.silence or error
