"""Files of the user's cache folder: what is remembered there is never needed, and never trusted.

One that is not a regular file of this user, that others may write, or that is too large is none.
"""

import os
from contextlib import suppress
from pathlib import Path

from generator.limits.json import CACHE_BYTES
from generator.limits.limit import Limit
from generator.text import bounded_file


def path(name: str) -> Path | None:
    """Return the place of the file *name*; None where this user has no folder.

    The folder is that of the XDG Base Directory Specification.
    """
    try:
        root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:  # HOME is not set, and nobody knows this user
        return None
    return Path(root) / "tfs-gitops" / name


def read(file: Path | None, limit: Limit = CACHE_BYTES) -> bytes | None:
    """Return what is in *file*; None where that is nothing, or more than *limit*."""
    try:
        return None if file is None else bounded_file.read(file, limit, own=True)
    except (OSError, ValueError):
        return None


def write(file: Path | None, data: bytes, limit: Limit = CACHE_BYTES) -> bool:
    """Replace *file* as a whole, and return whether it is; if not, the next run knows less.

    It is not where that fails, or is over *limit*.
    """
    if file is None or limit.exceeded(len(data)):
        return False
    from generator.text import whole_file  # noqa: PLC0415  who reads alone needs no names

    try:
        whole_file.replace(file, data, mode=0o600)
    except OSError:
        return False
    return True


def forget(file: Path | None) -> bool:
    """Remove *file*, and return whether it is gone."""
    if file is None:
        return True
    try:
        file.unlink(missing_ok=True)
    except OSError:
        return False
    return True


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
