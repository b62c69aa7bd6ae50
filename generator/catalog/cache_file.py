"""Files of the user's cache folder: what is remembered there is never needed, and never trusted.

One that is not a regular file of this user, that others may write, or that is too large is none.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

_OF_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def path(name: str) -> Path | None:
    """Return the place of the file *name*; None where this user has no folder.

    The folder is that of the XDG Base Directory Specification.
    """
    try:
        root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:  # HOME is not set, and nobody knows this user
        return None
    return Path(root) / "tfs-gitops" / name


def read(file: Path, most: int) -> bytes | None:
    """Return what is in *file*; None where that is nothing, or more than *most* bytes."""
    try:
        # Without NONBLOCK, a pipe would be waited for.
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        told = os.fstat(descriptor)
        is_ours = told.st_uid == os.geteuid() and not told.st_mode & _OF_OTHERS
        if not stat.S_ISREG(told.st_mode) or not is_ours or told.st_size > most:
            return None
        with os.fdopen(os.dup(descriptor), "rb") as opened:
            return opened.read(most)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def write(file: Path, data: bytes) -> None:
    """Replace *file* as a whole; where that fails, the next run knows less."""
    from generator.text import whole_file  # noqa: PLC0415  who reads alone needs no names

    try:
        whole_file.replace(file, data, mode=0o600)
    except OSError:
        return


def append(file: Path, data: bytes) -> None:
    """Add *data* to the end of *file*, which is made; where that fails, the next run knows less."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW
        descriptor = os.open(file, flags | os.O_CLOEXEC, 0o600)
    except (OSError, ValueError):
        return
    with suppress(OSError), os.fdopen(descriptor, "wb") as opened:
        opened.write(data)
