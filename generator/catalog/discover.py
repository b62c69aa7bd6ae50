"""Read a store: discover what its indexes claim, and validate that against its objects.

`discover` and `validate` are the first two stages of `pipeline`, which all environments
of a store share; `survey` is both of them, until nothing unsure would be served.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

from generator.catalog import index, index_names, proof, reproof, selection
from generator.catalog.catalog import (
    Catalog,
    IndexRef,
    Known,
    StoredObject,
    Unreadable,
    Version,
    Warned,
)
from generator.catalog.claim import Blob, Claim
from generator.catalog.hold import Code, Held
from generator.catalog.ports import Progress, Store
from generator.catalog.presence import Objects, Presence
from generator.plan import decide
from generator.plan.context import Applied

T = TypeVar("T")

_AT_ONCE = 256
"""So many versions are proven together."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the indexes of a store say, before anything is proven."""

    indexes: Mapping[str, StoredObject]
    claims: tuple[Claim, ...]
    """Of the indexes that had to be read."""
    known: tuple[Version, ...]
    """Proven before, by indexes that are still the same."""
    held: tuple[Held, ...]
    listed: Objects
    """The objects of the versions that were listed for this, by path; `validate` adds to it."""
    warnings: tuple[Warned, ...]


def survey(
    store: Store,
    applied: Collection[Applied],
    remembered: Known,
    *,
    now: datetime,
    reprove: int,
    progress: Progress,
    presence: Presence | None = None,
) -> Catalog:
    """Return what the *store* proves now, given what its environments serve.

    An index that a lock knows, or that is *remembered*, is not read again; of the versions
    that it proved, those that are due (each within *reprove* seconds) are compared with
    the store. So is every version that is only remembered and would now be served for the
    first time. The objects of what is compared and served, and of what would be served for
    the first time, are looked at; a version that fails makes room for another, which is
    looked at in turn; *presence* keeps what was seen. Where nothing is *applied*,
    everything counts as chosen.

    Raises:
        StoreError: The store cannot be read; then nothing is known, and nothing changes.
    """
    known = dict(remembered)
    served: set[str] = set()
    for item in applied:
        known |= item.known()
        served |= {version.path for version in item.versions}
    versions = [version for found in known.values() for version in found]
    due = reproof.due(versions, now, reprove)
    unsure = {version.path for version in versions} - served - due
    presence = presence or Presence(store)
    presence.seen |= served - due
    while True:
        discovery = discover(store, known, due, progress)
        proven = validate(store, discovery, progress)
        presence.listed = discovery.listed
        del discovery  # its claims take more memory than anything that comes now
        while True:
            found = presence.applied_to(proven)
            chosen = _chosen(applied, found)
            again = chosen.keys() & unsure
            if again:
                break
            if not presence.look(chosen.values(), progress):
                presence.listed.clear()
                return found
        due |= again
        unsure -= again


def discover(
    store: Store,
    known: Mapping[tuple[str, str], tuple[Version, ...]],
    due: Collection[str],
    progress: Progress,
) -> Discovery:
    """Return the claims of all indexes that are new, that changed, or whose objects did."""
    indexes = {item.key: item for item in store.indexes()}
    present = {(item.key, item.etag) for item in indexes.values()}
    still = {ref: versions for ref, versions in known.items() if ref in present}
    listed: Objects = {}
    for changed in _changed(store, still, due, progress, listed):
        still.pop((changed.key, changed.etag), None)

    claims: list[Claim] = []
    warnings = [*_overlooked(store, indexes.keys())]
    held = [_too_large(item) for item in indexes.values() if item.size > index.MAX_BYTES]
    unread = [
        item.key
        for item in indexes.values()
        if (item.key, item.etag) not in still and item.size <= index.MAX_BYTES
    ]
    for key, data in progress.track("indexes read", store.read(unread), len(unread)):
        if isinstance(data, Unreadable):
            held.append(Held(index=key, code=Code.INDEX_UNREADABLE, problems=(str(data),)))
            continue
        found = index.parse(key, data, store.location)
        claims += found.claims
        held += found.held
        warnings += found.warnings
    return Discovery(
        indexes=indexes,
        claims=tuple(claims),
        known=tuple(version for versions in still.values() for version in versions),
        held=tuple(held),
        listed=listed,
        warnings=tuple(warnings),
    )


