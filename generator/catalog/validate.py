"""Validation: the versions that indexes claim, proven by the objects of the store, or held."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from generator.catalog import proof, selection
from generator.catalog.catalog import Catalog, Version
from generator.catalog.claim import Claim
from generator.catalog.discover import Discovery
from generator.catalog.hold import Code, Held
from generator.catalog.holds import Holds
from generator.catalog.ports import Progress, Store
from generator.catalog.stored_object import PackedObjects, StoredObject, Unreadable

_AT_ONCE = 256
"""The versions that are proven together."""

_OBJECTS_AT_ONCE = 20_000
"""The objects of those versions, or of the one that has more."""

_LISTED = 400_000
"""The objects that are kept for a look at them, of 100 bytes each; others are listed again."""


def validate(store: Store, found: Discovery, progress: Progress) -> Catalog:
    """Prove each claim against the objects in its directory, and let go of it."""
    claims = selection.by_directory(found.claims)
    listed = selection.versions_listed(found.claims, found.held)
    found.claims.clear()
    proven: list[Version] = list(found.known)
    held = Holds(found.held)
    warnings = list(found.warnings)
    room = _LISTED
    walk = progress.track("versions proven", store.objects([*claims]), len(claims))
    for part in _parts(walk):
        verdicts: list[Version | tuple[Held, ...]] = []
        here: list[tuple[Claim, dict[str, StoredObject]]] = []
        for path, objects in part:
            claimed = [claim.unpacked() for claim in claims.pop(path)]
            if isinstance(objects, Unreadable):
                why = f"{path!r} cannot be listed: {objects}"
                verdicts += [(one.hold(Code.MISSING_OBJECT, why),) for one in claimed]
                continue
            by_key = {item.key: item for item in objects}
            blobs = dict.fromkeys(blob.key for claim in claimed for blob in claim.blobs)
            if room > 0:
                own = [item for key in blobs if (item := by_key.get(key))]
                found.listed[path] = PackedObjects.of(own)
                room -= len(own)
            warnings += proof.unlisted(frozenset(blobs), path, objects)
            here += [(claim, by_key) for claim in claimed]
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
        for verdict in verdicts:
            if isinstance(verdict, tuple):
                held.add(verdict)
    versions, ambiguous = selection.unambiguous(selection.newest(proven))
    return Catalog(
        versions,
        tuple(sorted([*held, *ambiguous], key=lambda hold: hold.order)),
        tuple(sorted(warnings, key=lambda warning: warning.message)),
    )


def _parts(
    walk: Iterable[tuple[str, tuple[StoredObject, ...] | Unreadable]],
) -> Iterator[list[tuple[str, tuple[StoredObject, ...] | Unreadable]]]:
    """Yield directories in parts: the checksums of many versions are asked for side by side."""
    part: list[tuple[str, tuple[StoredObject, ...] | Unreadable]] = []
    count = 0
    for path, objects in walk:
        part.append((path, objects))
        count += 0 if isinstance(objects, Unreadable) else len(objects)
        if len(part) >= _AT_ONCE or count >= _OBJECTS_AT_ONCE:
            yield part
            part, count = [], 0
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
