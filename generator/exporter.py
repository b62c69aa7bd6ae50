"""The exporter's side: upload version directories, and declare them complete last.

The index is written after every object is in the store with the right bytes. A crash
before that leaves objects that no index lists, which nobody serves; running it again
goes on where it stopped. A published object is never overwritten.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from generator import index, proof
from generator.catalog import StoredObject, Unreadable
from generator.checksum import Checksum, hashing
from generator.errors import InvalidInputError, StoreError
from generator.index import Blob
from generator.ports import Progress, Store

_ROWS = ("sha256", "crc64nvme", "crc32c")
"""What an index has of an object in place of its ETag, where the store keeps it.

The next sync compares it with what is kept, and reads no byte. S3 was asked for SHA-256 at
the upload; Google keeps CRC-32C of everything.
"""

_CHUNK_BYTES = 1024 * 1024


class WritableStore(Store, Protocol):
    """A store that can be written."""

    def write(self, key: str, data: bytes | Path) -> str:
        """Write one object whole, and return its ETag."""
        ...

    def kept(self, keys: Collection[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yield each key with the checksums that the store keeps of it, in hex by algorithm."""
        ...

    def write_all(self, items: Collection[tuple[str, Path]]) -> Iterator[str]:
        """Write files, side by side; yield their ETags."""
        ...


def publish(
    folder: Path, base_path: str, store: WritableStore, progress: Progress, *, upload: bool
) -> str:
    """Write the index of the model in *folder* and return its key.

    With *upload*, version directories are copied to the store first; without, they must
    be there already, byte for byte.

    Raises:
        InvalidInputError: The folder is no model, or the store has other bytes.
        StoreError: The store cannot be read or written.
    """
    files = _files(folder, base_path)
    versions = sorted({key.removeprefix(f"{base_path}/").partition("/")[0] for key in files})
    directories = [f"{base_path}/{version}" for version in versions]
    before = _stored(store, directories)
    problems = list(_different(files, before, store))
    absent = sorted(files.keys() - before.keys())
    if not upload:
        problems += [f"{key}: not in {store.location.url}" for key in absent]
    if problems:
        raise InvalidInputError(
            problems,
            hint="a published version is never overwritten: publish under a new number"
            if upload
            else "upload first, or use --upload",
        )
    uploads = [(key, files[key]) for key in absent]
    for _ in progress.track("objects uploaded", store.write_all(uploads), len(uploads)):
        pass

    stored = _stored(store, directories)
    kept = _kept(files, store)
    if lost := [key for key, path in files.items() if not _has(stored, kept, key, path)]:
        raise StoreError(
            [f"{key}: it changed in {store.location.url} during the upload" for key in lost],
            hint="no index was written; make sure that nobody else writes there, and run it again",
        )
    text = index.write(base_path, _blobs(files, stored, kept))
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{store.location.url}\n{text.decode()}")
    key = f"index-{name}.csv"
    store.write(key, text)
    return key


def _files(folder: Path, base_path: str) -> dict[str, Path]:
    """Return the files of all version directories by their key in the store."""
    versions = [
        path
        for path in sorted(folder.iterdir())
        if path.is_dir() and index.is_version_directory(path.name)
    ]
    if not versions:
        raise InvalidInputError(
            f"{folder}: no version directory (a folder named by a number)",
            hint="export the model to MODEL_DIR/<version>/",
        )
    files = {
        f"{base_path}/{path.relative_to(folder).as_posix()}": path
        for version in versions
        for path in sorted(version.rglob("*"))
        if path.is_file()
    }
    problems = [
        f"{key!r} {problem}" for key in (base_path, *files) if (problem := index.unsafe(key))
    ]
    for version in versions:
        names = {
            path.relative_to(version).as_posix()
            for path in files.values()
            if version in path.parents
        }
        if not names & proof.MODEL_FILES:
            problems.append(f"{version}: none of {', '.join(sorted(proof.MODEL_FILES))}")
    if problems:
        raise InvalidInputError(problems, hint="export a SavedModel whose paths are plain names")
    return files


def _stored(store: Store, directories: Collection[str]) -> dict[str, StoredObject]:
    """Return what is below *directories*, by key.

    Raises:
        StoreError: One of them cannot be listed.
    """
    stored: dict[str, StoredObject] = {}
    for path, objects in store.objects(directories):
        if isinstance(objects, Unreadable):
            raise StoreError(
                f"{store.location.url}: {path!r} cannot be listed: {objects}",
                hint="nothing was uploaded there; check the base path and the rights to list it",
            )
        stored |= {item.key: item for item in objects}
    return stored


def _kept(files: Mapping[str, Path], store: WritableStore) -> dict[str, Checksum]:
    """Return a checksum of each file whose checksum the store keeps, or needs: by its key.

    It is that of the store. A folder keeps none, and needs one of the file.
    """
    if store.location.scheme == "file":
        return {key: Checksum("sha256", _digest(path, "sha256")) for key, path in files.items()}
    return {
        key: Checksum(algorithm, checksums[algorithm])
        for key, checksums in store.kept(files.keys())
        if (algorithm := next((name for name in _ROWS if name in checksums), None))
    }


def _has(
    stored: Mapping[str, StoredObject], kept: Mapping[str, Checksum], key: str, path: Path
) -> bool:
    if key not in stored or stored[key].size != path.stat().st_size:
        return False
    checksum = kept.get(key)
    return checksum is None or _digest(path, checksum.algorithm) == checksum.hex


def _different(
    files: Mapping[str, Path], stored: Mapping[str, StoredObject], store: WritableStore
) -> Iterator[str]:
    """Yield the objects in the store that are not the local files of the same key."""
    present = sorted(files.keys() & stored.keys())
    unsure = []
    for key in present:
        if files[key].stat().st_size != stored[key].size:
            yield f"{key}: the store has {stored[key].size:,} bytes, {files[key]} has others"
        elif stored[key].etag != _digest(files[key], "md5"):
            unsure.append(key)
    wanted = [(key, next(iter(kept), "md5")) for key, kept in store.kept(unsure)]
    for (key, algorithm), found in store.checksums(wanted):
        if found != _digest(files[key], algorithm):
            yield f"{key}: the store has other bytes than {files[key]}"


def _blobs(
    files: Iterable[str], stored: Mapping[str, StoredObject], kept: Mapping[str, Checksum]
) -> Iterator[Blob]:
    for key in files:
        yield Blob(key, str(kept[key]) if key in kept else stored[key].etag)


def _digest(path: Path, algorithm: str) -> str:
    digest = hashing(algorithm)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
