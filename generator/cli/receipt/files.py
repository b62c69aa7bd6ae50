"""Files as inputs of a run: read whole, or not known."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

_FILE_BYTES = 4 * 1024 * 1024
_ENTRIES = 5000
_DEPTH = 12


class UnknownInputsError(Exception):
    """The inputs cannot be told whole, so nobody knows whether they are the same."""


def below(
    folder: Path | str, depth: int = _DEPTH, *, without: str = ""
) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the files in *folder* and below it, sorted; a link counts as the file that it names.

    Folders *without* are passed over.

    Raises:
        UnknownInputsError: Something else is there, or more than anybody means.
        OSError: It cannot be read.
    """
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    if len(found) > _ENTRIES or depth == 0:
        raise UnknownInputsError(folder)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            if entry.name != without:
                yield from below(entry.path, depth - 1, without=without)
            continue
        told = entry.stat()
        if not stat.S_ISREG(told.st_mode):
            raise UnknownInputsError(entry.path)
        yield entry.path, told


def contents(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the files below *folder* with what is in them; none where there is no such folder.

    Raises:
        UnknownInputsError: As `below`, or one is too large.
        OSError: One cannot be read.
    """
    if folder.is_dir():
        for path, told in below(folder):
            yield path, content(Path(path), told)


def content(file: Path, told: os.stat_result | None = None) -> str:
    """Return what is in *file*; empty where there is none.

    Raises:
        UnknownInputsError: It is too large, or no file.
        OSError: It cannot be read.
    """
    try:
        told = told or file.stat()
    except FileNotFoundError:
        return ""
    if told.st_size > _FILE_BYTES or not stat.S_ISREG(told.st_mode):
        raise UnknownInputsError(file)
    return file.read_bytes().decode(errors="backslashreplace")
