"""Read a store: discover what its indexes claim, and validate that against its objects.

`discover` and `validate` are the first two stages of `pipeline`, which all environments
of a store share; `survey` is both of them, until nothing unsure would be served.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from generator import decision, index, proof
from generator.catalog import Catalog, IndexRef, StoredObject, Unreadable, Version, Warned
from generator.hold import Code, Held
from generator.index import Claim
from generator.lock import Known
from generator.ports import Progress, Store
from generator.presence import Presence
from generator.run import Applied


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the indexes of a store say, before anything is proven."""

    indexes: Mapping[str, StoredObject]
    claims: tuple[Claim, ...]
    """Of the indexes that had to be read."""
    known: tuple[Version, ...]
    """Proven before, by indexes that are still the same."""
    held: tuple[Held, ...]


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
    due = proof.due(versions, now, reprove)
    unsure = {version.path for version in versions} - served - due
    presence = presence or Presence(store)
    presence.seen |= served - due
    while True:
        proven = validate(
            store, discover(store, known, due, progress, presence), progress, presence
        )
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
    presence: Presence,
) -> Discovery:
    """Return the claims of all indexes that are new, that changed, or whose objects did."""
    indexes = {item.key: item for item in store.indexes()}
    present = {(item.key, item.etag) for item in indexes.values()}
    still = {ref: versions for ref, versions in known.items() if ref in present}
    for changed in _changed(store, still, due, progress, presence):
        still.pop((changed.key, changed.etag), None)

    claims: list[Claim] = []
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
        found, problems = index.parse(key, data, store.location)
        claims += found
        held += problems
    return Discovery(
        indexes=indexes,
        claims=tuple(claims),
        known=tuple(version for versions in still.values() for version in versions),
        held=tuple(held),
    )


def validate(store: Store, found: Discovery, progress: Progress, presence: Presence) -> Catalog:
    """Prove each claim against the objects in its directory."""
    claims = proof.by_directory(found.claims)
    listed = proof.versions_listed(found.claims, found.held)
    proven: list[Version] = list(found.known)
    held = list(found.held)
    warnings: list[Warned] = []
    walk = store.objects(claims.keys())
    for path, objects in progress.track("versions proven", walk, len(claims)):
        if isinstance(objects, Unreadable):
            problem = f"{path!r} cannot be listed: {objects}"
            held += [proof.hold(claim, Code.MISSING_OBJECT, problem) for claim in claims[path]]
            continue
        by_key = {item.key: item for item in objects}
        keys = frozenset(blob.key for claim in claims[path] for blob in claim.blobs)
        presence.listed[path] = tuple(item for item in objects if item.key in keys)
        warnings += proof.unlisted(keys, path, objects)
        verdicts = [
            proof.prove(
                claim,
                found.indexes[claim.index],
                by_key,
                _checksums(store, claim, by_key, progress),
                scheme=store.location.scheme,
                listed=listed[claim.index],
            )
            for claim in claims[path]
        ]
        proven += [verdict for verdict in verdicts if isinstance(verdict, Version)]
        held += [hold for verdict in verdicts if isinstance(verdict, tuple) for hold in verdict]
    versions, ambiguous = proof.unambiguous(proof.newest(proven))
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
    presence: Presence,
) -> set[IndexRef]:
    """Return the indexes of versions that are due and are not as they were proven.

    Several indexes may list one version; each of them is read again.
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
        presence.listed[path] = objects
        changed |= {
            version.index
            for version in versions[path]
            if not proof.is_unchanged(version, objects, store.location.scheme)
        }
    return changed


def _checksums(
    store: Store, claim: Claim, objects: Mapping[str, StoredObject], progress: Progress
) -> dict[tuple[str, str], str]:
    wanted = proof.checksums_wanted(claim, objects, store.location.scheme)
    if not wanted:
        return {}
    sizes = {key: objects[key].size for key, _ in wanted}
    hashing = store.checksums(wanted)
    return dict(
        progress.track("bytes hashed", hashing, sum(sizes.values()), lambda item: sizes[item[0][0]])
    )


def _too_large(item: StoredObject) -> Held:
    problem = f"{item.size:,} bytes, expected at most {index.MAX_BYTES:,}"
    return Held(index=item.key, code=Code.INDEX_TOO_LARGE, problems=(problem,))


def _chosen(applied: Collection[Applied], proven: Catalog) -> dict[str, Version]:
    """Return the versions that some environment would serve, by path."""
    if not applied:
        return {version.path: version for version in proven.versions}
    plans = (decision.decide(item.environment, proven, item.lock, item.around) for item in applied)
    return {
        version.path: version
        for plan in plans
        for model in plan.lock.models
        for version in model.versions
    }
