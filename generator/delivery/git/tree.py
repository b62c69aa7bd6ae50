"""Trees with some files added and some removed, built in the object database.

What is not named stays as it is, whoever owns it. A folder exists as long as it has files.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import pygit2
from pygit2.enums import FileMode

from generator.limits.git import TREE_BYTES, TREE_ENTRIES, TREE_LEVELS
from generator.limits.text import QUOTED_CHARACTERS
from generator.text.entry_name import is_unsafe


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


def entry(commit: pygit2.Commit | None, path: str) -> pygit2.Object | None:
    """Return what *commit* has at *path*, the whole tree for an empty one; None for nothing."""
    if commit is None:
        return None
    try:
        return commit.tree[path] if path else commit.tree
    except KeyError:
        return None


def read(
    repository: pygit2.Repository, commit: pygit2.Commit | None, path: str
) -> dict[str, bytes]:
    """Return the files of *commit* at or below *path*, by their path in the repository.

    Raises:
        OSError: A name there is that of another place, or they are more than is ever read.
    """
    found = entry(commit, path)
    files: dict[str, bytes] = {}
    size = 0
    for blob, here in _walk(found, path):
        size += repository.odb.read_header(blob.id)[1]  # it may be a terabyte of zeros
        if size > TREE_BYTES:
            raise OSError(f"{_shown(path)}: {TREE_BYTES.over}")
        files[here] = blob.data
    return files


def _walk(entry: pygit2.Object | None, path: str) -> Iterator[tuple[pygit2.Blob, str]]:
    """Yield the files at or below an entry, which is at *path*, each with its path.

    Raises:
        OSError: A name there is that of another place, or they are too many, or too deep.
    """
    left = [(entry, path, 0)] if entry is not None else []
    count = 0
    while left:  # a tree may be deeper than Python's stack
        found, here, level = left.pop()
        count += 1
        if count > TREE_ENTRIES or level > TREE_LEVELS:
            problem = TREE_LEVELS.over if level > TREE_LEVELS else TREE_ENTRIES.over
            raise OSError(f"{_shown(path)}: {problem}")
        if isinstance(found, pygit2.Tree):
            _refuse_names(found, here)
            below = reversed([*found])
            left += [(child, _join(here, str(child.name)), level + 1) for child in below]
        elif isinstance(found, pygit2.Blob):
            yield found, here


def refuse_misfits(tree: pygit2.Tree | None, files: Iterable[str], folders: Iterable[str]) -> None:
    """Raise if *tree* has something else where *files* are to be, and all *folders* above them.

    Raises:
        OSError: A file, a link or a submodule is where a folder must be, a folder where a
            file must be, or a name beside them, or anywhere below the *folders*, is that of
            another place; or more is below these than is ever read.
    """
    checked: set[pygit2.Oid] = set()
    for path in folders:
        found = _at(tree, f"{path}/", checked)
        for _ in _walk(found, path):
            pass  # it looks at the names
    for path in files:
        found = _at(tree, path, checked)
        if found is not None and not isinstance(found, pygit2.Blob):
            raise IsADirectoryError(f"{path} is a folder, and a file goes there")


def _at(tree: pygit2.Tree | None, path: str, checked: set[pygit2.Oid]) -> pygit2.Object | None:
    """Return the entry at *path*, or None; what is before a slash must be a folder.

    The names of trees are looked at once: their ids become *checked*.
    """
    found: pygit2.Object | None = tree
    here = ""
    for name in path.split("/"):
        if found is None:
            return None
        if not isinstance(found, pygit2.Tree):
            raise NotADirectoryError(f"{here} is not a folder, and files go into it")
        if found.id not in checked:
            _refuse_names(found, here)
            checked.add(found.id)
        if name:
            found, here = _entry(found, name), _join(here, name)
    return found


def _refuse_names(tree: pygit2.Tree, path: str) -> None:
    for child in tree:
        if is_unsafe(name := str(child.name)):
            raise OSError(
                f"{_shown(_join(path, name))}: an entry of that name is written to another place"
            )


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _shown(path: str) -> str:
    return ascii(path[:QUOTED_CHARACTERS])[1:-1] or "the whole branch"
