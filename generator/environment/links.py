"""Symbolic links in a folder that a person gives: none that leads out of it is followed.

Whoever may propose a file may propose a symbolic link. One that leads out would bring what
it finds on the machine, such as its environment variables, into plans and commits.
"""

import os
from pathlib import Path

from generator.errors import InvalidInputError
from generator.limits.limit import Limit
from generator.text import bounded_file
from generator.text.phrases import reason

_HINT = "put the content there, not a link"
_KERNEL = (Path("/proc"), Path("/sys"))


def refuse_way_out(folder: Path, file: Path) -> None:
    """Raise if *file*, below *folder*, leads out of it.

    The folder itself may be a link, but not one out of the working tree that it is in, nor
    to what it is in. What is in `.git`, such as the tokens in its configuration, is never below.

    Raises:
        InvalidInputError: With the link and where it leads.
    """
    try:
        around = Path(os.path.abspath(folder)).parent  # noqa: PTH100  the parent of `.` is `.`
        target, home, above = (path.resolve() for path in (file, folder, around))
    except (OSError, RuntimeError) as error:  # links that lead in a circle
        raise InvalidInputError(
            f"{file}: cannot be followed: {reason(error)}", hint=_HINT
        ) from error
    tree = _working_tree(above)
    if tree is not None and not home.is_relative_to(tree):
        raise _leads_out(folder, tree, home)
    is_around = tree is not None and above.is_relative_to(home)
    is_of_others = any(map(target.is_relative_to, _KERNEL)) or ".git" in target.parts
    if is_around or is_of_others or not target.is_relative_to(home):
        raise _leads_out(file, folder, target)


def read(folder: Path, name: str, limit: Limit) -> bytes:
    """Return the content of the file *name* of *folder*.

    Raises:
        InvalidInputError: It leads out of the folder, is no file, or is longer than *limit*.
        OSError: It cannot be read.
    """
    file = folder / name
    refuse_way_out(folder, file)
    if file.exists() and not file.is_file():
        raise InvalidInputError(f"{file}: not a file", hint="put a file there")
    if file.exists() and (problem := limit.exceeded(file.stat().st_size)):
        raise InvalidInputError(f"{file}: {problem}", hint="split it, or take out what is not used")
    return bounded_file.read(file, limit)


def _leads_out(link: Path, out_of: Path, target: Path) -> InvalidInputError:
    return InvalidInputError(f"{link}: leads out of {out_of}, to {target}", hint=_HINT)


def _working_tree(folder: Path) -> Path | None:
    """Return the top of the working tree of Git that *folder* is in."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), None)
