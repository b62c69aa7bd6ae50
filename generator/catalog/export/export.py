"""The exporter's side: upload version directories, and declare them complete last.

The index is written after every object is in the store with the right bytes. A crash
before that leaves objects that no index lists, which nobody serves; running it again
goes on where it stopped, and overwrites what is there with other bytes. What an index lists
is never overwritten, but for a repair: with the bytes that the index declares.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from generator.catalog import index
from generator.catalog.catalog import StoredObject
from generator.catalog.checksum import Checksum
from generator.catalog.claim import Blob
from generator.catalog.etag import SIZES, same
from generator.catalog.export import uploaded
from generator.catalog.export.declared import Declared, declared
from generator.catalog.export.folder import Export
from generator.catalog.export.uploaded import WritableStore
from generator.catalog.hold import Code
from generator.catalog.location import Location
from generator.catalog.object_key import too_long, unsafe
from generator.catalog.ports import Progress
from generator.catalog.savedmodel import local_version
from generator.catalog.version_directory import default_name, out_of_range
from generator.errors import InvalidInputError, StoreError
from generator.serving.state import SAFE_NAME
from generator.text.quoting import quoted, short

_LONGEST_DIGEST = 2 * max(SIZES.values())


@dataclass(frozen=True, slots=True)
class Published:
    """A model that was declared."""

    index: str
    """The key of the index."""
    notes: tuple[str, ...] = ()
    """What was overwritten, and what a person may want to look at."""
    refused: tuple[str, ...] = ()
    """Which versions were left out, and why no server could load them."""


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
    export, refused, needs = _servable(export)
    files = export.files(base_path)
    problems = [*_held_for_certain(export, base_path, files, store.location)]
    if problems or not export.versions:
        problems += refused
        hint = "no sync would take it; mend or rename it, or name what to declare by --version"
        raise InvalidInputError(problems, hint=hint)
    directories = [f"{base_path}/{version.directory}" for version in export.versions]
    before = uploaded.stored(store, directories)
    absent = sorted(files.keys() - before.keys())
    different = dict(uploaded.different(files, before, store))
    if not upload and (absent or different):
        problems = [*different.values(), *(f"{key}: not in {store.location.url}" for key in absent)]
        raise InvalidInputError(problems, hint="upload first, or use --upload")
    known = declared(store, files.keys() if repair else different.keys(), progress)
    _refuse_declared(different, files, known, repair=repair)
    uploads = [(key, files[key]) for key in (*absent, *different)]
    for _ in progress.track("objects uploaded", store.write_all(uploads), len(uploads)):
        pass

    stored = uploaded.stored(store, directories)
    kept = uploaded.kept(files, store)
    if lost := [key for key, path in files.items() if not uploaded.has(stored, kept, key, path)]:
        raise StoreError(
            [f"{key}: it changed in {store.location.url} during the upload" for key in lost],
            hint="no index was written; make sure that nobody else writes there, and run it again",
        )
    if wrong := tuple(_unlike_rows(different, stored, known, store.location.scheme)):
        raise StoreError(wrong, hint="the bytes are as declared: publish them under a new number")
    key = _repaired(files, known) if repair else None
    return Published(
        key or _write(base_path, _blobs(files, stored, kept), store),
        (*needs, *_notes(base_path, files, different, stored)),
        refused,
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


def _repaired(files: Mapping[str, Path], known: Declared) -> str | None:
    """Return an index that declares just these files already.

    Another one, with checksums of another kind, would be another publication to a sync.
    """
    names = {name for key in files for name in known.rows.get(key, ())}
    complete = (
        name
        for name in sorted(names)
        if all(
            (field := known.rows.get(key, {}).get(name)) and _is_as_declared(path, field)
            for key, path in files.items()
        )
    )
    return next(complete, None)


def _servable(export: Export) -> tuple[Export, tuple[str, ...], tuple[str, ...]]:
    """Return *export* without what no server could load, why not, and what servers need."""
    found = [(one, *local_version.judge(one.found.files)) for one in export.versions]
    left = tuple(one for one, problems, _ in found if not problems)
    refused = (
        f"{Code.NOT_SERVABLE}: {one.path}: {problem}"
        for one, problems, _ in found
        for problem in problems
    )
    needs = (
        f"{one.path}: {need}" for one, problems, needs in found if not problems for need in needs
    )
    return replace(export, versions=left), tuple(refused), tuple(needs)


def _held_for_certain(
    export: Export, base_path: str, files: Mapping[str, Path], location: Location
) -> Iterator[str]:
    """Yield what every sync would hold, in its words, before anything is uploaded."""
    for key in (base_path, *files):
        if problem := unsafe(key) or too_long(key, location):
            yield f"{Code.UNSAFE_PATH}: {short(key)} {problem}"
    spellings: dict[int, list[str]] = defaultdict(list)
    for version in export.versions:
        spellings[int(version.directory)].append(version.directory)
    for number, names in spellings.items():
        if problem := out_of_range(number):
            yield f"{Code.VERSION_OUT_OF_RANGE}: {short(names[0])}: {problem}"
        if len(names) > 1:
            both = " and ".join(map(repr, sorted(names)))
            yield (
                f"{Code.DUPLICATE_VERSION_DIRECTORY}: "
                f"directories {both} are both version {number} of {base_path!r}"
            )
    row = len(f"{base_path},,crc64nvme:\n") + _LONGEST_DIGEST
    size = sum(row + len(key.encode(errors="replace")) for key in files)
    if size > index.MAX_BYTES:
        yield f"{Code.INDEX_TOO_LARGE}: {len(files):,} files are some {size:,} bytes of an index"


def _refuse_declared(
    different: Mapping[str, str], files: Mapping[str, Path], known: Declared, *, repair: bool
) -> None:
    """Refuse to overwrite what an index lists, but by what it says, and if that is asked for.

    A server may read such an object at any time. What the index says of it is what every lock
    that serves it was made from, so these bytes, and no others, are safe to put there.
    """
    problems, repairable = [], []
    for key, problem in different.items():
        if unsure := known.unsure.get(key):
            problems.append(f"{problem}; {', '.join(unsure)} may list it, and cannot be read")
        for name, field in known.rows.get(key, {}).items():
            if not _is_as_declared(files[key], field):
                problems.append(f"{problem}; {name} lists it with {short(field)}")
            elif not repair:
                repairable.append(f"{problem}; it is not what {name} lists, and the file is")
    if problems:
        hint = "a published version is never overwritten: publish under a new number"
        raise InvalidInputError([*problems, *repairable], hint=hint)
    if repairable:
        hint = "--upload --repair writes again what was declared; or publish under a new number"
        raise InvalidInputError(repairable, hint=hint)


def _unlike_rows(
    repaired: Iterable[str], stored: Mapping[str, StoredObject], known: Declared, scheme: str
) -> Iterator[str]:
    """Yield the repaired objects whose new ETag is not the declared one, and is compared."""
    for key in repaired:
        for name, field in known.rows.get(key, {}).items():
            etag = stored[key].etag
            if Checksum.of(field, scheme) is None and not same(field, etag):
                yield f"{key}: its ETag is {etag!r} now, and {name} lists it with {short(field)}"


def _is_as_declared(path: Path, field: str) -> bool:
    """Whether a file has the checksum, or the MD5 as ETag, that the row of an index has."""
    checksum = Checksum.of(field, "file")  # where a bare value of hex is one, too
    return checksum is not None and uploaded.digest(path, checksum.algorithm) == checksum.hex


def _blobs(
    files: Iterable[str], stored: Mapping[str, StoredObject], kept: Mapping[str, Checksum]
) -> Iterator[Blob]:
    for key in files:
        yield Blob(key, str(kept[key]) if key in kept else stored[key].etag)
