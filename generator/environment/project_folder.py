"""The files `environments/*.yaml` of a project folder."""

import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from generator.environment import links
from generator.environment.load import Texts, is_base
from generator.environment.project_root import FOLDER
from generator.errors import InvalidInputError, Place, Problem

_MISNAMED = re.compile(r"([^.].*)\.(?!yaml$)(?i:yml|yaml|ya?ml\.txt)")
_YAML = re.compile(r".*\.(?:ya?ml|json)(?:\.txt)?", re.IGNORECASE)
_OURS = re.compile(rb"""^\s*\{?\s*["']?apiVersion["']?\s*:\s*["']?tfs-gitops/""", re.MULTILINE)
_HEAD = 64 * 1024
"""Bytes of a file within which it says what it is."""


def texts(project: Path) -> Texts:
    """Return the documents of the folder *project*, each read when it is loaded."""
    return documents(project / FOLDER, FOLDER)


def documents(folder: Path, shown: str) -> Texts:
    """Return the documents of *folder*, which the places of problems name *shown*."""
    names = sorted(path.stem for path in folder.glob("*.yaml"))
    misnamed = {
        match[1]: path.name
        for path in sorted(folder.glob("*"))
        if (match := _MISNAMED.fullmatch(path.name)) and path.is_file()
    }
    return Texts(
        partial(_read, folder, shown),
        names=tuple(name for name in names if not is_base(name)),
        bases=tuple(filter(is_base, names)),
        misnamed=misnamed,
        misplaced=tuple(_misplaced(folder, {*misnamed.values()})),
        folder=str(folder),
        shown=shown,
    )


def _misplaced(folder: Path, misnamed: set[str]) -> Iterator[str]:
    """Yield the files, from *folder*, that say that they are environments where none is read."""
    for at, below, files in os.walk(folder):
        below[:] = sorted(name for name in below if not name.startswith("."))
        place = Path(at).relative_to(folder)
        for name in sorted(files):
            is_top = place == Path()
            if name.startswith(".") or (is_top and (name in misnamed or name.endswith(".yaml"))):
                continue
            if _YAML.fullmatch(name) and _is_ours(Path(at, name)):
                yield (place / name).as_posix()


def _is_ours(file: Path) -> bool:
    """Say whether a file claims to be an environment; one that is no file claims nothing."""
    if file.is_symlink() or not file.is_file():
        return False
    try:
        with file.open("rb") as opened:
            return _OURS.search(opened.read(_HEAD)) is not None
    except OSError:
        return False


def _read(folder: Path, shown: str, name: str) -> str | None:
    """Return the text of a file; None without one.

    Raises:
        InvalidInputError: It leads out of the folder, is no file, or is no UTF-8.
        OSError: It cannot be read.
    """
    try:
        data = links.read(folder, f"{name}.yaml")
    except FileNotFoundError:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        file = Path(shown, f"{name}.yaml").as_posix()
        problem = Problem(f"not UTF-8 text: {error.reason}", Place(file, line))
        raise InvalidInputError(problem, hint="save the file as UTF-8") from error
