"""A model as it was exported to a local folder: version directories, and the files in them."""

import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from generator.catalog import proof
from generator.catalog.export.walk import FolderFiles, unreadable, walk
from generator.catalog.savedmodel import local_version
from generator.catalog.version_directory import is_version_directory
from generator.errors import InvalidInputError
from generator.text.pattern import pattern
from generator.text.quoting import quoted

_UNFINISHED = pattern(r"variables/(?:variables_temp(?:_[^/]*)?/.*|.*\.tempstate[0-9]*)")
"""Files that TensorFlow writes while it saves variables, and takes away."""

_TEMPORARY = pattern(r"temp-.+")
"""The folder of an estimator's export until it has a number."""


class Exported(Struct, frozen=True):
    """One version directory on the exporter's disk."""

    path: Path
    found: FolderFiles

    @property
    def directory(self) -> str:
        """The number of the version, as it is spelled."""
        return self.path.name

    @property
    def unfinished(self) -> str | None:
        """Say why this is an export in progress, or no export; None if it is whole."""
        found = next((name for name in self.found.files if _UNFINISHED.fullmatch(name)), None)
        if found:
            return f"{self.path}: an export is in progress: it has {found}"
        if not self.found.files.keys() & proof.MODEL_FILES:
            return f"{self.path}: none of {', '.join(sorted(proof.MODEL_FILES))} yet"
        return None

    @property
    def notes(self) -> Iterator[str]:
        """The files that are left out, in words."""
        if junk := self.found.junk:
            yield f"left out of {self.path}: {quoted(sorted(junk))}"
        for path in self.found.loops:
            yield f"left out {path}: a link to a folder that it is in"


class Export(Struct, frozen=True):
    """The version directories of a model that are to be declared."""

    folder: Path
    """The folder of the model: the version directories are in it."""
    versions: tuple[Exported, ...]
    """Sorted by number."""
    notes: tuple[str, ...] = ()
    """The folders and files that are skipped or left out, in words."""

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
    listing = _listing(folder)
    if listing.is_version:
        numbers = numbers or (folder.name,)
        listing = _Listing(folder.parent, present={folder.name: folder})
    problems = [text for name, text in listing.broken.items() if not numbers or name in numbers]
    versions = [Exported(path, _walked(path)) for path in _chosen(listing, numbers)]
    problems += [problem for version in versions for problem in version.found.problems]
    unfinished = [text for version in versions if (text := version.unfinished)]
    if problems:
        hint = "mend or fetch these files; --version N declares that version alone"
        raise InvalidInputError(problems, hint=hint)
    if unfinished and (numbers or len(unfinished) == len(versions)):
        hint = "TensorFlow writes it last: run this again when the export has ended"
        raise InvalidInputError(unfinished, hint=hint)
    whole = tuple(version for version in versions if not version.unfinished)
    temporary = () if numbers else listing.temporary
    notes = (
        *(note for version in whole for note in version.notes),
        *(f"skipped {path}: an export is in progress" for path in temporary),
        *(f"skipped {text}" for text in unfinished),
    )
    return Export(listing.folder, whole, notes)


class _Listing(Struct, frozen=True):
    """The entries of a folder that may be that of a model."""

    folder: Path
    present: Mapping[str, Path]
    """The version directories, by name."""
    broken: Mapping[str, str] = field(default_factory=dict)
    """Reasons why a version directory cannot be looked at, by name."""
    temporary: tuple[Path, ...] = ()
    """Folders of exports in progress."""
    is_version: bool = False
    """Whether the folder is itself a version directory."""


def _listing(folder: Path) -> _Listing:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise InvalidInputError(
            f"{folder}: {error.strerror}", hint="make it readable for this user"
        ) from error
    present, broken, temporary = {}, {}, []
    for path in entries:
        if not (is_version_directory(path.name) or _TEMPORARY.fullmatch(path.name)):
            continue
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except OSError as error:
            if is_version_directory(path.name):
                broken[path.name] = f"{path}: {unreadable(path, error)}"
            continue
        if is_folder and is_version_directory(path.name):
            present[path.name] = path
        elif is_folder:
            temporary.append(path)
    has_model = bool({path.name for path in entries} & proof.MODEL_FILES)
    is_version = is_version_directory(folder.name) and (not present or has_model)
    return _Listing(folder, present, broken, tuple(temporary), is_version)


def _chosen(listing: _Listing, numbers: Collection[str]) -> list[Path]:
    """Return the directories of *numbers*, or all, in their order, but for broken ones."""
    ordered = sorted(listing.present.values(), key=lambda path: (int(path.name), path.name))
    if not (listing.present or listing.broken):
        raise InvalidInputError(
            f"{listing.folder}: no version directory (a folder named by a number)",
            hint="export the model to MODEL_DIR/<version>/, or name MODEL_DIR/<version> itself",
        )
    if not numbers:
        return ordered
    found = [
        path
        for path in ordered
        if path.name in numbers
        or (str(int(path.name)) in numbers and str(int(path.name)) not in listing.present)
    ]
    names = {name for path in found for name in (path.name, str(int(path.name)))}
    if absent := [number for number in numbers if number not in {*names, *listing.broken}]:
        there = ", ".join(path.name for path in ordered)
        raise InvalidInputError(
            [f"{listing.folder / number}: no such version directory" for number in absent],
            hint=f"versions there: {there}",
        )
    return found


def _walked(path: Path) -> FolderFiles:
    """Return what is in a version directory, with each asset of its graph, whatever its name."""
    found = walk(path)
    if any(name.startswith("assets/") for name in found.junk):
        for name in found.junk.keys() & local_version.assets(found.files):
            found.files[name] = found.junk.pop(name)
    return found
