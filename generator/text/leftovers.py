"""Temporary folders and files of this program, and what a kill has left behind of them.

The next run takes that away: what has a name of ours, belongs to this user, is some minutes old,
and, of a folder, is held by no process.
"""

import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from generator.text.pattern import pattern

MARK = "tfs-gitops-"
"""Stands before eight characters of `tempfile` in each name."""

_MADE = pattern(rf"(?P<file>\..*\.)?{MARK}[a-z0-9_]{{8}}", re.DOTALL)
_MINUTES = 10 * 60.0
"""Seconds for which nothing is touched: whoever made it may be about to lock or to rename it."""

_tidied: set[str] = set()


def place() -> Path:
    """Return the temporary folder of this machine.

    `tempfile` itself looks for one by writing a file of any name, which a kill leaves behind.
    """
    if tempfile.tempdir is None:
        named = [found for name in ("TMPDIR", "TEMP", "TMP") if (found := os.environ.get(name))]
        usable = (Path(found).absolute() for found in (*named, "/tmp") if _is_usable(found))  # noqa: S108  Python's own first choice
        tempfile.tempdir = str(next(usable, "")) or None
    return Path(tempfile.gettempdir())


def _is_usable(folder: str) -> bool:
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)  # noqa: PTH112  also of a name that no path can have


class TemporaryFolder:
    """A folder below the temporary one of this machine; while it is open, it is no leftover."""

    def __init__(self) -> None:
        tidy(place())
        self.path = Path(tempfile.mkdtemp(prefix=MARK))
        # Held as long as the process lives: a kill lets go of it.
        self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(OSError):  # not every file system has locks
            fcntl.flock(self._lock, fcntl.LOCK_SH)

    def remove(self) -> None:
        """Remove it with all that is in it, as far as that can be."""
        shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):
            os.close(self._lock)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder for a while.

    Raises:
        OSError: None can be made.
    """
    folder = TemporaryFolder()
    try:
        yield folder.path
    finally:
        folder.remove()


def beside(path: Path) -> Path:
    """Return a new name for a file that is to take the place of *path*, and tidy its folder."""
    tidy(path.parent)
    return path.with_name(f".{path.name[:40]}.{MARK}{os.urandom(4).hex()}")


def is_unfinished(name: str) -> bool:
    """Whether a file of this *name* was to take another's place, and is not there yet."""
    found = _MADE.fullmatch(name)
    return found is not None and found["file"] is not None


def tidy(folder: Path, now: float | None = None) -> None:
    """Remove what killed runs have left in *folder*; once in a process, for each.

    *now* is the time in seconds since 1970. What cannot be removed stays.
    """
    if str(folder) in _tidied and now is None:
        return
    _tidied.add(str(folder))
    before = (time.time() if now is None else now) - _MINUTES
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if found := _MADE.fullmatch(entry.name):
                with suppress(OSError):
                    _remove(entry, before, is_file=found["file"] is not None)


def _remove(entry: "os.DirEntry[str]", before: float, *, is_file: bool) -> None:
    about = entry.stat(follow_symlinks=False)
    if about.st_uid != os.geteuid() or about.st_mtime > before:
        return
    if is_file and stat.S_ISREG(about.st_mode):
        Path(entry).unlink()
    elif not is_file and stat.S_ISDIR(about.st_mode):
        lock = os.open(entry, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(entry, ignore_errors=True)
        finally:
            os.close(lock)
