"""A disk that can be full: a small one of its own, or else a limit on what a process may write."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_BYTES = 64 * 1024 * 1024
_PAGE = 4096
_PRINTED = 16 * 1024
"""The bytes that a process may write for what it prints, whatever else it may not."""


class Disk(Protocol):
    """What may be full."""

    kind: str
    file_bytes: int | None
    """The largest file that a process may write; None if the disk itself is full."""

    def leave(self, free: int) -> None:
        """Let no more than *free* bytes be written."""

    def clear(self) -> None:
        """Let there be room again."""


@dataclass
class SmallDisk:
    """A disk of its own at *root*, in which a file takes what nobody else may have."""

    root: Path
    kind: str = "on a tmpfs"
    file_bytes: int | None = None

    def leave(self, free: int) -> None:
        """Take all but so many bytes."""
        self.clear()
        with self._filler.open("wb") as file:
            for _ in range(max(0, self._free() - free) // _PAGE):
                file.write(bytes(_PAGE))

    def clear(self) -> None:
        """Give back what `leave` took."""
        self._filler.unlink(missing_ok=True)

    @property
    def _filler(self) -> Path:
        return self.root / ".filler"

    def _free(self) -> int:
        found = os.statvfs(self.root)
        return found.f_bavail * found.f_frsize


@dataclass
class Limited:
    """A disk on which a process can write no large file: EFBIG in place of ENOSPC."""

    kind: str = "by a limit of file sizes"
    file_bytes: int | None = None

    def leave(self, free: int) -> None:
        """Let no file be larger."""
        self.file_bytes = max(free, _PRINTED)

    def clear(self) -> None:
        """Let there be no limit."""
        self.file_bytes = None


@contextmanager
def small_disk(path: Path, mount: str = "mount") -> Iterator[Disk]:
    """Mount a small disk at the new folder *path*; where only root may, limit what is written."""
    path.mkdir(parents=True)
    words = [mount, "-t", "tmpfs", "-o", f"size={_BYTES}", "tmpfs", str(path)]
    if subprocess.run(words, check=False, capture_output=True).returncode:
        yield Limited()
        return
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
