"""A followed store: its indexes are those of an earlier listing, and what messages name since.

A message proves nothing: each index that one names is looked at in the store. Whatever a run
goes by beyond what was so is looked at too (`is_remembered`), and within each sweep a whole
listing is made, which tells what no message has named.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import cast

from generator.catalog.events import missed
from generator.catalog.events.inbox import Inbox
from generator.catalog.events.known_listing import KnownListing, ListingFile
from generator.catalog.index_names import NAME
from generator.catalog.object_key import unsafe
from generator.catalog.ports import Store
from generator.catalog.stored_object import StoredObject, Unreadable
from generator.catalog.warned import Warned
from generator.errors import StoreError
from generator.limits.events import LATE_SECONDS, LOOKED_AT


class FollowedStore:
    """A store whose notifications come to some inboxes, in one run; without one it is listed."""

    def __init__(
        self,
        store: Store,
        inboxes: Sequence[Inbox],
        file: ListingFile,
        *,
        sweep: int,
        now: datetime,
        warnings: Sequence[Warned] = (),
    ) -> None:
        self._store = store
        self.location = store.location
        self._inboxes = inboxes
        self._file = file
        self._sweep = sweep
        self._now = now
        self._known: KnownListing | None = None
        self._kept: KnownListing | None = None
        """The one that is in the file."""
        self._has_seen_all = False
        self._seen: set[str] = set()
        """The keys that were looked at in this run."""
        self._warnings = [*warnings]

    @property
    def until(self) -> datetime:
        """When the next whole listing is due."""
        return datetime.fromtimestamp(self._listing.swept + self._sweep, UTC)

    @property
    def is_kept(self) -> bool:
        """Whether the next run begins with what this one has seen, or with a whole listing."""
        kept = self._kept
        if kept is None or kept is self._known:
            return True
        return self._now.timestamp() >= kept.swept + self._sweep

    def indexes(self) -> tuple[StoredObject, ...]:
        """Return the indexes, sorted by key; the first time, the inboxes are emptied for it."""
        return self._listing.indexes

    def overlooked(self) -> tuple[str, ...]:
        """Return keys that may be meant as indexes, as the last whole listing told them."""
        return self._listing.overlooked

    def is_remembered(self, key: str) -> bool:
        """Whether what is told of the index *key* is what an earlier run has seen."""
        return not self._has_seen_all and key not in self._seen

    def look_up(self, keys: Collection[str]) -> tuple[StoredObject, ...]:
        """Return those of the indexes *keys* that are there now; `indexes` tells the same then."""
        before = self._listing
        if keys:
            self._keep(self._looked_at(before, {*keys}))
            self._tell(missed.changed(before, self._listing, (), self._late))
        return tuple(item for item in self._listing.indexes if item.key in keys)

    def warnings(self) -> tuple[Warned, ...]:
        """Return what is wrong with the notifications: with the queues, or with what they miss."""
        return tuple(self._warnings)

    def read(self, keys: Collection[str]) -> Iterator[tuple[str, bytes | Unreadable]]:
        """Yield the bytes of each index."""
        return self._store.read(keys)

    def read_listed(
        self, items: Collection[StoredObject]
    ) -> Iterator[tuple[StoredObject, bytes | Unreadable]]:
        """Yield the bytes of each index as it was listed."""
        return self._store.read_listed(items)

    def range(self, key: str, start: int, end: int) -> bytes | Unreadable:
        """Return a part of an object."""
        return self._store.range(key, start, end)

    def stream(self, item: StoredObject) -> Iterator[bytes | Unreadable]:
        """Yield the bytes of *item* in pieces."""
        return self._store.stream(item)

    def objects(
        self, directories: Collection[str]
    ) -> Iterator[tuple[str, tuple[StoredObject, ...] | Unreadable]]:
        """Yield each directory with all objects below it."""
        return self._store.objects(directories)

    def look(
        self, items: Sequence[tuple[StoredObject, int]]
    ) -> Iterator[tuple[StoredObject, bytes | Unreadable]]:
        """Yield each object with its first bytes."""
        return self._store.look(items)

    def checksums(
        self, wanted: Collection[tuple[str, str]]
    ) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield each (key, algorithm) with the digest of the object's bytes."""
        return self._store.checksums(wanted)

    @property
    def _listing(self) -> KnownListing:
        if self._known is None:
            self._keep(self._followed())
        return cast("KnownListing", self._known)

    def _followed(self) -> KnownListing:
        """Return the known listing with what messages name; a whole one if that is not enough."""
        for inbox in self._inboxes:
            inbox.take()
        self._warnings += (unread := [*missed.unread(self._inboxes)])
        before, named = self._file.load(), self._named()
        self._kept = before
        now = self._now.timestamp()
        if before is None or now < before.swept:
            return self._swept()
        is_followed = bool(self._inboxes) and not unread
        if is_followed and now < before.swept + self._sweep:
            return self._looked_at(before, named)
        swept = self._swept()
        if is_followed:
            is_old = now >= before.swept + 2 * self._sweep
            missing = missed.changed(before, swept, named, self._late)
            self._tell(missing, before.swept if is_old else None)
        return swept

    def _named(self) -> set[str]:
        """Return the keys of indexes that messages name."""
        found = (inbox.keys(self.location) for inbox in self._inboxes)
        return {key for keys in found for key in keys if NAME.fullmatch(key) and not unsafe(key)}

    def _looked_at(self, before: KnownListing, keys: set[str]) -> KnownListing:
        """Return the listing *before* with *keys* as they are now.

        Raises:
            StoreError: The store fails.
        """
        if not keys:
            return before
        if LOOKED_AT.exceeded(len(keys)):
            return self._swept()
        try:
            found = self._store.look_up(keys)
        except StoreError:
            return self._swept()  # a policy may allow to list the prefix of all indexes alone
        self._seen |= keys
        return before.amended(keys, found)

    def _swept(self) -> KnownListing:
        """Return a whole listing.

        Raises:
            StoreError: The store fails.
        """
        indexes, self._has_seen_all = self._store.indexes(), True
        return KnownListing(int(self._now.timestamp()), indexes, self._store.overlooked())

    def _keep(self, listing: KnownListing) -> None:
        """Keep *listing* for the next run: it is what the store has, whatever becomes of this."""
        self._known = listing
        if listing is self._kept:
            return
        if self._file.save(listing):
            self._kept = listing
        elif self._file.forget():  # messages that name what it lacks are deleted by this run
            self._kept = None

    @property
    def _late(self) -> float:
        """The time since which an index may be too young for its message to have come."""
        return self._now.timestamp() - min(LATE_SECONDS, self._sweep)

    def _tell(self, keys: Sequence[str], since: int | None = None) -> None:
        self._warnings += missed.missed(self.location.url, keys, since)
