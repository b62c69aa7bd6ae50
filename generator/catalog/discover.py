"""Discovery: the claims of the indexes of a store, of which only new and changed ones are read."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType

from msgspec import Struct, field

from generator.catalog import index, index_names, proof
from generator.catalog.catalog import IndexRef, Version
from generator.catalog.claim import PackedClaim
from generator.catalog.hold import Code, Held, HeldByIndex
from generator.catalog.holds import Holds
from generator.catalog.location import Location
from generator.catalog.ports import Progress, Store
from generator.catalog.stored_object import (
    Objects,
    PackedObjects,
    Replaced,
    StoredObject,
    TooLarge,
    Unreadable,
)
from generator.catalog.warned import Warned
from generator.errors import StoreError
from generator.limits.index import INDEX_BYTES
from generator.limits.store import STORE_ROWS

_NONE: HeldByIndex = MappingProxyType({})

_LOOSE_ROWS = 100_000
"""The rows of all indexes that wait in 80 bytes each; more are packed tightly."""


class Discovery(Struct, frozen=True):
    """The claims of the indexes of a store, before any of them is proven."""

    indexes: Mapping[str, StoredObject]
    claims: list[PackedClaim]
    """Of the indexes that had to be read; `validate` takes them out, since they are large."""
    known: tuple[Version, ...]
    """Proven before, by indexes that are still the same."""
    held: tuple[Held, ...]
    rejected: HeldByIndex
    """Those of *held* that the bytes of an index alone make: they are the same in the next run."""
    listed: Objects
    """The objects of the versions that were listed for this, by path; `validate` adds to it."""
    warnings: tuple[Warned, ...]


def discover(
    store: Store,
    known: Mapping[tuple[str, str], tuple[Version, ...]],
    due: Collection[str],
    progress: Progress,
    rejected: HeldByIndex = _NONE,
) -> Discovery:
    """Return the claims of all indexes that are new, that changed, or whose objects did.

    *rejected* are those that an earlier run has held for their bytes alone. What is known
    otherwise than it is remembered, and what is to be read, is looked up.
    """
    indexes = _indexes(store)
    gone = known.keys() - {(item.key, item.etag) for item in indexes.values()}
    indexes = _looked_up(store, indexes, [key for key, _ in gone])
    present = {(item.key, item.etag) for item in indexes.values()}
    still = {ref: versions for ref, versions in known.items() if ref in present}
    listed: Objects = {}
    for changed in _changed(store, still, due, progress, listed):
        still.pop((changed.key, changed.etag), None)

    left = [item for item in indexes.values() if (item.key, item.etag) not in still]
    indexes = _looked_up(store, indexes, [item.key for item in left])
    left = [item for item in indexes.values() if (item.key, item.etag) not in still]
    warnings = [*_overlooked(store, indexes.keys()), *store.warnings()]
    reading = _Reading(store.location, Holds(), warnings)
    replaced = _read(store, left, rejected, reading, progress)
    return Discovery(
        indexes=indexes | _read_again(store, replaced, reading),
        claims=reading.claims,
        known=tuple(version for versions in still.values() for version in versions),
        held=tuple(reading.held),
        rejected=reading.rejected,
        listed=listed,
        warnings=tuple(reading.warnings),
    )


def _indexes(store: Store) -> dict[str, StoredObject]:
    return {item.key: item for item in store.indexes()}


def _looked_up(
    store: Store, indexes: dict[str, StoredObject], keys: Collection[str]
) -> dict[str, StoredObject]:
    """Return *indexes* as they are after those of *keys* that are remembered were looked up."""
    doubtful = [key for key in keys if store.is_remembered(key)]
    if not doubtful:
        return indexes
    store.look_up(doubtful)
    return _indexes(store)


class _Reading(Struct, frozen=False):
    """The content of indexes, as far as it was read."""

    location: Location
    held: Holds
    warnings: list[Warned]
    claims: list[PackedClaim] = field(default_factory=list)
    rejected: dict[tuple[str, str], tuple[Held, ...]] = field(default_factory=dict)
    rows: int = 0

    def add(self, item: StoredObject, data: bytes | Unreadable) -> None:
        """Add what an index says, or why it says nothing."""
        if isinstance(data, Unreadable):
            is_large = isinstance(data, TooLarge)
            code = Code.INDEX_TOO_LARGE if is_large else Code.INDEX_UNREADABLE
            self.held.add([Held(index=item.key, code=code, problems=(str(data),))])
            return
        found = index.parse(item.key, data, self.location)
        rows = sum(len(claim.blobs) for claim in found.claims)
        if problem := STORE_ROWS.exceeded(self.rows + rows):
            why = f"with those of smaller indexes, {problem}"
            self.held.add([Held(index=item.key, code=Code.INDEX_TOO_LARGE, problems=(why,))])
            return
        self.rows += rows
        are_many = self.rows > _LOOSE_ROWS
        self.claims += [claim.packed(is_tight=are_many) for claim in found.claims]
        self.warnings += found.warnings
        if found.claims or any(hold.version is not None for hold in found.held):
            self.held.add(found.held)
        else:
            self.reject(item, found.held)

    def reject(self, item: StoredObject, held: tuple[Held, ...]) -> None:
        """Add the holds of an index that claims nothing, and as long as it has its ETag."""
        if item.etag and self.held.are_told_whole:
            self.rejected[item.key, item.etag] = held
        self.held.add(held)


def _read(
    store: Store,
    items: Collection[StoredObject],
    rejected: HeldByIndex,
    reading: _Reading,
    progress: Progress,
) -> list[StoredObject]:
    """Read the indexes *items*, the smallest first: what is too much then is of the largest.

    Return those that were replaced since they were listed, of which nothing is read.
    """
    ordered = sorted(items, key=lambda item: (item.size, item.key))
    unread = [
        item
        for item in ordered
        if (item.key, item.etag) not in rejected and item.size <= INDEX_BYTES
    ]
    answers = progress.track("indexes read", store.read_listed(unread), len(unread))
    replaced: list[StoredObject] = []
    for item in ordered:
        if held := rejected.get((item.key, item.etag)):
            reading.reject(item, held)
        elif problem := INDEX_BYTES.exceeded(item.size):
            reading.add(item, TooLarge(problem))
        elif isinstance(data := next(answers)[1], Replaced):
            replaced.append(item)
        else:
            reading.add(item, data)
    # What is behind the last answer belongs to it: the display of its progress ends there.
    for _ in answers:
        pass
    return replaced


def _read_again(
    store: Store, replaced: Collection[StoredObject], reading: _Reading
) -> dict[str, StoredObject]:
    """Read the *replaced* indexes as they are listed now; return them so, by key.

    Bytes are never taken for those of another ETag: one that is replaced again, or is gone, is
    held until the next run.
    """
    if not replaced:
        return {}
    now = {item.key: item for item in replaced}
    with suppress(StoreError):  # a policy may allow to list the prefix of all indexes alone
        now |= {item.key: item for item in store.look_up([*now])}
    for item, data in store.read_listed([*now.values()]):
        reading.add(item, data)
    return now


def _changed(
    store: Store,
    known: Mapping[tuple[str, str], tuple[Version, ...]],
    due: Collection[str],
    progress: Progress,
    listed: Objects,
) -> set[IndexRef]:
    """Return the indexes of versions that are due and are not as they were proven.

    Several indexes may list one version; each of them is read again. Their objects go to
    *listed*.
    """
    versions: dict[str, list[Version]] = {}
    for version in (version for found in known.values() for version in found):
        if version.path in due:
            versions.setdefault(version.path, []).append(version)
    walk = progress.track("versions compared", store.objects(versions.keys()), len(versions))
    changed: set[IndexRef] = set()
    for path, objects in walk:
        if isinstance(objects, Unreadable):
            changed |= {version.index for version in versions[path]}
            continue
        listed[path] = PackedObjects.of(objects)
        changed |= {
            version.index
            for version in versions[path]
            if not proof.is_unchanged(version, objects, store.location.scheme)
        }
    return changed


def _overlooked(store: Store, indexes: Collection[str]) -> Iterator[Warned]:
    """Warn of what may be meant as an index, and is not read; and if there is none at all."""
    almost = store.overlooked()
    if indexes:
        yield from index_names.misnamed(store.location.url, almost)
    else:
        yield index_names.nothing_found(store.location.url, almost)
