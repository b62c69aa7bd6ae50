"""A branch of a repository on this machine."""

from pathlib import Path

import pygit2

from generator.errors import PublishError
from generator.repository.branch import Branch


class LocalBranch(Branch):
    """A branch of a repository on this machine, moved by compare-and-swap of its reference."""

    def __init__(self, path: Path, name: str) -> None:
        try:
            repository = pygit2.Repository(str(path))
        except pygit2.GitError as error:
            raise PublishError(
                f"{path}: not a Git repository: {error}",
                hint=f"run `git init --bare {path}`, or correct spec.delivery.repository",
            ) from error
        super().__init__(repository, str(path), name)
        self._ref = f"refs/heads/{name}"
        self._reference: pygit2.Reference | None = None

    def fetch(self) -> None:
        """Read the branch again."""
        self._reference = self._repository.references.get(self._ref)
        if self._reference is not None:
            self._tip = self._reference.peel(pygit2.Commit)
            return
        self._tip = None
        if branches := list(self._repository.branches.local):
            raise self._branch_is_missing(branches)

    def _publish(self, commit: pygit2.Oid) -> bool:
        if not self._repository.is_bare and self._is_checked_out():
            raise PublishError(
                f"{self._place}: {self._name!r} is checked out there, "
                "and a commit would not change its files",
                hint="deliver to a bare repository, or check another branch out",
            )
        try:
            if self._reference is None:
                self._repository.references.create(self._ref, commit)
            else:
                self._reference.set_target(commit, "tfs-gitops sync")
        except (pygit2.AlreadyExistsError, pygit2.GitError) as error:
            if "does not match" in str(error) or isinstance(error, pygit2.AlreadyExistsError):
                return False
            raise
        self._reference = self._repository.references.get(self._ref)
        return True

    def _is_checked_out(self) -> bool:
        return self._repository.references["HEAD"].target == self._ref
