"""The repository that holds the project: commit one file on a branch of its own.

HEAD, the index and the working tree stay as they are: a person may be at work there.
"""

from pathlib import Path

import pygit2
from msgspec import Struct

from generator.delivery.git.author import identity
from generator.delivery.git.errors import LIBRARY_ERRORS, library_error
from generator.errors import PublishError
from generator.text.phrases import command

_WRITE = "`--write` edits the file where it is"


class Committed(Struct, frozen=True):
    """A file on a branch."""

    commit: str
    is_new: bool
    """Not so if the branch had the file like this before."""


class PolicyRepository:
    """The Git repository that a project folder is in."""

    def __init__(self, project: Path) -> None:
        place = str(project)
        try:
            found = pygit2.discover_repository(str(project.resolve()))
            repository = pygit2.Repository(found) if found else None
        except LIBRARY_ERRORS as error:
            raise library_error(place, "its repository cannot be read", error) from error
        if repository is None or repository.workdir is None:
            problem = f"{place}: not in the working tree of a Git repository"
            raise PublishError(problem, hint=f"run `git init` there; or {_WRITE}")
        self._repository = repository
        self._place = repository.workdir

    def read(self, file: Path) -> bytes:
        """Return *file* as HEAD has it.

        Raises:
            PublishError: The working tree has it otherwise, or it is not committed yet.
        """
        path = self._path(file)
        try:
            entry = self._entry(self._head(), path)
            here = self._repository.create_blob_fromworkdir(path)
        except LIBRARY_ERRORS as error:
            raise library_error(self._place, f"{path} cannot be read", error) from error
        if entry is None or entry.id != here:
            what = "is not committed" if entry is None else "has changes that are not committed"
            raise PublishError(f"{path} {what}", hint=f"commit it first; or {_WRITE}")
        return entry.data

    def commit(self, file: Path, data: bytes, branch: str, message: str) -> Committed:
        """Commit *data* as *file*, on top of HEAD, as the new branch *branch*.

        Raises:
            PublishError: The branch is there with something else, or cannot be made.
        """
        path = self._path(file)
        try:
            blob = self._repository.create_blob(data)
            there = self._repository.references.get(f"refs/heads/{branch}")
            if there is None:
                return Committed(str(self._create(path, blob, branch, message)), is_new=True)
            tip = there.peel(pygit2.Commit)
        except LIBRARY_ERRORS as error:
            raise library_error(self._place, f"{branch!r} was not made", error) from error
        entry = self._entry(tip, path)
        if entry is not None and entry.id == blob:
            return Committed(str(tip.id), is_new=False)
        delete = command("git", "branch", "-D", branch)
        raise PublishError(
            f"the branch {branch!r} is there already, with something else in {path}",
            hint=f"finish it, or delete it with {delete}; or {_WRITE}",
        )

    def _create(self, path: str, blob: pygit2.Oid, branch: str, message: str) -> pygit2.Oid:
        repository, head = self._repository, self._head()
        index = pygit2.Index()
        index.read_tree(head.tree)
        index.add(pygit2.IndexEntry(path, blob, index[path].mode))
        tree = index.write_tree(repository)
        who = identity(None, repository, self._place)
        commit = repository.create_commit(None, who, who, message, tree, [head.id])
        # Without force: a branch that somebody has made meanwhile is theirs.
        repository.references.create(f"refs/heads/{branch}", commit)
        return commit

    def _head(self) -> pygit2.Commit:
        if self._repository.head_is_unborn:
            raise PublishError(
                f"{self._place}: no commit yet", hint=f"commit the project first; or {_WRITE}"
            )
        return self._repository.head.peel(pygit2.Commit)

    def _entry(self, commit: pygit2.Commit, path: str) -> pygit2.Blob | None:
        try:
            entry = commit.tree[path]
        except KeyError:
            return None
        return entry if isinstance(entry, pygit2.Blob) else None

    def _path(self, file: Path) -> str:
        """Return the path in the repository of *file*, behind all symbolic links."""
        try:
            return file.resolve().relative_to(Path(self._place).resolve()).as_posix()
        except ValueError:
            raise PublishError(
                f"{file}: leads out of the repository {self._place}, to {file.resolve()}",
                hint=_WRITE,
            ) from None
