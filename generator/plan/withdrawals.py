"""Withdrawals: a served version leaves with its index only if the store says that it is gone.

That no index proves a version is no evidence: a listing may be stale, or cut, or of something
else. So the index that the lock names is asked for. Only "no such key" withdraws; an index
that lists other versions by now withdraws nothing, and any other answer ends the run.
"""

from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from generator.catalog import index
from generator.catalog.catalog import Version
from generator.catalog.held_set import HeldSet
from generator.catalog.hold import Code, Held
from generator.catalog.ports import Store
from generator.catalog.stored_object import Missing, Unreadable
from generator.errors import StoreError
from generator.plan.context import Inputs
from generator.text.phrases import listed

_SHOWN = 3
_HINT = (
    "nothing was changed; run it again, and if this stays: give the sync job the right to read "
    "and to list, or look for what answers in the place of the store"
)


class Withdrawals(Struct, frozen=True):
    """The answers of a store about served versions that no index proves."""

    deleted: frozenset[str]
    """Paths of versions whose index is no key of the store, in its own words."""
    gone: frozenset[str]
    """Of those, the paths of versions whose objects are not all there either."""
    overwritten: tuple[Held, ...]
    """A hold of each version whose index lists others by now."""


def doubtful(inputs: Inputs) -> tuple[Version, ...]:
    """Return the served versions that no index proves, and of which the store was not asked."""
    unlisted = [
        version
        for model in inputs.lock.models
        for version in model.versions
        if inputs.catalog.at(version) is None and version.path not in inputs.facts.deleted
    ]
    withheld = HeldSet.of(inputs.catalog.held) if unlisted else HeldSet.of(())
    return tuple(version for version in unlisted if version not in withheld)


def kept(inputs: Inputs, versions: Iterable[Version]) -> Inputs:
    """Return *inputs* as if the indexes of *versions* were there, and could not be read."""
    held = (
        version.hold(
            Code.INDEX_UNREADABLE,
            "not asked for yet",
        )
        for version in versions
    )
    return replace(
        inputs,
        catalog=replace(inputs.catalog, held=(*inputs.catalog.held, *held)),
        facts=replace(inputs.facts, gone=frozenset()),
    )


def ask(
    store: Store, versions: Sequence[Version], kept_without_index: Collection[str]
) -> Withdrawals:
    """Ask *store* for the indexes of *versions*, and for the objects of some without one.

    Raises:
        StoreError: An answer is neither that there is no such key, nor another index.
    """
    asked: dict[str, list[Version]] = {}
    for version in versions:
        asked.setdefault(version.index.key, []).append(version)
    deleted: dict[str, Version] = {}
    overwritten: list[Held] = []
    problems: list[str] = []
    for key, data in store.read(sorted(asked)):
        if isinstance(data, Missing):
            deleted |= {version.path: version for version in asked[key]}
            continue
        paths, problem = _listed_now(store, key, data)
        if any(version.path in paths for version in asked[key]):
            problem = "is there, and its listing did not have it"
        if problem:
            problems.append(f"{store.location.url}: {key!r} {problem}")
        else:
            overwritten += [_overwritten(version, paths) for version in asked[key]]
    if problems:
        raise StoreError(problems, hint=_HINT)
    alone = {path: deleted[path] for path in deleted if path in kept_without_index}
    gone = (
        path
        for path, objects in store.objects(alone.keys())
        if not isinstance(objects, Unreadable) and len(objects) < alone[path].objects
    )
    return Withdrawals(frozenset(deleted), frozenset(gone), tuple(overwritten))


def _listed_now(store: Store, key: str, data: bytes | Unreadable) -> tuple[tuple[str, ...], str]:
    """Return the paths that an index lists by now, and why it is no reason to take any away."""
    if isinstance(data, Unreadable):
        return (), f"is not listed, and is not said to be gone: {data}"
    found = index.parse(key, data, store.location)
    if not found.claims:
        why = next((hold.problems[0] for hold in found.held), "it lists nothing that counts")
        return (), f"is not listed as it answers now, which is no index: {why}"
    return tuple(sorted(claim.path for claim in found.claims)), ""


def _overwritten(version: Version, paths: Sequence[str]) -> Held:
    now = listed([*map(repr, paths)], _SHOWN)
    problem = f"it was overwritten, and lists {now}; {version.path!r} is served"
    return version.hold(Code.INDEX_OVERWRITTEN, problem)
