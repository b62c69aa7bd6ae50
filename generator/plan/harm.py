"""Removal of harm: the changes that a window never stops.

The way back of a model, to what it served not long ago, and the loss of versions that the store
has lost. Both bring nothing that is newer than what is served.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from generator.catalog.catalog import Version
from generator.lock.changes import Change
from generator.lock.history import LockRevision
from generator.lock.lock import Lock, ServedModel
from generator.plan.context import Facts

LOOK_BACK = timedelta(days=30)
"""The age of a state of a model up to which a way to it goes out whatever is closed."""


def removals(changes: Iterable[Change], facts: Facts) -> frozenset[str]:
    """Return the models whose change only takes versions away that the store has lost."""
    lost = facts.deleted | facts.gone
    return frozenset(
        change.model
        for change in changes
        if change.before is not None
        and not change.added
        and (gone := _gone(change))
        and gone <= lost
        and _keeps_its_place(change)
    )


def candidates(changes: Iterable[Change], applied: Lock) -> frozenset[str]:
    """Return the models whose change may be a way back: the past of the branch tells."""
    removed = {it.model for it in applied.removed}
    return frozenset(
        change.model
        for change in changes
        if (change.model in removed if change.before is None else is_older(change))
    )


def ways_back(
    changes: Iterable[Change], models: frozenset[str], past: Iterable[LockRevision]
) -> frozenset[str]:
    """Return which of *models* go back to a state in which they were before.

    So does each step on the way there. To be no model any more is a way back only for one that
    has not changed since it came. *past* are the commits that changed the lock, newest first; it
    is read no further than needed.
    """
    wanted = {change.model: change for change in changes if change.model in models}
    found = set()
    for revision in past if wanted else ():
        before, after = revision.before.by_name, revision.after.by_name
        for name, change in [*wanted.items()]:
            then, later = _state(before.get(name)), _state(after.get(name))
            if then == later:
                continue
            is_back = then == _state(change.after)
            if is_back:
                found.add(name)
            if is_back or change.after is None:
                del wanted[name]
        if not wanted:
            break
    return frozenset(found)


def _gone(change: Change) -> frozenset[str]:
    """Return the paths of the versions that a change takes away."""
    after = {version.path for version in change.after.versions} if change.after else set()
    before = change.before.versions if change.before else ()
    return frozenset(version.path for version in before if version.path not in after)


def _keeps_its_place(change: Change) -> bool:
    """Whether a change moves no label that is still there to another version."""
    before, after = map(dict, change.labels)
    numbers = set(change.versions[1])
    return all(before.get(label) == number for label, number in after.items()) and all(
        label in after for label, number in before.items() if number in numbers
    )


def is_older(change: Change) -> bool:
    """Whether a change goes to what is older, in all that it does."""
    if change.before is None or change.after is None:
        return True
    newest = max(map(_age, change.before.versions))
    if any(_age(version) > newest for version in change.added):
        return False
    ages = {it.version: _age(it) for it in (*change.before.versions, *change.after.versions)}
    moves = [(ages[before], ages[after]) for before, after in _moves(change)]
    if any(after > before for before, after in moves):
        return False
    is_lower = max(map(_age, change.after.versions)) < newest
    return is_lower or bool(change.added or moves)


def _age(version: Version) -> tuple[datetime, int]:
    """Return what is less for an older version; one index may have published several."""
    return version.published, version.version


def _moves(change: Change) -> Iterator[tuple[int, int]]:
    """Yield the versions of each label that moves, before and after."""
    before, after = map(dict, change.labels)
    for label in before.keys() & after.keys():
        if before[label] != after[label]:
            yield before[label], after[label]


def _state(model: ServedModel | None) -> tuple[object, ...] | None:
    return model.state if model is not None else None
