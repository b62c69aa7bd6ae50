"""The branch: commits of a lock and its models.config, by syncs and by people."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from generator.errors import InvalidInputError
from generator.lock.lock import Lock
from generator.lock.lock_file import load
from generator.plan.git_steps import LockState
from generator.serving.state import State


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: its second, the time by the committer's clock, and the files."""

    at: float
    clock: datetime
    text: str
    config: str
    subject: str = "models"

    @property
    def lock(self) -> Lock:
        """The lock, read back."""
        return load(self.text, "lock")

    @property
    def merged(self) -> LockState:
        """The lock, as the past of a branch tells it."""
        return LockState(self.clock, self.lock, self.subject)

    @property
    def state(self) -> State:
        """The models of the lock."""
        return self.lock.models_state


def history(commits: Sequence[Commit], since: datetime) -> list[LockState]:
    """Return what `Branch.history` does: the states after *since*, and the one before."""
    states = []
    for commit in reversed(commits):
        states.append(commit.merged)
        if commit.clock <= since:
            break
    return states


def reverted(commits: Sequence[Commit], back: int) -> tuple[str, str] | None:
    """Return what `git revert HEAD~back` makes of the lock and of models.config.

    None if there is no such commit or none before it, or if one of them has a conflict; and for
    a lock that Git merged to what is none, with a model twice: syncs and agents refuse that.
    """
    if back + 2 > len(commits):
        return None
    before, undone, now = (commits[position] for position in (-back - 2, -back - 1, -1))
    lock = _merged(now.text, undone.text, before.text)
    config = _merged(now.config, undone.config, before.config)
    return None if lock is None or config is None or not _is_lock(lock) else (lock, config)


def _is_lock(text: str) -> bool:
    try:
        load(text, "lock")
    except InvalidInputError:
        return False
    return True


def _merged(ours: str, base: str, theirs: str) -> str | None:
    """Return what Git merges, or None for a conflict."""
    if base in {ours, theirs}:
        return theirs if base == ours else ours
    with TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for file, text in zip(files, (ours, base, theirs), strict=True):
            file.write_text(text, encoding="utf-8")
        command = ["git", "merge-file", "-p", "-q", *map(str, files)]
        done = subprocess.run(command, check=False, capture_output=True)
    return done.stdout.decode() if done.returncode == 0 else None


def drops(before: State, after: State) -> bool:
    """Return whether a version that *before* has is not in *after*."""
    return any(
        name not in after or not model.versions <= after[name].versions
        for name, model in before.items()
    )
