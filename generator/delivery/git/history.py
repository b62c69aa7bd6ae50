"""The past of one file on a branch, by its first parents: what was merged, when and by whom."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pygit2

from generator.lock.commit import Commit

State = tuple[Commit, bytes | None]
"""A commit of the branch, and the file as it left it; None where it has none."""

Moment = tuple[datetime, tuple[bytes | None, ...]]
"""The time at which a commit came to the branch, and the files as it left them."""

ANOTHER_CLOCK = 24 * 3600
"""Seconds by which no clock is behind that dates commits; more is a date that somebody made up."""


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
        yield _value(commit), data


def recent(
    repository: pygit2.Repository, tip: pygit2.Commit | None, paths: Sequence[str], since: datetime
) -> list[Moment]:
    """Return *paths* as each commit left them that may have come after *since*, newest first.

    And as the parents of these left them: whatever a merge brought together, one of its
    sides is what servers had before. A commit that somebody's pull put on a second parent
    is among them too.

    Raises:
        ShallowError: A commit is missing.
    """
    found: dict[pygit2.Oid, Moment] = {}
    queue = [tip] if tip is not None else []
    while queue:
        commit = queue.pop(0)
        if commit.id in found:
            continue
        blobs = (_file(commit, path) for path in paths)
        found[commit.id] = _time(commit), tuple(blob.data if blob else None for blob in blobs)
        if _time(commit) > since:
            queue += commit.parents
            if not commit.parents and repository.is_shallow:
                raise ShallowError
    newest, *rest = found.values() if found else [None]
    older = sorted((one for one in rest if one), key=lambda moment: moment[0], reverse=True)
    return [newest, *older] if newest else []


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


def _value(commit: pygit2.Commit) -> Commit:
    message = commit.raw_message.decode(errors="replace")
    author = commit.author.raw_name.decode(errors="replace")
    return Commit(str(commit.id), _time(commit), author, message)


def _time(commit: pygit2.Commit) -> datetime:
    own = commit.commit_time
    before = max((one.commit_time for one in commit.parents[:1]), default=own)
    return datetime.fromtimestamp(before if own < before <= own + ANOTHER_CLOCK else own, UTC)


def _file(commit: pygit2.Commit, path: str) -> pygit2.Blob | None:
    try:
        found = commit.tree[path]
    except KeyError:
        return None
    return found if isinstance(found, pygit2.Blob) else None
