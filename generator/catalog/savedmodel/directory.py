"""The version directory in a store: its files, and the signatures in them."""

from collections.abc import Iterable, Mapping

from generator.catalog import index, proof
from generator.catalog.catalog import Version
from generator.catalog.ports import Store
from generator.catalog.savedmodel.reading import Reading
from generator.catalog.savedmodel.signatures import Signatures
from generator.catalog.savedmodel.version_files import FileUnreadableError, StoredFiles
from generator.catalog.savedmodel.version_reader import VersionReader
from generator.catalog.stored_object import StoredObject, Unreadable


def indexed_files(
    store: Store,
    version: Version,
    sizes: Mapping[str, int] | None,
    contents: Mapping[str, bytes] | None,
) -> StoredFiles:
    """Return the files that the index of *version* lists, as they were proven."""
    if sizes is None:
        objects = _objects(store, version)
        if not proof.is_unchanged(version, objects, store.location.scheme):
            # There are others beside them, or others in their place.
            rows = _rows(store, version)
            objects = tuple(item for item in objects if item.key in rows)
        sizes = _sizes(version, objects)
    return StoredFiles(store, version.path, sizes, contents)


def present_files(store: Store, version: Version) -> StoredFiles:
    """Return all files in the directory of *version*."""
    return StoredFiles(store, version.path, _sizes(version, _objects(store, version)))


def signatures(store: Store, served: Version, reading: Reading) -> Signatures | str:
    """Return the signatures of a served version, or why they cannot be read.

    It is `Unreadable` where that is the store's answer: then somebody may read them later.
    """
    try:
        files = present_files(store, served)
        if len(files.sizes) < served.objects:
            there = f"{len(files.sizes)} of its {served.objects} objects"
            return Unreadable(f"{served.path!r} cannot be read: the store lists {there}")
        return VersionReader(files, reading).signatures()
    except FileUnreadableError as error:
        return Unreadable(str(error))


def _objects(store: Store, version: Version) -> tuple[StoredObject, ...]:
    [(path, found)] = store.objects([version.path])
    if isinstance(found, Unreadable):
        raise FileUnreadableError(f"{path!r} cannot be listed: {found}")
    return found


def _sizes(version: Version, objects: Iterable[StoredObject]) -> dict[str, int]:
    return {item.key.removeprefix(f"{version.path}/"): item.size for item in objects}


def _rows(store: Store, version: Version) -> frozenset[str]:
    """Return the keys that the index of *version* lists for it."""
    [(key, data)] = store.read([version.index.key])
    if isinstance(data, Unreadable):
        raise FileUnreadableError(f"{key!r} cannot be read: {data}")
    claims = index.parse(key, data, store.location).claims
    return frozenset(blob.key for it in claims if it.path == version.path for blob in it.blobs)
