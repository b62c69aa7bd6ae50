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


def read(path: Path, limit: Limit) -> bytes:
    """Return the content of the file *path*.

    Raises:
        OSError: It cannot be read, is no file, or is longer than *limit*.
    """
    descriptor = _opened(path)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a file", str(path))
        return _read(path, limit, lambda size: os.read(descriptor, size))
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
        raise TimeoutError(errno.ETIMEDOUT, f"nothing came of it for {wait:.0f} s", str(path))

    try:
        return _read(path, limit, received)
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    """Open *path* without waiting for the other end of a pipe."""
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)


def _read(path: Path, limit: Limit, receive: Callable[[int], bytes]) -> bytes:
    found = bytearray()
    while chunk := receive(min(_CHUNK, limit + 1 - len(found))):
        found += chunk
        if len(found) > limit:
            raise OSError(errno.EFBIG, limit.over, str(path))
    return bytes(found)
