"""A walk through a local folder that sees everything.

Nothing that a server would need is left out in silence: links count as what they name, and
what cannot be read or copied is told by its name.
"""

import os
import re
import stat
from pathlib import Path

from msgspec import Struct, field

from generator.text.pattern import pattern
from generator.text.quoting import short

_JUNK = pattern(
    r"\.DS_Store|\._.*|__MACOSX|Thumbs\.db|ehthumbs\.db|desktop\.ini"  # macOS and Windows
    r"|.*\.tmp|.*~|\.~lock\..*#|\.\#.*|\#.*\#|\..*\.sw[a-p]|\.nfs[0-9a-f]+|\.directory"
    r"|\.ipynb_checkpoints",
    re.IGNORECASE,
)
"""Files that operating systems and editors leave in folders; no server reads them."""


class FolderFiles(Struct, frozen=False):
    """The files in a folder, at any depth."""

    files: dict[str, Path] = field(default_factory=dict)
    """By the path in the folder, with slashes."""
    junk: dict[str, Path] = field(default_factory=dict)
    """The files that are left out, likewise."""
    problems: list[str] = field(default_factory=list)
    """The files that cannot be read or copied, each with its place."""
    loops: list[Path] = field(default_factory=list)
    """Links to folders that they are in, which are not followed."""


def walk(folder: Path) -> FolderFiles:
    """Return what is in *folder*; no error leaves this."""
    found = FolderFiles()
    _walk(folder, "", frozenset(), found)
    return found


def _walk(folder: Path, prefix: str, above: frozenset[tuple[int, int]], into: FolderFiles) -> None:
    """Put what is in *folder*, at any depth, into a version."""
    try:
        status = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        into.problems.append(f"{folder}: {error.strerror}")
        return
    above |= {(status.st_dev, status.st_ino)}
    for entry in entries:
        name, path = f"{prefix}{entry.name}", Path(entry.path)
        if _JUNK.fullmatch(entry.name):
            into.junk[name] = path
            continue
        try:
            status = entry.stat()
        except OSError as error:
            into.problems.append(f"{path}: {unreadable(path, error)}")
            continue
        if stat.S_ISDIR(status.st_mode):
            if (status.st_dev, status.st_ino) in above:
                into.loops.append(path)
            else:
                _walk(path, f"{name}/", above, into)
        elif problem := _problem(path, status.st_mode):
            into.problems.append(f"{path}: {problem}")
        else:
            into.files[name] = path


def unreadable(path: Path, error: OSError) -> str:
    """Say why a name in a folder cannot be looked at."""
    why = error.strerror or type(error).__name__
    try:
        to = short(str(path.readlink()))
    except OSError:  # it is no link, or nobody may tell
        return why
    if isinstance(error, FileNotFoundError):
        return f"a link to nothing: {to}"
    return f"a link to {to}: {why}"


def _problem(path: Path, mode: int) -> str | None:
    """Say why no file can be copied from *path*, or return None."""
    kinds = {
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    if kind := kinds.get(stat.S_IFMT(mode)):
        return f"{kind} is no file of a model"
    try:
        path.open("rb").close()
    except OSError as error:
        return error.strerror
    return None
