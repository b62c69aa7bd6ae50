"""Admissible exports: versions that load, under keys and numbers that every sync takes."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace

from generator.catalog.etag import SIZES
from generator.catalog.export.model_folder import Export
from generator.catalog.hold import Code
from generator.catalog.location import Location
from generator.catalog.object_key import too_long, unsafe
from generator.catalog.savedmodel import local_version
from generator.catalog.version_directory import out_of_range
from generator.limits.index import INDEX_BYTES, INDEX_LINES, INDEX_VERSIONS, VERSION_OBJECTS
from generator.text.quoting import short

_LONGEST_DIGEST = 2 * max(SIZES.values())


def servable(export: Export) -> tuple[Export, tuple[str, ...], tuple[str, ...]]:
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


def held_for_certain(
    export: Export, base_path: str, files: Mapping[str, Path], location: Location
) -> Iterator[str]:
    """Yield what every sync would hold, in its words, before anything is uploaded."""
    yield from _too_large(export, base_path, files)
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


def _too_large(export: Export, base_path: str, files: Collection[str]) -> Iterator[str]:
    """Yield what is too much of the export as a whole."""
    row = len(f"{base_path},,crc64nvme:\n") + _LONGEST_DIGEST
    size = sum(row + len(key.encode(errors="replace")) for key in files)
    if size > INDEX_BYTES:
        yield f"{Code.INDEX_TOO_LARGE}: {len(files):,} files are some {size:,} bytes of an index"
    for problem in (
        INDEX_LINES.exceeded(len(files)),
        INDEX_VERSIONS.exceeded(len(export.versions)),
        *(VERSION_OBJECTS.exceeded(len(it.found.files)) for it in export.versions),
    ):
        if problem:
            yield f"{Code.INDEX_TOO_LARGE}: {problem}"
