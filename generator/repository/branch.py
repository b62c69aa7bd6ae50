"""A branch of a repository: read it, and commit on top of it, without a working tree.

Trees are built in the object database, so a crash leaves at most objects that nothing
refers to. A branch moves in one step or not at all.
"""

import os
from collections.abc import Collection, Iterator, Mapping

import pygit2

from generator.environment import Author
from generator.errors import PublishError
from generator.repository import tree
from generator.repository.credentials import hide_credentials
from generator.repository.hints import next_step
from generator.repository.history import State, states

DEFAULT_AUTHOR = Author("tfs-gitops", "tfs-gitops@example.com")

LIBRARY_ERRORS = (pygit2.GitError, OSError, KeyError, ValueError)
"""What pygit2 raises, in its several versions."""


class Branch:
    """A branch as it was when it was last fetched. The two kinds differ in how they publish."""

    def __init__(self, repository: pygit2.Repository, place: str, name: str) -> None:
        self._repository = repository
        self._place = place
        self._name = name
        self._tip: pygit2.Commit | None = None

    def fetch(self) -> None:
        """Read the branch again.

        Raises:
            PublishError: The repository cannot be reached, or has no such branch.
        """
        raise NotImplementedError

    def read(self, path: str) -> dict[str, bytes]:
        """Return the files at or below *path*, by their path in the repository."""
        found = self._entry(path)
        return dict(_files(found, path)) if found is not None else {}

    def has(self, path: str) -> bool:
        """Whether the branch has something at *path*."""
        return self._entry(path) is not None

    def history(self, path: str) -> Iterator[State]:
        """Yield the state of a file after each commit, newest first.

        Raises:
            PublishError: The history cannot be read as far as it is asked for.
        """
        try:
            yield from states(self._repository, self._tip, path)
        except LIBRARY_ERRORS as error:
            raise library_error(self._place, "its history cannot be read", error) from error

    def commit(
        self,
        files: Mapping[str, bytes],
        removed: Collection[str],
        message: str,
        author: Author | None,
    ) -> str | None:
        """Commit on top of the fetched branch, and publish; return the commit's id.

        None says that the branch has moved: fetch, plan and commit again.

        Raises:
            PublishError: The repository cannot be written, or refuses the commit.
        """
        try:
            base = self._tip.tree if self._tip else None
            written = tree.changed(self._repository, base, files, removed)
            parents = [self._tip.id] if self._tip else []
            who = self._dated(signature(author, self._repository))
            commit = self._repository.create_commit(None, who, who, message, written, parents)
            if not self._publish(commit):
                return None
            self._tip = self._repository[commit].peel(pygit2.Commit)
        except LIBRARY_ERRORS as error:
            raise library_error(self._place, "the commit was not published", error) from error
        return str(commit)

    def _dated(self, who: pygit2.Signature) -> pygit2.Signature:
        """Return *who* no earlier than the tip: steps are timed by what is read back."""
        seconds = max(who.time, self._tip.commit_time if self._tip else 0)
        return pygit2.Signature(who.name, who.email, seconds, who.offset)

    def _publish(self, commit: pygit2.Oid) -> bool:
        """Move the branch from the fetched tip to *commit*; False if it was elsewhere."""
        raise NotImplementedError

    def _entry(self, path: str) -> pygit2.Object | None:
        if self._tip is None:
            return None
        try:
            return self._tip.tree[path] if path else self._tip.tree
        except KeyError:
            return None

    def _branch_is_missing(self, branches: Collection[str]) -> PublishError:
        return PublishError(
            f"{self._place}: no branch {self._name!r}; it has {', '.join(sorted(branches))}",
            hint="correct spec.delivery.branch, or push the branch first",
        )


def library_error(place: str, what: str, error: Exception) -> PublishError:
    """Return *error* of the library as one that names the *place* and the next step."""
    reason = hide_credentials(str(error)).strip()
    return PublishError(f"{place}: {what}: {reason}", hint=next_step(reason))


def _files(entry: pygit2.Object, path: str) -> Iterator[tuple[str, bytes]]:
    if isinstance(entry, pygit2.Tree):
        for child in entry:
            yield from _files(child, f"{path}/{child.name}" if path else str(child.name))
    elif isinstance(entry, pygit2.Blob):
        yield path, entry.data


def signature(author: Author | None, repository: pygit2.Repository) -> pygit2.Signature:
    """Return *author*, or Git's own identity, or the default one."""
    if author is None:
        config = repository.config
        name = os.environ.get("GIT_AUTHOR_NAME") or _configured(config, "user.name")
        email = os.environ.get("GIT_AUTHOR_EMAIL") or _configured(config, "user.email")
        author = Author(name, email) if name and email else DEFAULT_AUTHOR
    return pygit2.Signature(author.name, author.email)


def _configured(config: pygit2.Config, key: str) -> str | None:
    try:
        return config[key]
    except KeyError:
        return None
