"""The rule of overwriting: what an index lists is replaced only by what the index declares."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from generator.catalog.checksum import Checksum
from generator.catalog.etag import same
from generator.catalog.export import uploaded
from generator.catalog.export.declared import Declared
from generator.catalog.stored_object import StoredObject
from generator.errors import InvalidInputError
from generator.text.quoting import short


def refuse_declared(
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


def unlike_rows(
    repaired: Iterable[str], stored: Mapping[str, StoredObject], known: Declared, scheme: str
) -> Iterator[str]:
    """Yield the repaired objects whose new ETag is not the declared one, and is compared."""
    for key in repaired:
        for name, field in known.rows.get(key, {}).items():
            etag = stored[key].etag
            if Checksum.of(field, scheme) is None and not same(field, etag):
                yield f"{key}: its ETag is {etag!r} now, and {name} lists it with {short(field)}"


def index_of_repaired(files: Mapping[str, Path], known: Declared) -> str | None:
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


def _is_as_declared(path: Path, field: str) -> bool:
    """Whether a file has the checksum, or the MD5 as ETag, that the row of an index has."""
    checksum = Checksum.of(field, "file")  # where a bare value of hex is one, too
    return checksum is not None and uploaded.digest(path, checksum.algorithm) == checksum.hex
