"""The branches of a repository on this machine."""

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pygit2
from pygit2.enums import RepositoryOpenFlag

from generator.delivery.git.errors import LIBRARY_ERRORS, library_error, next_step
from generator.delivery.git.history import ShallowError
from generator.errors import PublishError
from generator.text.phrases import command

_POLL_SECONDS = 0.01


class LocalRefs:
    """The branches of a repository on this machine, moved under Git's own locks of them.

    Another process may hold a lock for *lock_seconds*; then it counts as left behind.
    """

    def __init__(self, path: Path, lock_seconds: float = 1.0) -> None:
        self._lock_seconds = lock_seconds
        self.place = str(path)
        try:
            # Without NO_SEARCH, a folder of the project would mean the project's own repository.
            self.repository = pygit2.Repository(self.place, RepositoryOpenFlag.NO_SEARCH)
        except pygit2.GitError as error:
            create = "correct spec.delivery.repository"
            if not path.exists():
                create = f"run {command('git', 'init', '--bare', str(path))}, or {create}"
            raise PublishError(
                f"{path}: not a Git repository: {error}",
                hint=next_step(str(error)) if "not owned" in str(error) else create,
            ) from error

    def read(self, name: str) -> tuple[pygit2.Commit | None, dict[str, pygit2.Oid]]:
        """Return the tip of the branch *name*, and those of all branches.

        Raises:
            PublishError: The repository cannot be read.
        """
        try:
            return self.tip(name), self.tips()
        except LIBRARY_ERRORS as error:
            raise library_error(self.place, f"{name!r} cannot be read", error) from error

    def tips(self) -> dict[str, pygit2.Oid]:
        """Return the newest commits of all branches, by name.

        Raises:
            PublishError: The repository cannot be read.
        """
        try:
            found = ((each, self.tip(each)) for each in self.repository.branches.local)
            return {each: tip.id for each, tip in found if tip is not None}
        except LIBRARY_ERRORS as error:
            raise library_error(self.place, "its branches cannot be read", error) from error

    def tip(self, name: str) -> pygit2.Commit | None:
        """Return the newest commit of *name*; None if there is no such branch."""
        reference = self.repository.references.get(f"refs/heads/{name}")
        return reference.peel(pygit2.Commit) if reference is not None else None

    def move(self, name: str, commit: pygit2.Oid | None, expected: pygit2.Oid | None) -> bool:
        """Move *name* from *expected* to *commit*; False if it was elsewhere. None: no branch.

        Raises:
            PublishError: It is checked out there.
        """
        self._refuse_checked_out(name)
        deadline = time.monotonic() + self._lock_seconds
        while True:
            try:
                return self._swap(name, commit, expected)
            except pygit2.GitError as error:
                # Another process may hold the lock, for as long as it takes to write 41 bytes.
                if "lock" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(_POLL_SECONDS)

    def try_push(self, name: str) -> None:
        """Look whether a commit could be written, and the branch moved.

        Raises:
            PublishError: It is checked out there, or this user may not write.
        """
        self._refuse_checked_out(name)
        folder = Path(self.repository.path)
        for path in (folder / "objects", folder / "refs" / "heads"):
            if not os.access(path, os.W_OK):
                hint = "let this user write it, or run as one who may"
                raise PublishError(f"{path}: may not be written", hint=hint)

    def pasts(
        self,
        name: str,  # noqa: ARG002  it is all here
        tip: pygit2.Oid | None,  # noqa: ARG002
    ) -> Iterator[AbstractContextManager[pygit2.Repository]]:
        """Yield what reads the past: no more of it is to be had than is here."""
        yield self._past()

    @contextmanager
    def _past(self) -> Iterator[pygit2.Repository]:
        try:
            yield self.repository
        except ShallowError:
            raise
        except LIBRARY_ERRORS as error:
            raise library_error(self.place, "its history cannot be read", error) from error

    def _swap(self, name: str, commit: pygit2.Oid | None, expected: pygit2.Oid | None) -> bool:
        ref = f"refs/heads/{name}"
        with self.repository.transaction() as transaction:
            transaction.lock_ref(ref)
            tip = self.tip(name)
            if (tip.id if tip else None) != expected:
                return False
            if commit is None:
                transaction.remove(ref)
            else:
                transaction.set_target(ref, commit, message="tfs-gitops sync")
        return True

    def _refuse_checked_out(self, name: str) -> None:
        if self._is_checked_out(name):
            raise PublishError(
                f"{self.place}: {name!r} is checked out there, "
                "and a commit would not change its files",
                hint="deliver to a bare repository, or check another branch out",
            )

    def _is_checked_out(self, name: str) -> bool:
        branch = self.repository.branches.local.get(name)
        if branch is not None:
            return branch.is_checked_out()
        head = self.repository.references.get("HEAD")
        return (
            not self.repository.is_bare and head is not None and head.target == f"refs/heads/{name}"
        )
