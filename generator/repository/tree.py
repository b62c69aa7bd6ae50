"""Trees with some files added and some removed, built in the object database.

What is not named stays as it is, whoever owns it. A folder exists as long as it has files.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pygit2
from pygit2.enums import FileMode


def changed(
    repository: pygit2.Repository,
    tree: pygit2.Tree | None,
    files: Mapping[str, bytes],
    removed: Collection[str],
) -> pygit2.Oid:
    """Write *tree* without the files *removed*, and with *files*; return its id.

    Removing comes first, so that a folder may take the place of a file.

    Raises:
        OSError: A file or a submodule is where a folder must be, or the other way round.
        pygit2.GitError: The object database cannot be written.
    """
    if tree is not None and removed:
        tree = _without(repository, tree, _nested(dict.fromkeys(removed)))
    return _with(repository, tree, _nested(files), "").id


def _nested(paths: Mapping[str, bytes | None]) -> dict[str, Any]:
    """Return a mapping of folders, one in another, from paths."""
    root: dict[str, Any] = {}
    for path, data in paths.items():
        *folders, name = path.split("/")
        parent = root
        for folder in folders:
            parent = parent.setdefault(folder, {})
        parent[name] = data
    return root


def _entry(tree: pygit2.Tree | None, name: str) -> pygit2.Object | None:
    return tree[name] if tree is not None and name in tree else None


def _without(
    repository: pygit2.Repository, tree: pygit2.Tree, removed: Mapping[str, Any]
) -> pygit2.Tree:
    builder = repository.TreeBuilder(tree)
    for name, below in removed.items():
        old = _entry(tree, name)
        if below is None and isinstance(old, pygit2.Blob):
            builder.remove(name)
        elif below is not None and isinstance(old, pygit2.Tree):
            rest = _without(repository, old, below)
            if len(rest) > 0:
                builder.insert(name, rest.id, FileMode.TREE)
            else:
                builder.remove(name)
    return repository[builder.write()].peel(pygit2.Tree)


def _with(
    repository: pygit2.Repository, tree: pygit2.Tree | None, files: Mapping[str, Any], path: str
) -> pygit2.Tree:
    builder = repository.TreeBuilder(tree) if tree is not None else repository.TreeBuilder()
    for name, data in files.items():
        here = f"{path}{name}"
        old = _entry(tree, name)
        if isinstance(data, bytes):
            if old is not None and not isinstance(old, pygit2.Blob):
                raise IsADirectoryError(f"{here} is a folder, and a file goes there")
            builder.insert(name, repository.create_blob(data), FileMode.BLOB)
        else:
            if old is not None and not isinstance(old, pygit2.Tree):
                raise NotADirectoryError(f"{here} is not a folder, and files go into it")
            below = _with(repository, old, data, f"{here}/")
            builder.insert(name, below.id, FileMode.TREE)
    return repository[builder.write()].peel(pygit2.Tree)


def files(entry: pygit2.Object, path: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files at or below an entry, which is at *path*."""
    if isinstance(entry, pygit2.Tree):
        for child in entry:
            yield from files(child, f"{path}/{child.name}" if path else str(child.name))
    elif isinstance(entry, pygit2.Blob):
        yield path, entry.data
