"""Disk space for several downloads that are under way at once."""

import errno
import threading
from collections.abc import Callable
from pathlib import Path

_BLOCK_BYTES = 8192


class DiskSpace:
    """The space that may still be written to below *root*.

    *free* says what the disk has, and is asked each time; what was reserved and is not written
    yet is taken off. *allowed* says how many bytes the folder may still take, if that is
    limited. To find that out takes long, so it is asked once, and all that was reserved since
    counts, whatever became of it: the folder never gets larger than it may.
    """

    def __init__(
        self, root: Path, free: Callable[[], int], allowed: Callable[[], int | None]
    ) -> None:
        self._root = root
        self._free = free
        self._allowed = allowed
        self._measured = False
        self._left: int | None = None
        self._reserved: dict[object, int] = {}
        self._lock = threading.Lock()

    def reserve(self, whom: object, size: int, entries: int) -> None:
        """Keep *size* bytes in so many *entries*, files and folders, free for one download.

        Raises:
            OSError: There is not as much.
        """
        needed = _needed(size, entries)
        with self._lock:
            if not self._measured:
                self._measure()
            free = self._free() - sum(self._reserved.values())
            if self._left is not None:
                free = min(free, self._left)
            if needed > free:
                problem = (
                    f"{size:,} bytes are still to be fetched, which need {needed:,} on the disk; "
                    f"{max(free, 0):,} are free in {self._root}"
                )
                raise OSError(errno.ENOSPC, problem)
            self._reserved[whom] = size
            if self._left is not None:
                self._left -= needed

    def release(self, whom: object, size: int) -> None:
        """Note that so many bytes are written, or are not needed any more."""
        with self._lock:
            if whom in self._reserved:
                self._reserved[whom] -= size

    def cancel(self, whom: object) -> None:
        """Note that one download has ended, or that nobody wants it any more."""
        with self._lock:
            self._reserved.pop(whom, None)

    def renew(self) -> None:
        """Let the next promise measure anew, for much of what was promised is not needed."""
        with self._lock:
            self._measured = False

    def _measure(self) -> None:
        # What is written between the two lines counts twice rather than never.
        promised = sum(self._reserved.values())
        allowed = self._allowed()
        self._left = None if allowed is None else allowed - _needed(promised, 0)
        self._measured = True


def _needed(size: int, entries: int) -> int:
    """Return what *entries* take on a disk, with its own books."""
    return size + size // 100 + entries * _BLOCK_BYTES
