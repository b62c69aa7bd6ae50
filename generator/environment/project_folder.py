"""The files `environments/*.yaml` of a project folder."""

import re
from functools import partial
from pathlib import Path

from generator.environment import links
from generator.environment.load import Texts, is_base
from generator.environment.project_root import FOLDER
from generator.errors import InvalidInputError, Place, Problem

_MISNAMED = re.compile(r"([^.].*)\.(?!yaml$)(?i:yml|yaml|ya?ml\.txt)")


def texts(project: Path) -> Texts:
    """Return the documents of the folder *project*, each read when it is loaded."""
    folder = project / FOLDER
    names = sorted(path.stem for path in folder.glob("*.yaml"))
    misnamed = {
        match[1]: f"{FOLDER}/{path.name}"
        for path in sorted(folder.glob("*"))
        if (match := _MISNAMED.fullmatch(path.name)) and match[1] not in names
    }
    return Texts(
        partial(_read, folder),
        names=tuple(name for name in names if not is_base(name)),
        bases=tuple(filter(is_base, names)),
        misnamed=misnamed,
        folder=str(folder),
    )


def _read(folder: Path, name: str) -> str | None:
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
        problem = Problem(f"not UTF-8 text: {error.reason}", Place(f"{FOLDER}/{name}.yaml", line))
        raise InvalidInputError(problem, hint="save the file as UTF-8") from error
