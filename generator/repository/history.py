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


def states(
    repository: pygit2.Repository, tip: pygit2.Commit | None, path: str, since: datetime
) -> list[State]:
    """Return the states of *path*, newest first: those after *since*, and the one before.

    The time is the committer's, which is that of the merge for commits that a forge makes.

    Raises:
        ShallowError: A commit is missing that may have come after *since*.
    """
    found: list[State] = []
    for commit in _first_parents(repository, tip):
        found.append((_time(commit), _file(commit, path)))
        if _time(commit) <= since:
            break
    return found


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
    return datetime.fromtimestamp(commit.commit_time, UTC)


def _file(commit: pygit2.Commit, path: str) -> bytes | None:
    try:
        blob = commit.tree[path]
    except KeyError:
        return None
    return blob.data if isinstance(blob, pygit2.Blob) else None
