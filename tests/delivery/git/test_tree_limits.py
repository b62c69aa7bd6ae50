"""`delivery.git.tree`: whoever may push cannot make a sync read without end."""

import zlib

import pygit2
import pytest
from pygit2.enums import FileMode

from generator.delivery.git import tree
from generator.limits.git import TREE_BYTES, TREE_ENTRIES, TREE_LEVELS

WHO = pygit2.Signature("a", "a@example.com", 1, 0)


@pytest.fixture
def repository(tmp_path):
    """Return an empty repository."""
    return pygit2.init_repository(str(tmp_path / "r.git"), bare=True)


def folder(repository, entries):
    """Write a tree with *entries*, ids by name; one that is no blob is a folder."""
    builder = repository.TreeBuilder()
    for name, oid in entries.items():
        is_blob = isinstance(repository[oid], pygit2.Blob)
        builder.insert(name, oid, FileMode.BLOB if is_blob else FileMode.TREE)
    return builder.write()


def commit(repository, root):
    """Commit the tree *root*."""
    return repository[repository.create_commit(None, WHO, WHO, "x", root, [])]


def deep(repository, levels):
    """Write a file below so many folders."""
    found = folder(repository, {"file": repository.create_blob(b"x")})
    for _ in range(levels - 1):
        found = folder(repository, {"d": found})
    return found


def test_folders_are_read_as_deep_as_any_overlay_goes(repository):
    """The limit itself is within; a thousand more are neither read nor a stack that overflows."""
    read = tree.read(repository, commit(repository, deep(repository, TREE_LEVELS)), "")
    assert [*read.values()] == [b"x"]

    for levels in (TREE_LEVELS + 1, TREE_LEVELS + 1500):
        tip = commit(repository, folder(repository, {"o": deep(repository, levels)}))
        with pytest.raises(OSError, match=r"^o: more than 64 folders in each other$"):
            tree.read(repository, tip, "o")
        with pytest.raises(OSError, match=r"^o: more than 64 folders in each other$"):
            tree.refuse_misfits(tip.tree, [], ["o"])
        assert tree.read(repository, tip, "elsewhere") == {}


def test_a_folder_that_is_in_a_tree_a_billion_times_is_not_read_to_its_end(repository):
    """Ten trees of ten entries each are a kilobyte in Git, and ten billion files."""
    found = repository.create_blob(b"x")
    for _ in range(10):
        found = folder(repository, {f"n{number}": found for number in range(10)})
    tip = commit(repository, found)

    with pytest.raises(OSError, match=f"the whole branch: more than {TREE_ENTRIES:,} files"):
        tree.read(repository, tip, "")
    with pytest.raises(OSError, match=f"more than {TREE_ENTRIES:,} files"):
        tree.refuse_misfits(tip.tree, [], ["n1"])


def test_a_file_that_is_too_large_is_not_taken_out_of_its_pack(repository, tmp_path):
    """Zeros take a thousandth of their size in Git: the head of an object has its size."""
    head = b"blob %d\0" % (2**40)
    oid = pygit2.hash(b"claims to be of it")
    place = tmp_path / "r.git/objects" / str(oid)[:2]
    place.mkdir()
    (place / str(oid)[2:]).write_bytes(zlib.compress(head))
    builder = repository.TreeBuilder()
    builder.insert("lock", oid, FileMode.BLOB)
    tip = commit(repository, builder.write())

    with pytest.raises(OSError, match="the whole branch: more than 67,108,864 bytes"):
        tree.read(repository, tip, "")


def test_files_are_read_that_are_as_large_as_is_read_together(repository):
    """The limit counts all of them."""
    half = repository.create_blob(bytes(TREE_BYTES // 2))
    tip = commit(repository, folder(repository, {"a": half, "b": half}))
    assert {*tree.read(repository, tip, "")} == {"a", "b"}

    one = repository.create_blob(b"1")
    tip = commit(repository, folder(repository, {"a": half, "b": half, "c": one}))
    with pytest.raises(OSError, match="more than 67,108,864 bytes"):
        tree.read(repository, tip, "")
