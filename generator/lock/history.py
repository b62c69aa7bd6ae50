"""The changes of an environment's lock on its branch: by which commit, by whom.

The locks decide what a commit changed, for a squash merge loses trailers.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import islice

from msgspec import Struct

from generator.environment.settings import Difference
from generator.lock.changes import Change, changes_between
from generator.lock.commit import Commit, is_revert
from generator.lock.lock import Lock


class Kind(StrEnum):
    """The way in which a state came to the branch."""

    SYNC = "sync"
    """By a commit of ours."""
    REVERT = "revert"
    """A person went back to an older state, or took that back."""
    EDIT = "edit"
    """A person changed the lock by hand."""


class LockRevision(Struct, frozen=True):
    """A commit that changed the lock, and the lock before and after it."""

    commit: Commit
    before: Lock
    """Of a merge, what its sides had brought."""
    after: Lock


class Entry(Struct, frozen=True):
    """A commit that changed what is served, or how."""

    commit: Commit
    kind: Kind
    changes: tuple[Change, ...]
    """Sorted by model, without reasons: those are in the message."""
    settings: tuple[Difference, ...] = ()
    """Sorted by key; none where only one model is asked for."""


def newest(past: Iterable[LockRevision], limit: int, model: str | None = None) -> tuple[Entry, ...]:
    """Return the last *limit* commits that changed what is served, or how, newest first.

    *past* is read no further than needed. With *model*, only changes of that model count.
    """
    return tuple(islice(entries(past, model), limit))


def entries(past: Iterable[LockRevision], model: str | None = None) -> Iterator[Entry]:
    """Yield the commits of *past* that changed what is served, or how; or one *model* of it."""
    for revision in past:
        before, after = revision.before, revision.after
        changes = tuple(
            change
            for change in changes_between(before, after, {})
            if model is None or change.model == model
        )
        settings = before.settings_changed_by(after) if model is None else ()
        if changes or settings:
            kind = Kind.REVERT if is_revert(revision.commit.subject) else None
            kind = kind or _kind(before, after, changes)
            yield Entry(revision.commit, kind, changes, settings)


def _kind(before: Lock, after: Lock, changes: Iterable[Change]) -> Kind:
    """Tell who made *changes*: a model of ours has a higher generation than the one before.

    Where no model changes, the generation of the lock itself counts.
    """
    old, new = before.generations, after.generations
    steps = {
        after.own_generation + new.get(it.model, 0) - before.own_generation - old.get(it.model, 0)
        for it in changes
    } or {after.own_generation - before.own_generation}
    if min(steps) < 0:
        return Kind.REVERT
    is_counted = after.generation > 0 or before.generation > 0
    return Kind.EDIT if 0 in steps and is_counted else Kind.SYNC
