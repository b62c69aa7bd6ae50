"""One file in many commits: what most of them share is looked up once."""

from functools import lru_cache

import pygit2

from generator.limits.git import TREE_BYTES

_TREES = 256
"""Trees that are remembered; commits in a row have most of theirs in common."""

_CONTENTS = 8


class BlobFinder:
    """Finds the file at a path in the trees of commits.

    The same content is the same object, as long as it was asked for lately.
    """

    def __init__(self, repository: pygit2.Repository, path: str) -> None:
        self._repository = repository
        self._names = path.split("/")
        self._below = lru_cache(_TREES)(self._look)
        self._contents = lru_cache(_CONTENTS)(self._read)

    def id(self, commit: pygit2.Commit) -> pygit2.Oid | None:
        """Return the id of the file in *commit*; None where it has none."""
        return self._below(commit.tree_id, 0)

    def data(self, blob: pygit2.Oid | None) -> bytes | None:
        """Return the content of a blob by its id; None for None."""
        return None if blob is None else self._contents(blob)

    def _look(self, tree: pygit2.Oid, depth: int) -> pygit2.Oid | None:
        found = self._repository[tree]
        name = self._names[depth]
        if not isinstance(found, pygit2.Tree) or name not in found:
            return None
        entry = found[name]
        if depth + 1 < len(self._names):
            return self._below(entry.id, depth + 1) if isinstance(entry, pygit2.Tree) else None
        return entry.id if isinstance(entry, pygit2.Blob) else None

    def _read(self, blob: pygit2.Oid) -> bytes:
        if problem := TREE_BYTES.exceeded(self._repository.odb.read_header(blob)[1]):
            raise OSError(f"{'/'.join(self._names)}: {problem}")
        found = self._repository[blob]
        assert isinstance(found, pygit2.Blob)  # noqa: S101  `id` gave it
        return found.data
