"""A branch of a repository on this machine."""

import shlex
import time
from pathlib import Path

import pygit2
from pygit2.enums import RepositoryOpenFlag

from generator.errors import PublishError
from generator.repository.branch import LIBRARY_ERRORS, Branch, library_error
from generator.repository.hints import next_step

_LOCK_SECONDS = 1.0
_LOCK_POLL_SECONDS = 0.01


class LocalBranch(Branch):
    """A branch of a repository on this machine, moved under Git's own lock of its reference."""

    def __init__(self, path: Path, name: str) -> None:
        try:
            # Without NO_SEARCH, a folder of the project would mean the project's own repository.
            repository = pygit2.Repository(str(path), RepositoryOpenFlag.NO_SEARCH)
        except pygit2.GitError as error:
            create = "correct spec.delivery.repository"
            if not path.exists():
                create = f"run `git init --bare {shlex.quote(str(path))}`, or {create}"
            raise PublishError(
                f"{path}: not a Git repository: {error}",
                hint=next_step(str(error)) if "not owned" in str(error) else create,
            ) from error
        super().__init__(repository, str(path), name)
        self._ref = f"refs/heads/{name}"

    def fetch(self) -> None:
        """Read the branch again."""
        try:
            tip = self._target()
            self._tip = self._repository[tip].peel(pygit2.Commit) if tip is not None else None
            branches = list(self._repository.branches.local)
        except LIBRARY_ERRORS as error:
            raise library_error(self._place, f"{self._name!r} cannot be read", error) from error
        if self._tip is None and branches:
            raise self._branch_is_missing(branches)

    def _publish(self, commit: pygit2.Oid) -> bool:
        if self._is_checked_out():
            raise PublishError(
                f"{self._place}: {self._name!r} is checked out there, "
                "and a commit would not change its files",
                hint="deliver to a bare repository, or check another branch out",
            )
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                return self._move(commit)
            except pygit2.GitError as error:
                # Another process may hold the lock, for as long as it takes to write 41 bytes.
                if "lock" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(_LOCK_POLL_SECONDS)

    def _move(self, commit: pygit2.Oid) -> bool:
        with self._repository.transaction() as transaction:
            transaction.lock_ref(self._ref)
            if self._target() != (self._tip.id if self._tip else None):
                return False
            transaction.set_target(self._ref, commit, message="tfs-gitops sync")
        return True

    def _target(self) -> pygit2.Oid | None:
        reference = self._repository.references.get(self._ref)
        return reference.peel(pygit2.Commit).id if reference is not None else None

    def _is_checked_out(self) -> bool:
        branch = self._repository.branches.local.get(self._name)
        if branch is not None:
            return branch.is_checked_out()
        head = self._repository.references.get("HEAD")
        return not self._repository.is_bare and head is not None and head.target == self._ref
