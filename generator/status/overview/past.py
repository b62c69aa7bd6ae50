"""The age of what Git says is served, read from the past of the branch."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct, field

from generator.lock.commit import Commit
from generator.lock.history import LockRevision
from generator.lock.lock import Lock

COMMITS = 2000
"""Commits that are read for ages: a branch of years is not read for their sake."""

_WHOLE = ""
"""Stands for all that the lock says; no model has that name."""


class Past(Struct, frozen=True):
    """The commits that brought what is served; of what is older than was read, none."""

    by_model: Mapping[str, Commit] = field(default_factory=dict)
    """The commit that brought the state of each model."""
    commit: Commit | None = None
    """The last commit that changed what Git says of the environment."""
    reach: datetime | None = None
    """A moment at which what has no commit here was served already."""

    def since(self, model: str) -> datetime | None:
        """Return when the state of *model* came; None if that is before all that was read."""
        found = self.by_model.get(model)
        return found.at if found else None


def past_of(served: Lock, committed: Lock, log: Iterable[LockRevision]) -> Past:
    """Return the past of *served*, which servers have of the lock that is *committed*.

    *log* are the commits that changed the lock, newest first, read as far as needed. What a
    person edited beside the lock came with the newest of them, or after it.

    Raises:
        PublishError: The past cannot be read.
    """
    searched = _states(served)
    edited = [name for name, state in searched.items() if _states(committed).get(name) != state]
    came: dict[str, Commit] = {}
    reach: datetime | None = None
    for revision in log:
        before, after = _states(revision.before), _states(revision.after)
        changed = [name for name in searched if before.get(name) != after.get(name)]
        came |= dict.fromkeys([*changed, *(edited if reach is None else ())], revision.commit)
        searched = {name: state for name, state in searched.items() if name not in came}
        reach = revision.commit.at
        if not searched:
            break
    return Past(came, came.pop(_WHOLE, None), reach if searched else None)


def _states(lock: Lock) -> dict[str, object]:
    whole = lock.state, lock.settings
    return {_WHOLE: whole, **{model.name: model.state for model in lock.models}}
