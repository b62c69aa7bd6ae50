"""A bare Git repository on disk: what a forge holds, and what the product delivers to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pygit2
from pygit2.enums import FileMode, SortMode

_PERSON = pygit2.Signature("Person", "person@example.com", 0, 0)


@dataclass(frozen=True, slots=True)
class Origin:
    """A bare Git repository on disk, which takes pushes over HTTP too."""

    path: Path
    repo: pygit2.Repository

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make the repository at *path*, with one empty commit on main."""
        repo = pygit2.init_repository(path, bare=True, initial_head="main")
        repo.config["http.receivepack"] = True
        tree = repo.TreeBuilder().write()
        repo.create_commit("refs/heads/main", _PERSON, _PERSON, "start", tree, [])
        return cls(path, repo)

    @property
    def url(self) -> str:
        """The file URL."""
        return self.path.as_uri()

    def files(self, rev: str = "main") -> dict[str, bytes]:
        """Return every file of a revision."""
        return dict(self._walk(self.repo.revparse_single(rev).peel(pygit2.Tree), ""))

    def log(self, rev: str = "main") -> list[str]:
        """Return the commit messages of a revision, newest first."""
        order = SortMode.TOPOLOGICAL
        return [one.message for one in self.repo.walk(self.repo.revparse_single(rev).id, order)]

    def commit(self, files: Mapping[str, bytes | None], message: str, branch: str = "main") -> str:
        """Commit as a person would: write *files*, delete those that are None; return the id."""
        parent = self.repo.branches.local[branch].peel(pygit2.Commit)
        index = pygit2.Index()
        index.read_tree(parent.tree)
        for path, data in files.items():
            if data is None:
                index.remove(path)
            else:
                index.add(pygit2.IndexEntry(path, self.repo.create_blob(data), FileMode.BLOB))
        tree = index.write_tree(self.repo)
        ref = f"refs/heads/{branch}"
        return str(self.repo.create_commit(ref, _PERSON, _PERSON, message, tree, [parent.id]))

    def _walk(self, tree: pygit2.Tree, folder: str) -> Iterator[tuple[str, bytes]]:
        for entry in tree:
            if isinstance(entry, pygit2.Tree):
                yield from self._walk(entry, f"{folder}{entry.name}/")
            elif isinstance(entry, pygit2.Blob):
                yield f"{folder}{entry.name}", entry.data
