"""The lock in a folder: as a sync has written it, or as the ConfigMap of a pod has it."""

from pathlib import Path

from generator.errors import InvalidInputError
from generator.limits.json import LOCK_BYTES
from generator.lock import desired_parts, lock_file, paths
from generator.lock.lock import Lock
from generator.text import bounded_file
from generator.text.phrases import reason


def read(folder: Path) -> Lock:
    """Read the lock in *folder*.

    Raises:
        InvalidInputError: There is none, or it is none.
    """
    return _read(folder / paths.LOCK)


def read_any(folder: Path) -> Lock:
    """Read the lock in *folder*, or the first part of one that is too large for a ConfigMap.

    Raises:
        InvalidInputError: There is neither, or it is none.
    """
    first = folder / desired_parts.FIRST
    return _read(first if first.exists() else folder / paths.LOCK)


def _read(file: Path) -> Lock:
    try:
        return lock_file.load(bounded_file.read_text(file, LOCK_BYTES), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"{file}: cannot be read: {reason(error)}",
            hint="name the folder overlays/ENV/generated of the delivery repository",
        ) from error
