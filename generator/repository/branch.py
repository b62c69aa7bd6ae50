"""A branch of a repository: read it, and commit on top of it, without a working tree.

Trees are built in the object database, so a crash leaves at most objects that nothing
refers to. A branch moves in one step or not at all.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pygit2
from pygit2.enums import FileMode, ObjectType

from generator.environment import Author
from generator.errors import PublishError
from generator.repository.transport import hide_credentials

DEFAULT_AUTHOR = Author("tfs-gitops", "tfs-gitops@example.com")


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
        changes: dict[str, Any] = {}
        for path, data in (*files.items(), *((path, None) for path in removed)):
            _plant(changes, path.split("/"), data)
        try:
            tree = self._write(self._tip.tree if self._tip else None, changes, "")
            parents = [self._tip.id] if self._tip else []
            who = _signature(author, self._repository)
            commit = self._repository.create_commit(None, who, who, message, tree, parents)
            if not self._publish(commit):
                return None
        except (pygit2.GitError, OSError) as error:
            raise self._error(error, "the commit was not published") from error
        self._tip = self._repository[commit].peel(pygit2.Commit)
        return str(commit)

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

    def _write(self, tree: pygit2.Tree | None, changes: Mapping[str, Any], path: str) -> pygit2.Oid:
        """Write *tree* with *changes* (a folder is a mapping, None removes a file)."""
        builder = self._repository.TreeBuilder(tree) if tree else self._repository.TreeBuilder()
        for name, change in changes.items():
            here = f"{path}{name}"
            old = tree[name] if tree is not None and name in tree else None
            if isinstance(change, bytes):
                builder.insert(name, self._repository.create_blob(change), FileMode.BLOB)
            elif change is None:
                if old is not None:
                    builder.remove(name)
            elif old is not None and old.type != ObjectType.TREE:
                raise PublishError(
                    f"{self._place}: {here} is not a folder on {self._name!r}",
                    hint="rename it, or set another spec.delivery.path",
                )
            else:
                below = self._write(old, change, f"{here}/")  # type: ignore[arg-type]
                if len(self._repository[below]) > 0:  # type: ignore[arg-type]
                    builder.insert(name, below, FileMode.TREE)
                elif old is not None:
                    builder.remove(name)
        return builder.write()

    def _branch_is_missing(self, branches: Collection[str]) -> PublishError:
        return PublishError(
            f"{self._place}: no branch {self._name!r}; it has {', '.join(sorted(branches))}",
            hint="correct spec.delivery.branch, or push the branch first",
        )

    def _error(self, error: Exception, what: str) -> PublishError:
        return PublishError(
            f"{self._place}: {what}: {hide_credentials(str(error))}",
            hint="check that the repository exists, and that it may be written",
        )


def _files(entry: pygit2.Object, path: str) -> Iterator[tuple[str, bytes]]:
    if isinstance(entry, pygit2.Tree):
        for child in entry:
            yield from _files(child, f"{path}/{child.name}" if path else str(child.name))
    elif isinstance(entry, pygit2.Blob):
        yield path, entry.data


def _plant(changes: dict[str, Any], path: list[str], data: bytes | None) -> None:
    for folder in path[:-1]:
        changes = changes.setdefault(folder, {})
    changes[path[-1]] = data


def _signature(author: Author | None, repository: pygit2.Repository) -> pygit2.Signature:
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
