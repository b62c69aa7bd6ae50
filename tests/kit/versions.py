"""Model versions in a store, and the lock that a sync would write of them."""

import hashlib
from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path

from generator.catalog import full_catalog, index
from generator.catalog.checksum import hashing
from generator.catalog.claim import Blob
from generator.catalog.ports import Silent, Store
from generator.catalog.presence import Presence
from generator.catalog.version_directory import default_name
from generator.lock.lock import Lock, ServedModel

Put = Callable[[str, bytes], str]
Files = Mapping[str, bytes]


def folder(root: Path) -> Put:
    """Return how to put files into a folder store; the answer is what an index says of them."""

    def put(key: str, data: bytes) -> str:
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return f"sha256:{hashlib.sha256(data).hexdigest()}"

    return put


def publish(put: Put, path: str, files: Files, checksum: str = "") -> str:
    """Put a version at *path* with its index; return the key of the index.

    With *checksum*, an algorithm such as `crc32c`, the index has that in place of ETags.
    """
    blobs = []
    for name, data in files.items():
        etag = put(f"{path}/{name}", data)
        if checksum:
            digest = hashing(checksum)
            digest.update(data)
            etag = f"{checksum}:{digest.hexdigest()}"
        blobs.append(Blob(f"{path}/{name}", etag))
    base_path = path.rpartition("/")[0]
    key = f"index-{path.replace('/', '-')}.csv"
    put(key, index.write(base_path, blobs))
    return key


def lock(store: Store) -> Lock:
    """Return the lock of all that *store* proves now; nothing may be held."""
    found = full_catalog.prove_all(Presence(store), Silent())
    assert not found.held
    models = tuple(
        ServedModel(default_name(base_path), base_path, tuple(versions))
        for base_path, versions in groupby(found.versions, lambda version: version.base_path)
    )
    return Lock("prod", store.location.url, models)


def visible(root: Path) -> dict[str, bytes]:
    """Return the files that a server could read in a models folder, by their path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.relative_to(root).parts[0] != ".tfs-gitops"
    }
