"""The newest commit of a branch as a patch, as `git show --patch` prints it."""

from pathlib import Path

import pygit2
from msgspec import Struct

from generator.delivery.git.errors import LIBRARY_ERRORS, library_error


class FilePatch(Struct, frozen=True):
    """The difference of one file."""

    path: str
    text: str
    """The unified diff, with its header."""
    added: int
    """The number of lines."""
    removed: int


class Patch(Struct, frozen=True):
    """A commit, and what it changes against its parent."""

    commit: str
    message: str
    files: tuple[FilePatch, ...]


def newest_patch(repository: Path, branch: str) -> Patch:
    """Return the newest commit of *branch* in a repository on this machine.

    Raises:
        PublishError: There is no such repository or branch, or it cannot be read.
    """
    try:
        found = pygit2.Repository(str(repository)).references[f"refs/heads/{branch}"]
        commit = found.peel(pygit2.Commit)
        parent = commit.parents[0].tree if commit.parents else None
        diff = (
            commit.tree.diff_to_tree(parent, swap=True)
            if parent is not None
            else commit.tree.diff_to_tree(swap=True)
        )
        files = tuple(_of_file(patch) for patch in diff if patch is not None)
    except LIBRARY_ERRORS as error:
        raise library_error(str(repository), f"{branch!r} cannot be read", error) from error
    return Patch(str(commit.id), commit.message, files)


def _of_file(patch: pygit2.Patch) -> FilePatch:
    _, added, removed = patch.line_stats
    return FilePatch(patch.delta.new_file.path, patch.text or "", added, removed)
