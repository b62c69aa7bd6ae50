"""New files, written where there are none, and only if the environments with them load."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from generator.cli.project import Project
from generator.environment.project_root import FOLDER
from generator.errors import InvalidInputError, PublishError
from generator.text import whole_file
from generator.text.phrases import reason

if TYPE_CHECKING:
    from generator.environment.environment import Environment

_HINT = "check that the folder may be written"


def loaded(
    project: Project, names: Sequence[str], written: Mapping[str, bytes]
) -> list["Environment"]:
    """Load the environments as they will be; a file that is there counts.

    Raises:
        InvalidInputError: One of them is invalid. Nothing has been written.
    """
    texts = project.documents.texts()
    present = {*texts.names, *texts.bases}
    documents = {
        file.stem: data.decode()
        for file, data in ((Path(path), data) for path, data in written.items())
        if file.match(f"{FOLDER}/*.yaml") and file.stem not in present
    }
    edited = project.edited(documents)
    try:
        return [edited.environment(name) for name in names]
    except InvalidInputError as error:
        what = "with these files, the environments would not load; nothing was written:"
        raise InvalidInputError([what, *error.problems], hint=error.hint) from error


def make_folder(path: Path) -> bool:
    """Make a folder, unless something is there; whether it was made.

    Raises:
        PublishError: It cannot be made.
    """
    if os.path.lexists(path):
        return False
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise PublishError(f"{path}: cannot be made: {reason(error)}", hint=_HINT) from error
    return True


def write_new(path: Path, data: bytes) -> bool:
    """Write a file whole, unless something is there; whether it was written.

    Raises:
        PublishError: It cannot be written.
    """
    if os.path.lexists(path):
        return False
    try:
        with whole_file.written_beside(path, data) as beside:
            path.hardlink_to(beside)  # unlike a rename, it replaces nothing
    except FileExistsError:
        return False
    except OSError as error:
        raise PublishError(f"{path}: cannot be written: {reason(error)}", hint=_HINT) from error
    return True
