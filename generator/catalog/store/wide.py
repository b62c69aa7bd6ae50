"""Wide listings: many directories out of one listing of all that is around them.

A listing of one directory is a request for a handful of keys, and a page has a thousand. So
where most of what a listing shows is wanted, it is read in one go. It only ever confirms: a
directory that it does not show from before its first key to behind its last one is listed
by itself, and so is one of which it shows nothing.
"""

from collections.abc import Collection, Iterable, Iterator

from generator.catalog.stored_object import StoredObject

RUN = 1000
"""Directories that one wide listing is for."""

AT_ONCE = 8
"""Wide listings that are asked for side by side, or wait to be read: each has a few megabytes."""

FEW = 32
"""Fewer directories than this are listed each by itself."""

_DENSE = 8
"""Directories that a page must show, or the rest of them is listed each by itself."""


def runs(directories: Collection[str]) -> list[list[str]]:
    """Part *directories* into runs that lie beside each other; none where they are few."""
    ordered = sorted(set(directories))
    if len(ordered) < FEW:
        return []
    return [ordered[start : start + RUN] for start in range(0, len(ordered), RUN)]


def whole(
    pages: Iterable[list[StoredObject]], directories: Collection[str]
) -> Iterator[tuple[str, tuple[StoredObject, ...]]]:
    """Yield those of *directories* that a listing shows whole, as long as it pays.

    The listing starts before the first of them, and what begins with the same text stands
    together in it.
    """
    wanted, left = set(directories), len(directories)
    reading: list[tuple[str, list[StoredObject]]] = []
    """The directories that the last key lies in, each within the one before."""
    for page in pages:
        ended = 0
        for item in page:
            while reading and not item.key.startswith(reading[-1][0]):
                yield _end(reading)
                ended += 1
            reading += _entered(item.key, wanted, len(reading[-1][0]) if reading else 0)
            for _, objects in reading:
                objects.append(item)
        left -= ended
        if left == 0 or ended < _DENSE:
            return
    while reading:
        yield _end(reading)


def _entered(
    key: str, wanted: Collection[str], start: int
) -> Iterator[tuple[str, list[StoredObject]]]:
    """Yield the wanted directories that *key* lies in, and that end behind *start*."""
    while (end := key.find("/", start)) >= 0:
        if key[:end] in wanted:
            yield key[: end + 1], []
        start = end + 1


def _end(reading: list[tuple[str, list[StoredObject]]]) -> tuple[str, tuple[StoredObject, ...]]:
    directory, objects = reading.pop()
    return directory.removesuffix("/"), tuple(objects)
