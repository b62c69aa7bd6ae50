"""Operations on the disk: durable names, sizes, and comparing what is there."""

import errno
import filecmp
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_BLOCK_BYTES = 512
"""Of `st_blocks`, whatever the disk's own blocks are (inode(7))."""


def sync_folder(folder: Path) -> None:
    """See to it that the names in *folder* are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # some network shares cannot
            raise
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Create *folder* and those above it, and see to it that they are on the disk."""
    absent = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in absent:
        sync_folder(path.parent)


def remove_if_empty(folder: Path) -> bool:
    """Remove a folder that has nothing in it; say whether it is gone."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def link_on_the_way(root: Path, path: str) -> Path | None:
    """Return the first symbolic link on the way from *root* to *path*, which may lead out."""
    names = path.split("/")
    ways = (root.joinpath(*names[:count]) for count in range(1, len(names) + 1))
    return next((way for way in ways if way.is_symlink()), None)


def used(top: Path) -> int:
    """Return the bytes that a folder takes on its disk; what goes meanwhile does not count."""
    total = 0
    for folder, _, names in os.walk(top):
        here = Path(folder)
        for path in (here, *map(here.joinpath, names)):
            with suppress(FileNotFoundError):
                total += path.lstat().st_blocks * _BLOCK_BYTES
    return total


def is_same(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files with the same bytes, and no links."""
    ours, theirs = dict(_entries(one)), dict(_entries(other))
    return ours == theirs and all(
        filecmp.cmp(one / name, other / name, shallow=False)
        for name, (kind, _) in ours.items()
        if kind == stat.S_IFREG
    )


def _entries(top: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the path of each entry below *top*, and of itself, with its kind and size."""
    for path in (top, *top.rglob("*")):
        status = path.lstat()
        kind = stat.S_IFMT(status.st_mode)
        size = status.st_size if kind == stat.S_IFREG else 0
        yield path.relative_to(top).as_posix(), (kind, size)
