"""Discovery: the claims of the indexes of a store, of which only new and changed ones are read."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from generator.catalog import index, index_names, proof
from generator.catalog.catalog import IndexRef, StoredObject, Unreadable, Version, Warned
from generator.catalog.claim import Claim
from generator.catalog.hold import Code, Held
from generator.catalog.ports import Progress, Store
from generator.catalog.presence import Objects
from generator.limits.index import INDEX_BYTES


@dataclass(frozen=True, slots=True)
class Discovery:
    """The claims of the indexes of a store, before any of them is proven."""

    indexes: Mapping[str, StoredObject]
    claims: tuple[Claim, ...]
    """Of the indexes that had to be read."""
    known: tuple[Version, ...]
    """Proven before, by indexes that are still the same."""
    held: tuple[Held, ...]
    listed: Objects
    """The objects of the versions that were listed for this, by path; `validate` adds to it."""
    warnings: tuple[Warned, ...]


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
    held = [_too_large(item) for item in indexes.values() if item.size > INDEX_BYTES]
    unread = [
        item.key
        for item in indexes.values()
        if (item.key, item.etag) not in still and item.size <= INDEX_BYTES
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


def _overlooked(store: Store, indexes: Collection[str]) -> Iterator[Warned]:
    """Warn of what may be meant as an index, and is not read; and if there is none at all."""
    almost = store.overlooked()
    if indexes:
        yield from index_names.misnamed(store.location.url, almost)
    else:
        yield index_names.nothing_found(store.location.url, almost)


def _too_large(item: StoredObject) -> Held:
    problems = (INDEX_BYTES.exceeded(item.size),)
    return Held(index=item.key, code=Code.INDEX_TOO_LARGE, problems=problems)
