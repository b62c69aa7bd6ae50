"""The uploaded objects of an export, compared with its files."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from generator.catalog.checksum import Checksum, hashing
from generator.catalog.etag import same
from generator.catalog.ports import Store
from generator.catalog.stored_object import StoredObject, Unreadable
from generator.errors import InvalidInputError, StoreError

_ROWS = ("sha256", "crc64nvme", "crc32c")
"""Checksums that an index has of an object in place of its ETag, where the store keeps one.

The next sync compares it with what is kept, and reads no byte. S3 was asked for SHA-256 at
the upload; Google keeps CRC-32C of everything.
"""

_CHUNK_BYTES = 1024 * 1024


class WritableStore(Store, Protocol):
    """A store that can be written."""

    def write(self, key: str, data: bytes | Path) -> str:
        """Write one object whole, and return its ETag."""
        ...

    def kept_checksums(self, keys: Collection[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yield each key with the checksums that the store keeps of it, in hex by algorithm."""
        ...

    def write_all(self, items: Collection[tuple[str, Path]]) -> Iterator[str]:
        """Write files, side by side; yield their ETags."""
        ...


def stored(store: Store, directories: Collection[str]) -> dict[str, StoredObject]:
    """Return what is below *directories*, by key.

    Raises:
        StoreError: One of them cannot be listed.
    """
    found: dict[str, StoredObject] = {}
    for path, objects in store.objects(directories):
        if isinstance(objects, Unreadable):
            raise StoreError(
                f"{store.location.url}: {path!r} cannot be listed: {objects}",
                hint="nothing was uploaded there; check the base path and the rights to list it",
            )
        found |= {item.key: item for item in objects}
    return found


def row_checksums(files: Mapping[str, Path], store: WritableStore) -> dict[str, Checksum]:
    """Return a checksum of each file whose checksum the store keeps, or needs: by its key.

    It is that of the store. A folder keeps none, and needs one of the file.
    """
    if store.location.scheme == "file":
        return {key: Checksum("sha256", digest(path, "sha256")) for key, path in files.items()}
    return {
        key: Checksum(algorithm, checksums[algorithm])
        for key, checksums in store.kept_checksums(files.keys())
        if (algorithm := next((name for name in _ROWS if name in checksums), None))
    }


def has(
    stored: Mapping[str, StoredObject], kept: Mapping[str, Checksum], key: str, path: Path
) -> bool:
    """Whether an object has the size of a file, and its checksum if the store keeps one."""
    if key not in stored or stored[key].size != path.stat().st_size:
        return False
    checksum = kept.get(key)
    return checksum is None or digest(path, checksum.algorithm) == checksum.hex


def different(
    files: Mapping[str, Path], stored: Mapping[str, StoredObject], store: WritableStore
) -> Iterator[tuple[str, str]]:
    """Yield the objects in the store that are not the local files of the same key, and how."""
    present = sorted(files.keys() & stored.keys())
    unsure = []
    for key in present:
        if files[key].stat().st_size != stored[key].size:
            size = f"{stored[key].size:,} bytes"
            yield key, f"{key}: the store has {size}, {files[key]} has others"
        elif not same(stored[key].etag, digest(files[key], "md5")):
            unsure.append(key)
    wanted = [(key, next(iter(sums), "md5")) for key, sums in store.kept_checksums(unsure)]
    for (key, algorithm), found in store.checksums(wanted):
        if found != digest(files[key], algorithm):
            yield key, f"{key}: the store has other bytes than {files[key]}"


def digest(path: Path, algorithm: str) -> str:
    """Return the checksum of a file in hex.

    Raises:
        InvalidInputError: It cannot be read.
    """
    found = hashing(algorithm)
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                found.update(chunk)
    except OSError as error:
        hint = "mend the file, and run it again; no index was written"
        raise InvalidInputError(f"{path}: {error.strerror}", hint=hint) from error
    return found.hexdigest()