def validate(store: Store, found: Discovery, progress: Progress) -> Catalog:
    """Prove each claim against the objects in its directory."""
    claims = selection.by_directory(found.claims)
    listed = selection.versions_listed(found.claims, found.held)
    proven: list[Version] = list(found.known)
    held = list(found.held)
    warnings = list(found.warnings)
    walk = progress.track("versions proven", store.objects(claims.keys()), len(claims))
    for part in _parts(walk):
        verdicts: list[Version | tuple[Held, ...]] = []
        here: list[tuple[Claim, dict[str, StoredObject]]] = []
        for path, objects in part:
            if isinstance(objects, Unreadable):
                why = f"{path!r} cannot be listed: {objects}"
                verdicts += [(proof.hold(one, Code.MISSING_OBJECT, why),) for one in claims[path]]
                continue
            by_key = {item.key: item for item in objects}
            blobs = {blob.key: blob for claim in claims[path] for blob in claim.blobs}
            found.listed[path] = tuple(_listed(blobs.values(), by_key))
            warnings += proof.unlisted(frozenset(blobs), path, objects)
            here += [(claim, by_key) for claim in claims[path]]
        sums = _checksums(store, here, progress)
        verdicts += [
            proof.prove(
                claim,
                found.indexes[claim.index],
                by_key,
                checksums,
                scheme=store.location.scheme,
                listed=listed[claim.index],
            )
            for (claim, by_key), checksums in zip(here, sums, strict=True)
        ]
        proven += [verdict for verdict in verdicts if isinstance(verdict, Version)]
        held += [hold for verdict in verdicts if isinstance(verdict, tuple) for hold in verdict]
    versions, ambiguous = selection.unambiguous(selection.newest(proven))
    return Catalog(
        versions,
        tuple(sorted([*held, *ambiguous], key=lambda hold: hold.order)),
        tuple(sorted(warnings, key=lambda warning: warning.message)),
    )


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
        listed[path] = objects
        changed |= {
            version.index
            for version in versions[path]
            if not proof.is_unchanged(version, objects, store.location.scheme)
        }
    return changed


def _parts(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield *items* in parts: the checksums of many versions are asked for side by side."""
    iterator = iter(items)
    while part := [*islice(iterator, _AT_ONCE)]:
        yield part


def _checksums(
    store: Store,
    claims: Collection[tuple[Claim, Mapping[str, StoredObject]]],
    progress: Progress,
) -> list[proof.Checksums]:
    """Return the checksums that each of *claims* needs: those kept, or of the bytes."""
    scheme = store.location.scheme
    wanted = [proof.checksums_wanted(claim, objects, scheme) for claim, objects in claims]
    sizes = {
        pair: objects[pair[0]].size
        for (_, objects), pairs in zip(claims, wanted, strict=True)
        for pair in pairs
    }
    if not sizes:
        return [{} for _ in claims]
    found = dict(
        progress.track(
            "bytes verified",
            store.checksums(sizes.keys()),
            sum(sizes.values()),
            lambda item: sizes[item[0]],
        )
    )
    return [{pair: found[pair] for pair in pairs} for pairs in wanted]


def _overlooked(store: Store, indexes: Collection[str]) -> Iterator[Warned]:
    """Warn of what may be meant as an index, and is not read; and if there is none at all."""
    almost = store.overlooked()
    if indexes:
        yield from index_names.misnamed(store.location.url, almost)
    else:
        yield index_names.nothing_found(store.location.url, almost)


def _listed(blobs: Iterable[Blob], objects: Mapping[str, StoredObject]) -> Iterator[StoredObject]:
    """Yield the objects that an index lists; they share its texts, since there may be millions."""
    for blob in blobs:
        if found := objects.get(blob.key):
            etag = blob.etag if blob.etag == found.etag else found.etag
            yield StoredObject(blob.key, found.size, etag, found.modified)


def _too_large(item: StoredObject) -> Held:
    problem = f"{item.size:,} bytes, expected at most {index.MAX_BYTES:,}"
    return Held(index=item.key, code=Code.INDEX_TOO_LARGE, problems=(problem,))


def _chosen(applied: Collection[Applied], proven: Catalog) -> dict[str, Version]:
    """Return the versions that some environment would serve, by path."""
    if not applied:
        return {version.path: version for version in proven.versions}
    plans = (decide.decide(item.environment, proven, item.lock, item.around) for item in applied)
    return {
        version.path: version
        for plan in plans
        for model in plan.lock.models
        for version in model.versions
    }
