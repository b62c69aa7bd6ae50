"""Files that others may have written, read no further than a limit.

What is no file has no end, or makes its reader wait: a named pipe, a device, a socket. It is not
even opened for longer than it takes to see that.
"""

import errno
import os
import select
import stat
import time
from collections.abc import Callable
from pathlib import Path

from generator.limits.limit import Limit

WAIT = 10.0
"""Seconds for the next bytes of a pipe that a person has given as a file."""

_CHUNK = 1 << 20
_OF_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def read(path: Path, limit: Limit, *, own: bool = False) -> bytes:
    """Return the content of the file *path*.

    Our *own* is no link, and one that no other user has made or can write.

    Raises:
        OSError: It cannot be read, is no file or not our own, or is longer than *limit*.
    """
    descriptor = _opened(path, os.O_NOFOLLOW if own else 0)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a file", str(path))
        if own and (status.st_uid != os.geteuid() or status.st_mode & _OF_OTHERS):
            raise PermissionError(errno.EPERM, "another user's, or for others to write", str(path))
        return _read(str(path), limit, lambda size: os.read(descriptor, size))
    finally:
        os.close(descriptor)


def read_text(path: Path, limit: Limit) -> str:
    """Return the text of the file *path*, in UTF-8.

    Raises:
        OSError: It cannot be read, is no file, or is longer than *limit*.
        UnicodeDecodeError: It is no UTF-8.
    """
    return read(path, limit).decode()


def read_given(path: Path, limit: Limit, wait: float = WAIT) -> bytes:
    """Return the content of *path*, which a person named: also of a pipe, as of `<(…)`.

    Raises:
        OSError: It cannot be read, is longer than *limit*, or says nothing for *wait* seconds.
    """
    descriptor = _opened(path)
    try:
        return receive(descriptor, limit, wait, str(path))
    finally:
        os.close(descriptor)


def receive(descriptor: int, limit: Limit, wait: float, name: str) -> bytes:
    """Return what comes of a pipe; *name* is for errors.

    Raises:
        OSError: It is longer than *limit*, or says nothing for *wait* seconds.
    """
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)

    def received(size: int) -> bytes:
        deadline = time.monotonic() + wait
        while (left := deadline - time.monotonic()) > 0:
            if poll.poll(left * 1000):
                try:
                    return os.read(descriptor, size)
                except BlockingIOError:  # another reader was faster
                    continue
        raise TimeoutError(errno.ETIMEDOUT, f"nothing came of it for {wait:.0f} s", name)

    return _read(name, limit, received)


def _opened(path: Path, flags: int = 0) -> int:
    """Open *path* without waiting for the other end of a pipe."""
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | flags)


def _read(name: str, limit: Limit, receive: Callable[[int], bytes]) -> bytes:
    found = bytearray()
    while chunk := receive(min(_CHUNK, limit + 1 - len(found))):
        found += chunk
        if len(found) > limit:
            raise OSError(errno.EFBIG, limit.over, name)
    return bytes(found)
