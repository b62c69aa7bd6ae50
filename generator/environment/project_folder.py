"""The files `environments/*.yaml` of a project folder."""

import re
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path

from msgspec.structs import replace

from generator.environment import freeze, links
from generator.environment.project_root import FOLDER, FREEZE, freeze_files
from generator.environment.texts import Texts, is_base
from generator.errors import InvalidInputError, Place, Problem
from generator.limits.yaml import YAML_BYTES
from generator.serving.probe.policy_probe import PolicyProbe
from generator.text.pattern import pattern

_MISNAMED = pattern(r"([^.].*)\.(?!yaml$)(?i:yml|yaml|ya?ml\.txt)")
_YAML = pattern(r".*\.(?:ya?ml|json)(?:\.txt)?", re.IGNORECASE)
_OURS = pattern(
    r"""^[ \t]*+\{?[ \t]*+["']?apiVersion["']?[ \t]*+:[ \t]*+["']?tfs-gitops/""", re.MULTILINE
)
# Not deeper: a label of a node may be called so.
_OTHER_KIND = pattern(
    r"""^ {0,2}\{? ?["']?kind["']?[ \t]*+:[ \t]*+["']?(?!Environment\b)\w""", re.MULTILINE
)
_HEAD = 64 * 1024
"""Bytes of a file within which it says what it is."""


def texts(project: Path) -> Texts:
    """Return the documents of the folder *project*, each read when it is loaded."""
    found = documents(project / FOLDER, FOLDER)
    return replace(found, freeze=partial(_freeze, project))


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
        probe=lru_cache(partial(probe, folder.parent)),  # many environments name one file
    )


def probe(project: Path, file: str) -> PolicyProbe | None:
    """Return the probe in *file* of the folder *project*; None without such a file.

    Raises:
        InvalidInputError: It leads out of the folder, is no file, or is too long.
        OSError: It cannot be read.
        ValueError: It says none.
    """
    from generator.limits.probe import PROBE_FILE_BYTES  # noqa: PLC0415  few policies say one

    try:
        return PolicyProbe.parse(links.read(project, file, PROBE_FILE_BYTES))
    except FileNotFoundError:
        return None


def is_ours(text: str) -> bool:
    """Say whether a text claims to be an environment, valid or not."""
    return _OURS.search(text) is not None and _OTHER_KIND.search(text) is None


def _freeze(project: Path) -> str | None:
    """Return the text of the project's freezes; None without any.

    Raises:
        InvalidInputError: As `_read`, or the file has a name by which nobody reads it.
        OSError: It cannot be read.
    """
    names = [file.name for file in freeze_files(project)]
    for name in names:
        if name != FREEZE:
            what = f"not read: rename it to {FREEZE}, or nothing is frozen"
            raise InvalidInputError(Problem(what, Place(name)), hint=freeze.HINT)
    return _text(project, "", FREEZE) if names else None


def _misplaced(folder: Path, misnamed: set[str]) -> Iterator[str]:
    """Yield the files, from *folder*, that say that they are environments where none is read."""
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        is_top = len(place.parts) == 1
        if is_top and (path.name in misnamed or path.suffix == ".yaml"):
            continue
        is_hidden = any(part.startswith(".") for part in place.parts)
        if not is_hidden and _YAML.fullmatch(path.name) and _claims(path):
            yield place.as_posix()


def _claims(file: Path) -> bool:
    """Say whether a file is there and claims to be an environment."""
    if file.is_symlink() or not file.is_file():
        return False
    try:
        with file.open("rb") as opened:
            return is_ours(opened.read(_HEAD).decode(errors="replace"))
    except OSError:
        return False


def _read(folder: Path, shown: str, name: str) -> str | None:
    """Return the text of the document *name*; None without one.

    Raises:
        InvalidInputError: As `_text`.
        OSError: It cannot be read.
    """
    return _text(folder, shown, f"{name}.yaml")


def _text(folder: Path, shown: str, name: str) -> str | None:
    """Return the text of a file; None without one.

    Raises:
        InvalidInputError: It leads out of the folder, is no file, or is no UTF-8.
        OSError: It cannot be read.
    """
    try:
        data = links.read(folder, name, YAML_BYTES)
    except FileNotFoundError:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        file = Path(shown, name).as_posix()
        problem = Problem(f"not UTF-8 text: {error.reason}", Place(file, line))
        raise InvalidInputError(problem, hint="save the file as UTF-8") from error
