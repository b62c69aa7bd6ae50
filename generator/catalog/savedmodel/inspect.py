"""Inspection: the facts of a new version that a report tells, read by ranges of its files."""

from collections.abc import Iterable
from itertools import islice

from msgspec.structs import replace

from generator.catalog.catalog import Version
from generator.catalog.inspected import Inspected
from generator.catalog.ports import Store
from generator.catalog.savedmodel import differences, directory
from generator.catalog.savedmodel.reading import Reading
from generator.catalog.savedmodel.version_files import FileUnreadableError
from generator.catalog.savedmodel.version_reader import VersionReader

MOST = 20
"""The most new versions that are read for one report: it must not cost more than its change."""


def inspect_added(
    store: Store,
    added: Iterable[tuple[Version, Version | None]],
    reading: Reading,
) -> dict[str, Inspected]:
    """Return what a report tells of the first `MOST` versions that are *added*, by path.

    Each comes with the newest version of its model that is served, whose signatures are
    compared with its own; None where no version of the model is served.

    Raises:
        StoreError: The store itself fails.
    """
    return {
        version.path: _inspect(store, version, served, reading)
        for version, served in islice(added, MOST)
    }


def _inspect(store: Store, version: Version, served: Version | None, reading: Reading) -> Inspected:
    try:
        new = VersionReader(directory.present_files(store, version), reading)
        judged = new.warmup
        found = Inspected(None if judged is None else judged.summary)
        if served is None:
            return found
        return replace(found, against=served.version, differences=_compare(store, new, served))
    except FileUnreadableError as error:
        return Inspected(str(error))


def _compare(store: Store, new: VersionReader, served: Version) -> tuple[str, ...] | str:
    """Return how the signatures differ, in words, or why they cannot be compared."""
    after = new.signatures()
    if isinstance(after, str):
        return after
    before = directory.signatures(store, served, new.reading)
    if isinstance(before, str):
        return f"of version {served.version}: {before}"
    return differences.differences(before, after)
