"""Files written whole or not at all: whoever reads one meanwhile sees no half of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from generator.text import leftovers


@contextmanager
def written_beside(
    path: Path, data: bytes, *, mode: int = 0o644, name: str = "", durable: bool = False
) -> Iterator[Path]:
    """Write *data* into a new file in the folder of *path*, to take its place; make the folder.

    The file is gone at the end, unless the caller renamed it. It has a name that nobody else
    uses, or *name*, which the next writer uses again. What a crash leaves, the next writer in that
    folder takes away.
    A *durable* one is on the disk, should the machine lose power.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(name) if name else leftovers.beside(path)
    how = os.O_TRUNC if name else os.O_EXCL
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | how, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        yield beside
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def replace(
    path: Path, data: bytes, *, mode: int = 0o644, name: str = "", durable: bool = False
) -> None:
    """Put *data* in the place of the file *path*, or where there is none; see `written_beside`.

    Raises:
        OSError: It cannot be written; the file is what it was.
    """
    with written_beside(path, data, mode=mode, name=name, durable=durable) as beside:
        beside.replace(path)
    if durable:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
