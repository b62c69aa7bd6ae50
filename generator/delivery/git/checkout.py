"""Repositories as `init` finds and makes them."""

import os
from collections.abc import Mapping
from pathlib import Path

import pygit2
from msgspec import Struct
from pygit2.enums import RepositoryOpenFlag

from generator.delivery.commitment import Commitment
from generator.delivery.git.branch import Branch
from generator.delivery.git.errors import LIBRARY_ERRORS, library_error
from generator.delivery.git.local import LocalRefs

_THEIRS = "refs/remotes/origin/"


class Checkout(Struct, frozen=True):
    """A working tree whose repository was cloned from somewhere."""

    origin: str
    """The URL of the remote `origin`, as Git has it: with credentials, if there are any."""
    branch: str
    """The default branch of the origin."""


def checkout(folder: Path) -> Checkout | None:
    """Return the working tree that *folder* is the top of; None if it is none, or no clone."""
    try:
        repository = pygit2.Repository(str(folder), RepositoryOpenFlag.NO_SEARCH)
    except pygit2.GitError:
        return None
    try:
        remote = next((one for one in repository.remotes if one.name == "origin"), None)
        if repository.is_bare or remote is None or not remote.url:
            return None
        return Checkout(remote.url, default_branch(repository))
    except LIBRARY_ERRORS as error:
        raise library_error(str(folder), "its repository cannot be read", error) from error


def below_top(folder: Path) -> str:
    """Return the path of *folder* below the top of the working tree that it is in.

    Empty for the top itself, and where there is no working tree.
    """
    try:
        found = pygit2.discover_repository(str(folder.resolve()))
        top = pygit2.Repository(found).workdir if found else None
    except LIBRARY_ERRORS:  # there is no such folder, or it is another user's
        return ""
    here = folder.resolve()
    if top is None or not here.is_relative_to(Path(top).resolve()):
        return ""  # `core.worktree` may be anywhere
    path = here.relative_to(Path(top).resolve()).as_posix()
    return "" if path == "." else path


def origin(folder: Path) -> str | None:
    """Return the URL of the remote `origin` of the checkout that *folder* is in, if it is in one.

    Who owns the checkout has set it; no file of the checkout can.
    """
    try:
        found = pygit2.discover_repository(str(folder.resolve()))
        remotes = pygit2.Repository(found).remotes if found else ()
        return next((one.url for one in remotes if one.name == "origin"), None)
    except LIBRARY_ERRORS:  # there is no such folder, or it is another user's
        return None


def create(path: Path, branch: str, files: Mapping[str, bytes], message: str) -> bool:
    """Make a bare repository whose first commit has *files*, unless something is at *path*.

    Returns whether it was made.

    Raises:
        PublishError: It cannot be written.
    """
    if os.path.lexists(path):
        return False
    create_empty(path, branch)
    Branch(LocalRefs(path), branch).commit(Commitment(files, (), message))
    return True


def create_empty(path: Path, branch: str) -> None:
    """Make a bare repository without a commit, whose HEAD is *branch*.

    Raises:
        PublishError: It cannot be written.
    """
    try:
        pygit2.init_repository(str(path), bare=True, initial_head=branch)
    except LIBRARY_ERRORS as error:
        raise library_error(str(path), "the repository was not made", error) from error


def default_branch(repository: pygit2.Repository) -> str:
    """Return the branch that is HEAD of the origin; in a clone of an empty one, the one here.

    A clone of an empty one never learns of that HEAD, nor does a folder that was pushed to its
    first origin: from the first push on it is the only branch there, or goes by a usual name.
    """
    if (found := _target(repository, "refs/remotes/origin/HEAD", _THEIRS)) is not None:
        return found
    here = _target(repository, "HEAD", "refs/heads/") or "main"
    refs = repository.references.iterator()
    there = {ref.name.removeprefix(_THEIRS) for ref in refs if ref.name.startswith(_THEIRS)}
    if len(there) == 1:
        return there.pop()
    return next((name for name in ("main", "master") if name in there), here)


def _target(repository: pygit2.Repository, name: str, prefix: str) -> str | None:
    """Return the branch that the symbolic reference *name* is at, without *prefix*."""
    reference = repository.references.get(name)
    target = "" if reference is None else str(reference.target)
    return target.removeprefix(prefix) if target.startswith(prefix) else None
