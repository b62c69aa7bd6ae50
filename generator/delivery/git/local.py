"""A branch of a repository on this machine."""

import shlex
import time
from pathlib import Path

import pygit2
from pygit2.enums import RepositoryOpenFlag

from generator.delivery.git.branch import Branch
from generator.delivery.git.errors import LIBRARY_ERRORS, library_error, next_step
from generator.delivery.git.signing import Signer
from generator.errors import PublishError

_LOCK_SECONDS = 1.0
_LOCK_POLL_SECONDS = 0.01


class LocalBranch(Branch):
    """A branch of a repository on this machine, moved under Git's own lock of its reference."""

    def __init__(self, path: Path, name: str, signer: Signer | None = None) -> None:
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
        super().__init__(repository, str(path), name, signer)

    def fetch(self) -> None:
        """Read the branch again."""
        try:
            self._tip = self._tip_of(self._name)
            branches = list(self._repository.branches.local)
            found = ((name, self._tip_of(name)) for name in branches)
            self._seen = {name: tip.id for name, tip in found if tip is not None}
        except LIBRARY_ERRORS as error:
            raise library_error(self.place, f"{self._name!r} cannot be read", error) from error
        if self._tip is None and branches:
            raise self._branch_is_missing(branches)

    def _tip_of(self, name: str) -> pygit2.Commit | None:
        reference = self._repository.references.get(f"refs/heads/{name}")
        return reference.peel(pygit2.Commit) if reference is not None else None

    def _move(self, name: str, commit: pygit2.Oid | None, expected: pygit2.Oid | None) -> bool:
        """Move the branch under Git's own lock of its reference."""
        if self._is_checked_out(name):
            raise PublishError(
                f"{self.place}: {name!r} is checked out there, "
                "and a commit would not change its files",
                hint="deliver to a bare repository, or check another branch out",
            )
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                return self._swap(name, commit, expected)
            except pygit2.GitError as error:
                # Another process may hold the lock, for as long as it takes to write 41 bytes.
                if "lock" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(_LOCK_POLL_SECONDS)

    def _swap(self, name: str, commit: pygit2.Oid | None, expected: pygit2.Oid | None) -> bool:
        ref = f"refs/heads/{name}"
        with self._repository.transaction() as transaction:
            transaction.lock_ref(ref)
            tip = self._tip_of(name)
            if (tip.id if tip else None) != expected:
                return False
            if commit is None:
                transaction.remove(ref)
            else:
                transaction.set_target(ref, commit, message="tfs-gitops sync")
        return True

    def _is_checked_out(self, name: str) -> bool:
        branch = self._repository.branches.local.get(name)
        if branch is not None:
            return branch.is_checked_out()
        head = self._repository.references.get("HEAD")
        return (
            not self._repository.is_bare
            and head is not None
            and head.target == f"refs/heads/{name}"
        )
