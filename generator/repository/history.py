"""The recent past of one file on a branch, by its first parents: what was merged, and when."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pygit2

State = tuple[datetime, bytes | None]
"""When a commit came to the branch, and the file as it left it; None where it has none."""


class ShallowError(OSError):
    """The repository does not hold the history far enough back."""

    def __init__(self) -> None:
        super().__init__("it is a shallow copy: `git fetch --unshallow` there")


def states(repository: pygit2.Repository, tip: pygit2.Commit | None, path: str) -> Iterator[State]:
    """Yield the state of *path* after each commit of the branch, newest first.

    A commit that leaves the file alone yields the very same bytes object again. The time
    is the committer's, which is that of the merge for commits that a forge makes; no commit
    came to the branch before its parent, whatever the clock said that dated it.

    Raises:
        ShallowError: A commit is missing.
    """
    blob, data = None, None
    for commit in _first_parents(repository, tip):
        found = _file(commit, path)
        if found is None:
            blob, data = None, None
        elif blob != found.id:
            blob, data = found.id, found.data
        yield _time(commit), data


def _first_parents(
    repository: pygit2.Repository, commit: pygit2.Commit | None
) -> Iterator[pygit2.Commit]:
    while commit is not None:
        yield commit
        if not commit.parents:
            # At the edge of a shallow repository libgit2 shows a commit without its parents.
            if repository.is_shallow:
                raise ShallowError
            return
        commit = commit.parents[0]


def _time(commit: pygit2.Commit) -> datetime:
    seconds = max(one.commit_time for one in (commit, *commit.parents[:1]))
    return datetime.fromtimestamp(seconds, UTC)


def _file(commit: pygit2.Commit, path: str) -> pygit2.Blob | None:
    try:
        found = commit.tree[path]
    except KeyError:
        return None
    return found if isinstance(found, pygit2.Blob) else None
