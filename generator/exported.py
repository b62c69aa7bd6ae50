"""A model as it was exported to a local folder: version directories, and the files in them."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator import proof
from generator.errors import InvalidInputError
from generator.index import is_version_directory
from generator.quoting import some
from generator.walk import Found, walk

_UNFINISHED = re.compile(r"variables_temp.*|.*\.tempstate[0-9]*")
"""What TensorFlow writes while it saves variables, and takes away."""

_TEMPORARY = re.compile(r"temp-.+")
"""The folder of an estimator's export until it has a number."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One version directory on the exporter's disk."""

    path: Path
    found: Found

    @property
    def directory(self) -> str:
        """The number of the version, as it is spelled."""
        return self.path.name

    @property
    def unfinished(self) -> str | None:
        """Say why this is an export in progress, or no export; None if it is whole."""
        found = next((name for name in self.found.files if _has_segment(name, _UNFINISHED)), None)
        if found:
            return f"{self.path}: an export is in progress: it has {found}"
        if not self.found.files.keys() & proof.MODEL_FILES:
            return f"{self.path}: none of {', '.join(sorted(proof.MODEL_FILES))} yet"
        return None

    @property
    def notes(self) -> Iterator[str]:
        """What is left out, in words."""
        if junk := self.found.junk:
            yield f"left out of {self.path}: {some(sorted(junk))}"
        for path in self.found.loops:
            yield f"left out {path}: a link to a folder that it is in"


@dataclass(frozen=True, slots=True)
class Export:
    """The version directories of a model that are to be declared."""

    folder: Path
    """The folder of the model: the version directories are in it."""
    versions: tuple[Exported, ...]
    """Sorted by number."""
    notes: tuple[str, ...] = ()
    """What is skipped or left out, in words."""

    def files(self, base_path: str) -> dict[str, Path]:
        """Return every file by its key in a store."""
        return {
            f"{base_path}/{version.directory}/{name}": path
            for version in self.versions
            for name, path in sorted(version.found.files.items())
        }


def read(folder: Path, numbers: Collection[str] = ()) -> Export:
    """Return the versions of the model in *folder*, or those of *numbers*; or that folder's own.

    An export in progress is left out, unless it was asked for.

    Raises:
        InvalidInputError: There is no such version, or one of them cannot be read whole.
    """
    entries = _entries(folder)
    directories = {path.name: path for path in entries if is_version_directory(path.name)}
    dangling = [path for path in directories.values() if path.is_symlink() and not path.exists()]
    present = {name: path for name, path in directories.items() if path.is_dir()}
    is_version = is_version_directory(folder.name) and (
        not present or bool({path.name for path in entries} & proof.MODEL_FILES)
    )
    if is_version:
        folder, present, dangling = folder.parent, {folder.name: folder}, []
        numbers = numbers or [folder.name for folder in present.values()]
    wanted = _chosen(folder, present, numbers)
    problems = [f"{path}: a link to nothing" for path in dangling if not numbers]
    notes = [
        f"skipped {path}: an export is in progress"
        for path in entries
        if not (numbers or is_version) and _TEMPORARY.fullmatch(path.name) and path.is_dir()
    ]
    whole: list[Exported] = []
    unfinished: list[str] = []
    for path in wanted:
        version = Exported(path, walk(path))
        problems += version.found.problems
        notes += version.notes
        if version.found.problems or not version.unfinished:
            whole.append(version)
        else:
            unfinished.append(version.unfinished)
    if problems:
        hint = "mend or fetch these files; --version N declares that version alone"
        raise InvalidInputError([*problems, *(unfinished if numbers else ())], hint=hint)
    if unfinished and (numbers or not whole):
        hint = "TensorFlow writes it last: run this again when the export has ended"
        raise InvalidInputError(unfinished, hint=hint)
    return Export(folder, tuple(whole), (*notes, *(f"skipped {text}" for text in unfinished)))


def _chosen(folder: Path, present: Mapping[str, Path], numbers: Collection[str]) -> list[Path]:
    """Return the directories of *numbers*, or all, in their order."""
    ordered = sorted(present.values(), key=lambda path: (int(path.name), path.name))
    if not present:
        raise InvalidInputError(
            f"{folder}: no version directory (a folder named by a number)",
            hint="export the model to MODEL_DIR/<version>/, or name MODEL_DIR/<version> itself",
        )
    if not numbers:
        return ordered
    found = [
        path
        for path in ordered
        if path.name in numbers
        or (str(int(path.name)) in numbers and str(int(path.name)) not in present)
    ]
    names = {name for path in found for name in (path.name, str(int(path.name)))}
    if absent := [number for number in numbers if number not in names]:
        there = ", ".join(path.name for path in ordered)
        raise InvalidInputError(
            [f"{folder / number}: no such version directory" for number in absent],
            hint=f"there are {there}",
        )
    return found


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise InvalidInputError(
            f"{folder}: {error.strerror}", hint="make it readable for this user"
        ) from error


def _has_segment(name: str, pattern: re.Pattern[str]) -> bool:
    return any(pattern.fullmatch(segment) for segment in name.split("/"))
