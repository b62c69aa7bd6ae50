"""What was promoted on a branch: each change of an environment's lock, by which commit, by whom.

The locks decide what a commit changed, for a squash merge loses trailers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from generator.lock.commit import Commit
from generator.lock.lock import Lock, timestamp
from generator.plan.plan import Change, changes_between
from generator.report.words import state_of
from generator.text.quoting import printable


class Kind(StrEnum):
    """How a state came to the branch."""

    SYNC = "sync"
    """By a commit of ours, or the merge of one."""
    REVERT = "revert"
    """A person went back to an older state."""
    EDIT = "edit"
    """A person changed the lock by hand."""


Past = tuple[Commit, Lock]
"""A commit, and the lock as it left it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A commit that changed what is served."""

    commit: Commit
    kind: Kind
    changes: tuple[Change, ...]
    """Sorted by model, without reasons: those are in the message."""


def newest(past: Iterable[Past], limit: int, model: str | None = None) -> tuple[Entry, ...]:
    """Return the last *limit* commits that changed what is served, newest first.

    *past* is the lock after each commit, newest first, and read no further than needed. With
    *model*, only changes of that model count.
    """
    return tuple(islice(_entries(past, model), limit))


def chronicle_json(environment: str, model: str | None, found: Iterable[Entry]) -> dict[str, Any]:
    """Return entries as schemas/history.schema.json describes them."""
    return {
        "environment": environment,
        "model": model,
        "entries": [
            {
                "at": timestamp(entry.commit.at),
                "commit": entry.commit.id,
                "pull_request": entry.commit.pull_request,
                "author": entry.commit.author,
                "subject": entry.commit.subject,
                "kind": entry.kind,
                "changes": [_change_json(change) for change in entry.changes],
            }
            for entry in found
        ],
    }


def chronicle_text(found: Iterable[Entry]) -> Iterator[str]:
    """Yield lines for a terminal: when, by which commit, by whom, and what it changed."""
    for entry in found:
        commit = entry.commit
        number = f" (#{commit.pull_request})" if commit.pull_request else ""
        by = f"{entry.kind} by {printable(commit.author)}"
        yield f"{timestamp(commit.at)}  {commit.id[:12]}{number}  {by}"
        if entry.kind is not Kind.SYNC:
            yield f"    {printable(commit.subject)}"
        for change in entry.changes:
            yield f"    {change.action} {change.model}: {state_of(change)}"


def _entries(past: Iterable[Past], model: str | None) -> Iterator[Entry]:
    last: Past | None = None
    for commit, lock in past:
        if last is not None:
            yield from _entry(last[0], lock, last[1], model)
        last = commit, lock
    if last is not None:
        commit, lock = last
        yield from _entry(commit, Lock(lock.environment, lock.source), lock, model)


def _entry(commit: Commit, before: Lock, after: Lock, model: str | None) -> Iterator[Entry]:
    if before is after:
        return
    changes = tuple(
        change
        for change in changes_between(before, after, {})
        if model is None or change.model == model
    )
    if changes:
        yield Entry(commit, _kind(before, after), changes)


def _kind(before: Lock, after: Lock) -> Kind:
    """Tell who made *after*: each lock of ours has a higher generation than the one before."""
    if after.generation > before.generation or before.generation == after.generation == 0:
        return Kind.SYNC  # older releases counted no generations
    return Kind.EDIT if after.generation == before.generation else Kind.REVERT


def _change_json(change: Change) -> dict[str, Any]:
    versions, labels = change.versions, change.labels
    return {
        "model": change.model,
        "action": change.action,
        "versions": {"from": list(versions[0]), "to": list(versions[1])},
        "labels": {"from": dict(labels[0]), "to": dict(labels[1])},
    }
