"""Room on a disk for several downloads that are under way at once."""

import errno
import threading
from collections.abc import Callable
from pathlib import Path

_BLOCK_BYTES = 8192


class Room:
    """What is free below *root*, less what was promised and is not written yet."""

    def __init__(self, root: Path, free: Callable[[], int]) -> None:
        self._root = root
        self._free = free
        self._promised = 0
        self._lock = threading.Lock()

    def promise(self, size: int, files: int) -> None:
        """Keep *size* bytes in so many *files* free for one download.

        Raises:
            OSError: There is not as much.
        """
        needed = size + size // 100 + files * _BLOCK_BYTES
        with self._lock:
            free = self._free() - self._promised
            if needed > free:
                problem = (
                    f"{size:,} bytes are still to be fetched, which need {needed:,} on the disk; "
                    f"{max(free, 0):,} are free in {self._root}"
                )
                raise OSError(errno.ENOSPC, problem)
            self._promised += size

    def release(self, size: int) -> None:
        """Note that so many promised bytes are written, or are not needed any more."""
        with self._lock:
            self._promised -= size
