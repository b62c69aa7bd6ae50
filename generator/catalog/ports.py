"""Ports of the catalog: a store, a cache of earlier proofs, a display of progress.

Only `generator.errors` leave a port, whatever the library behind it raises.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from generator.catalog.catalog import ProvenByIndex, Version
from generator.catalog.evidence import Proof, Shown, Snapshot
from generator.catalog.findings import Findings
from generator.catalog.hold import HeldByIndex
from generator.catalog.location import Location
from generator.catalog.stored_object import StoredObject, Unreadable
from generator.catalog.warned import Warned

T = TypeVar("T")


class Listing(Protocol):
    """The listings of an object store below one prefix; all keys are relative to that prefix.

    Every method raises StoreError when the store itself fails, and then nothing may change.
    """

    def indexes(self) -> tuple[StoredObject, ...]:
        """Return the index files at the top of the store, sorted by key."""
        ...

    def overlooked(self) -> tuple[str, ...]:
        """Return keys that may be meant as indexes, and are none; of a store without, some more.

        It goes by what `indexes` has seen, and asks for a page or two only if that found none.
        """
        ...

    def is_remembered(self, key: str) -> bool:
        """Whether what `indexes` says of *key*, or does not, is what an earlier run has seen."""
        ...

    def look_up(self, keys: Collection[str]) -> tuple[StoredObject, ...]:
        """Return those of the indexes *keys* that are there now; nothing of them is remembered."""
        ...

    def warnings(self) -> tuple[Warned, ...]:
        """Return what is wrong with the way in which `indexes` came to know of them."""
        ...

    def objects(
        self, directories: Collection[str]
    ) -> Iterator[tuple[str, tuple[StoredObject, ...] | Unreadable]]:
        """Yield each directory once, in any order, with all objects below it.

        Unreadable where the store does not list that one, or it has too many objects.
        """
        ...


class Store(Listing, Protocol):
    """An object store, read below one prefix."""

    location: Location
    """Its location; index files may name it."""

    def read(self, keys: Collection[str]) -> Iterator[tuple[str, bytes | Unreadable]]:
        """Yield the bytes of each index, in the order of *keys*.

        Unreadable where the store withholds that one; of these, Missing where it says that
        there is no such key, and TooLarge where it has more bytes than an index may have.
        """
        ...

    def read_listed(
        self, items: Collection[StoredObject]
    ) -> Iterator[tuple[StoredObject, bytes | Unreadable]]:
        """Yield the bytes of each index, in the order of *items*: of the object that was listed.

        Unreadable as by `read`; of these, Replaced where it is another one by now.
        """
        ...

    def range(self, key: str, start: int, end: int) -> bytes | Unreadable:
        """Return the bytes of an object from *start* to before *end*, or to where it ends."""
        ...

    def stream(self, item: StoredObject) -> Iterator[bytes | Unreadable]:
        """Yield the bytes of *item* as it was listed, in pieces of a bounded size.

        An Unreadable ends them where the object is withheld, or is another one by now.
        """
        ...

    def look(
        self, items: Sequence[tuple[StoredObject, int]]
    ) -> Iterator[tuple[StoredObject, bytes | Unreadable]]:
        """Yield each object with its first bytes, as many as are asked for.

        Unreadable where the store does not hand it out as it was listed.
        """
        ...

    def checksums(
        self, wanted: Collection[tuple[str, str]]
    ) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield each (key, algorithm) with the hex digest of the object's bytes, or Unreadable."""
        ...


class Progress(Protocol):
    """Shows on a terminal how far long work is."""

    def track(
        self, what: str, items: Iterable[T], total: int, weigh: Callable[[T], int] | None = None
    ) -> Iterator[T]:
        """Yield *items*, adding their weights up to *total*; each weighs 1 unless *weigh* says."""
        ...


class Silent:
    """A Progress that shows nothing."""

    def track(
        self,
        what: str,  # noqa: ARG002
        items: Iterable[T],
        total: int,  # noqa: ARG002
        weigh: Callable[[T], int] | None = None,  # noqa: ARG002
    ) -> Iterator[T]:
        """Yield *items*."""
        yield from items


class Inventories(Protocol):
    """The inventories of a bucket: lists that the store makes of itself, one after the other.

    Nothing but InventoryError leaves it: what cannot be used is never more than a warning.
    """

    def newest(self, since: datetime, now: datetime) -> Snapshot:
        """Return the newest complete one that was begun after *since*.

        Raises:
            InventoryError: There is none, or the newest is none that can be used.
        """
        ...

    def recalled(self, snapshot: Snapshot) -> Shown | None:
        """Return what an earlier run saw in *snapshot*; None if none has looked."""
        ...

    def keep(self, snapshot: Snapshot, shown: Shown) -> None:
        """Keep what *snapshot* has *shown* for later runs; never raises."""
        ...

    def unchanged(
        self, snapshot: Snapshot, versions: Collection[Version], progress: Progress
    ) -> frozenset[Proof]:
        """Return those of *versions* that *snapshot* shows as they were proven.

        Raises:
            InventoryError: It cannot be read.
        """
        ...


class Cache(Protocol):
    """A cache of what earlier runs proved of one store: without it a run reads more."""

    def versions(self, known: Collection[tuple[str, str]] = ()) -> ProvenByIndex:
        """Return the versions by index, but for the indexes (key, ETag) that are *known*."""
        ...

    def keep_versions(self, versions: Iterable[Version]) -> None:
        """Keep *versions* for the next run, and nothing else; never raises."""
        ...

    def held_indexes(self) -> HeldByIndex:
        """Return the indexes that an earlier run has held for their bytes alone."""
        ...

    def keep_held_indexes(self, held: HeldByIndex) -> None:
        """Keep *held* for the next run, and nothing else; never raises."""
        ...

    def refused(self) -> Collection[str]:
        """Return the digests of the versions that an answer is against."""
        ...

    def findings(self, question: str) -> Findings | None:
        """Return what an earlier run found in a version; None if it did not ask."""
        ...

    def keep_findings(self, answers: Mapping[str, tuple[str, Findings]]) -> None:
        """Keep *answers* by question, each with the digest of its version; never raises."""
        ...
