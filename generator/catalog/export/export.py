"""The exporter's side: upload version directories, and declare them complete last.

The index is written after every object is in the store with the right bytes. A crash
before that leaves objects that no index lists, which nobody serves; running it again
goes on where it stopped, and overwrites what is there with other bytes. What an index lists
is never overwritten, but for a repair: with the bytes that the index declares.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from generator.catalog import index
from generator.catalog.checksum import Checksum
from generator.catalog.claim import Blob
from generator.catalog.export import admissible, overwrite, uploaded
from generator.catalog.export.declared import declared
from generator.catalog.export.model_folder import Export
from generator.catalog.export.uploaded import WritableStore
from generator.catalog.location import Location
from generator.catalog.ports import Progress
from generator.catalog.stored_object import StoredObject
from generator.catalog.version_directory import default_name
from generator.errors import InvalidInputError, StoreError
from generator.serving.state import SAFE_NAME
from generator.text.quoting import quoted, short


class Published(Struct, frozen=True):
    """A model that was declared."""

    index: str
    """The key of the index."""
    versions: tuple[int, ...] = ()
    """The versions that it declares, sorted."""
    notes: tuple[str, ...] = ()
    """The objects that were overwritten, and whatever a person may want to look at."""
    refused: tuple[str, ...] = ()
    """The versions that were left out, each with the reason why no server could load it."""


def publish(
    export: Export,
    base_path: str,
    store: WritableStore,
    progress: Progress,
    *,
    upload: bool,
    repair: bool = False,
) -> Published:
    """Write the index of *export*, and return its key.

    With *upload*, version directories are copied to the store first; without, they must
    be there already, byte for byte. What no index lists is overwritten. With *repair*, so is
    an object that is not as it was declared, by a file that is. A version that no server
    could load is left out, and stops no other.

    Raises:
        InvalidInputError: No version is left, a sync would hold one, or the store has other
            bytes.
        StoreError: The store cannot be read or written.
    """
    export, refused, needs = admissible.servable(export)
    files = export.files(base_path)
    problems = [*admissible.held_for_certain(export, base_path, files, store.location)]
    if problems or not export.versions:
        hint = "no sync would take it; mend or rename it, or name what to declare by --version"
        raise InvalidInputError([*problems, *refused], hint=hint)
    directories = [f"{base_path}/{version.directory}" for version in export.versions]
    before = uploaded.stored(store, directories)
    absent = sorted(files.keys() - before.keys())
    different = dict(uploaded.different(files, before, store))
    if not upload:
        _refuse_absent(absent, different, store.location)
    known = declared(store, files.keys() if repair else different.keys(), progress)
    overwrite.refuse_declared(different, files, known, repair=repair)
    uploads = [(key, files[key]) for key in (*absent, *different)]
    for _ in progress.track("objects uploaded", store.write_all(uploads), len(uploads)):
        pass
    stored = uploaded.stored(store, directories)
    kept = uploaded.row_checksums(files, store)
    _refuse_lost(files, stored, kept, store.location)
    if wrong := tuple(overwrite.unlike_rows(different, stored, known, store.location.scheme)):
        raise StoreError(wrong, hint="the bytes are as declared: publish them under a new number")
    key = overwrite.index_of_repaired(files, known) if repair else None
    return Published(
        key or _write(base_path, _blobs(files, stored, kept), store),
        tuple(sorted(int(version.directory) for version in export.versions)),
        (*needs, *_notes(base_path, files, different, stored)),
        refused,
    )


def _refuse_absent(absent: Iterable[str], different: Mapping[str, str], location: Location) -> None:
    """Refuse an export of which the store does not have every byte."""
    problems = [*different.values(), *(f"{key}: not in {location.url}" for key in absent)]
    if problems:
        raise InvalidInputError(problems, hint="upload first, or use --upload")


def _refuse_lost(
    files: Mapping[str, Path],
    stored: Mapping[str, StoredObject],
    kept: Mapping[str, Checksum],
    location: Location,
) -> None:
    """Refuse to declare objects that somebody else has changed since they were uploaded."""
    lost = [key for key, path in files.items() if not uploaded.has(stored, kept, key, path)]
    if lost:
        raise StoreError(
            [f"{key}: it changed in {location.url} during the upload" for key in lost],
            hint="no index was written; make sure that nobody else writes there, and run it again",
        )


def _notes(
    base_path: str,
    files: Mapping[str, Path],
    different: Iterable[str],
    stored: Mapping[str, StoredObject],
) -> Iterator[str]:
    """Yield what a person may want to look at, each in one line however much it is."""
    if again := sorted(different):
        yield f"written again: {quoted(again)}"
    folders = {key[:at] for key in files for at, letter in enumerate(key) if letter == "/"}
    if beside := sorted(stored.keys() - files.keys() - folders):
        yield f"in the store, and not in the export: {quoted(beside)}"
    if not SAFE_NAME.fullmatch(default_name(base_path)):
        name = short(default_name(base_path))
        yield f"{name} is no name of a model: a rule that matches it has to say `name:`"


def _write(base_path: str, blobs: Iterable[Blob], store: WritableStore) -> str:
    """Write an index, and return its key: the same rows have the same."""
    text = index.write(base_path, blobs)
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{store.location.url}\n{text.decode()}")
    key = f"index-{name}.csv"
    store.write(key, text)
    return key


def _blobs(
    files: Iterable[str], stored: Mapping[str, StoredObject], kept: Mapping[str, Checksum]
) -> Iterator[Blob]:
    for key in files:
        yield Blob(key, str(kept[key]) if key in kept else stored[key].etag)
