"""The branch: commits of a lock and its models.config, by syncs and by people."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from generator.lock.lock import Lock
from generator.lock.lock_file import load
from generator.plan.git_steps import LockState
from generator.serving.state import ModelState, State


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: its second, the time by the committer's clock, and the files."""

    at: float
    clock: datetime
    text: str
    config: str

    @property
    def lock(self) -> Lock:
        """The lock, read back."""
        return load(self.text, "lock")

    @property
    def state(self) -> State:
        """The models of the lock."""
        return {
            model.name: ModelState(frozenset(model.numbers), model.labels)
            for model in self.lock.models
        }


def history(commits: Sequence[Commit], since: datetime) -> list[LockState]:
    """Return what `Branch.history` does: the states after *since*, and the one before."""
    states = []
    for commit in reversed(commits):
        states.append(LockState(commit.clock, commit.lock))
        if commit.clock <= since:
            break
    return states


def reverted(commits: Sequence[Commit], back: int) -> Lock | None:
    """Return what `git revert HEAD~back` makes of the lock.

    None if there is no such commit or none before it, or if the merge has a conflict: a
    model that it changed was changed again.
    """
    if back + 2 > len(commits):
        return None
    before, undone, now = (
        commits[position].lock.by_name for position in (-back - 2, -back - 1, -1)
    )
    models = dict(now)
    for name in before.keys() | undone.keys():
        if before.get(name) == undone.get(name):
            continue
        if now.get(name) != undone.get(name):
            return None
        models.pop(name, None)
        models |= {name: before[name]} if name in before else {}
    kept = tuple(model for _, model in sorted(models.items()))
    # Of older commits the head of the file has a conflict, and a person leaves it as it is.
    head = commits[-2 if back == 0 else -1].lock
    return replace(head, models=kept, pending=commits[-back - 2].lock.pending)


def drops(before: State, after: State) -> bool:
    """Return whether a version that *before* has is not in *after*."""
    return any(
        name not in after or not model.versions <= after[name].versions
        for name, model in before.items()
    )
