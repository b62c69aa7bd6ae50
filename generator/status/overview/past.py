"""The age of what Git says is served, read from the past of the branch."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from generator.lock.commit import Commit
from generator.lock.lock import Lock

COMMITS = 2000
"""Commits that are read at most: a branch of years is not read for the sake of an age."""

_WHOLE = ""
"""Stands for all that the lock says; no model has that name."""


@dataclass(frozen=True, slots=True)
class Past:
    """The commits that brought what is served; of what is older than was read, none."""

    by_model: Mapping[str, Commit] = field(default_factory=dict)
    """The commit that brought the state of each model."""
    commit: Commit | None = None
    """The last commit that changed what Git says of the environment."""
    reach: datetime | None = None
    """The oldest moment that was read, if the past goes on before it."""

    def since(self, model: str) -> datetime | None:
        """Return when the state of *model* came; None if that is before all that was read."""
        found = self.by_model.get(model)
        return found.at if found else None


def past_of(served: Lock, log: Iterable[tuple[Commit, Lock]], most: int = COMMITS) -> Past:
    """Return the past of *served*, which servers have of the newest commit of *log*.

    *log* has the lock after each commit, newest first. It is read as far as needed, and at
    most so many commits.

    Raises:
        PublishError: The past cannot be read.
    """
    searched = _states(served)
    came: dict[str, Commit] = {}
    newer: Commit | None = None
    for read, (commit, states) in enumerate(_state_log(served, log)):
        if newer is not None:
            changed = [name for name, state in searched.items() if states.get(name) != state]
            came |= dict.fromkeys(changed, newer)
            searched = {name: state for name, state in searched.items() if name not in came}
            if not searched:
                break
            if read >= most:
                return Past(came, came.pop(_WHOLE, None), newer.at)
        newer = commit
    if newer is not None:
        came |= dict.fromkeys(searched, newer)  # the branch begins there
    return Past(came, came.pop(_WHOLE, None))


def _state_log(
    served: Lock, log: Iterable[tuple[Commit, Lock]]
) -> Iterator[tuple[Commit, Mapping[str, object]]]:
    """Yield the states after each commit; a commit that leaves the lock alone has the same ones."""
    last, states = served, _states(served)
    for position, (commit, lock) in enumerate(log):
        if position and lock is not last:
            last, states = lock, _states(lock)
        yield commit, states


def _states(lock: Lock) -> dict[str, object]:
    return {_WHOLE: lock.state, **{model.name: model.state for model in lock.models}}
