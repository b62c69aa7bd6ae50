"""Fetch one version: only what the lock names, each object verified while it streams."""

import errno
import hashlib
import os
import stat
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event

from generator import index, proof
from generator.agent.models_folder import InTheWayError, ModelsFolder
from generator.agent.place import Wanted
from generator.catalog import StoredObject, Unreadable, Version
from generator.errors import StoreError
from generator.index import Blob, Claim
from generator.parallel import each
from generator.ports import Store
from generator.proof import Checksum

WORKERS = 8
"""Objects that are fetched side by side; each takes a few megabytes of memory."""

_BLOCK_BYTES = 8192
_SHOWN = 3


class FailedError(Exception):
    """The store has not what the lock names of a version; the text says how."""


Claims = Mapping[Version, Claim | FailedError | StoreError]
"""What indexes say of versions, or why that is not known."""


def claims(store: Store, versions: Collection[Version]) -> Claims:
    """Read the indexes of *versions*, each once.

    The ETag of an index is not compared: it may list more versions than when it was proven,
    and that the rows of this one are the same is in the version's digest.
    """
    by_index: dict[str, list[Version]] = defaultdict(list)
    for version in versions:
        by_index[version.index.key].append(version)
    found: dict[Version, Claim | FailedError | StoreError] = {}
    for same in each(partial(_read, store), by_index.items(), WORKERS):
        found |= same
    return found


def _read(
    store: Store, asked: tuple[str, Collection[Version]]
) -> dict[Version, Claim | FailedError | StoreError]:
    """Read one index, and keep of it only what was asked for."""
    key, versions = asked
    try:
        data = store.range(key, 0, index.MAX_BYTES + 1)
    except StoreError as error:
        return dict.fromkeys(versions, error)
    if isinstance(data, Unreadable):
        return dict.fromkeys(versions, FailedError(f"the index {key!r} cannot be read: {data}"))
    if len(data) > index.MAX_BYTES:
        return dict.fromkeys(versions, FailedError(f"the index {key!r} is over 64 MiB"))
    listed, held = index.parse(key, data, store.location)
    by_path = {claim.path: claim for claim in listed}
    why = next((f": {hold.code}: {hold.problems[0]}" for hold in held), "")
    gone = f"the index {key!r} does not list it any more{why}"
    return {version: by_path.get(version.path) or FailedError(gone) for version in versions}


@dataclass(slots=True)
class Download:
    """Fetches versions into a models folder."""

    store: Store
    folder: ModelsFolder
    stopping: Event
    bytes: int = 0
    """How many were fetched so far."""

    def version(self, item: Wanted, claim: Claim | FailedError | StoreError) -> None:
        """Fetch what is missing of one version, and make it appear.

        What was fetched and verified before is not fetched again.

        Raises:
            FailedError: The store has something else than the lock names.
            InTheWayError: Something is where the version should be.
            StoreError: The store itself fails.
            OSError: The folder cannot be written, or has no space left.
        """
        if not isinstance(claim, Claim):
            raise claim
        objects = self._objects(item.version, claim)
        version, parts = self.folder.stage(item.version.digest)
        paths = {
            blob.key: version / blob.key.removeprefix(f"{claim.path}/") for blob in claim.blobs
        }
        missing = [blob for blob in claim.blobs if _size(paths[blob.key]) != objects[blob.key].size]
        self._check_space(sum(objects[blob.key].size for blob in missing), len(missing))

        def fetch(blob: Blob) -> int | str:
            return self._object(blob, objects[blob.key], parts / uuid.uuid4().hex, paths[blob.key])

        problems: list[str] = []
        for result in each(fetch, missing, WORKERS):
            if isinstance(result, str):
                problems.append(result)
            else:
                self.bytes += result
        if problems:
            raise FailedError(_told(problems))
        found = proof.digest((key, etag, _size(paths[key])) for key, etag in _rows(claim))
        if found != item.version.digest:
            raise InTheWayError(f"{version} has the digest {found}, not the lock's: delete it")
        self.folder.publish(item.version.digest, item.place)

    def _objects(self, version: Version, claim: Claim) -> dict[str, StoredObject]:
        """Return the objects of a version as they are listed; with *claim*, they are the lock's."""
        scheme = self.store.location.scheme
        [(_, listed)] = self.store.objects([claim.path])
        objects = {item.key: item for item in listed}
        problems = [
            problem[1]
            for blob in claim.blobs
            if (blob.key not in objects or Checksum.of(blob.etag, scheme) is None)
            and (problem := proof.failure(blob, objects.get(blob.key), {}, scheme))
        ]
        if problems:
            raise FailedError(_told(problems))
        found = proof.digest((key, etag, objects[key].size) for key, etag in _rows(claim))
        if found != version.digest:
            size = sum(objects[blob.key].size for blob in claim.blobs)
            raise FailedError(
                f"the store has {size:,} bytes in {len(claim.blobs):,} objects with the digest "
                f"{found}; the lock names {version.bytes:,} bytes in {version.objects:,} objects "
                f"with {version.digest}"
            )
        return objects

    def _object(self, blob: Blob, item: StoredObject, part: Path, path: Path) -> int | str:
        """Fetch one object; return its size, or why it is not the one that was claimed."""
        scheme = self.store.location.scheme
        checksum = Checksum.of(blob.etag, scheme)
        hashing = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        size = 0
        try:
            with part.open("xb") as file:
                for chunk in self.store.stream(item):
                    if isinstance(chunk, Unreadable):
                        return f"{blob.key!r} cannot be read: {chunk}"
                    if self.stopping.is_set():
                        return "stopped"
                    size += len(chunk)
                    file.write(chunk)
                    if hashing:
                        hashing.update(chunk)
                file.flush()
                os.fsync(file.fileno())
            if size != item.size:
                return f"{blob.key!r}: it ended after {size:,} of {item.size:,} bytes"
            found = {(blob.key, hashing.name): hashing.hexdigest()} if hashing else {}
            if problem := proof.failure(blob, item, found, scheme):
                return problem[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
        return size

    def _check_space(self, size: int, files: int) -> None:
        needed, free = size + size // 100 + files * _BLOCK_BYTES, self.folder.free()
        if needed > free:
            problem = (
                f"{size:,} bytes are still to be fetched, which need {needed:,} on the disk; "
                f"{free:,} are free in {self.folder.root}"
            )
            raise OSError(errno.ENOSPC, problem)


def _rows(claim: Claim) -> Iterator[tuple[str, str]]:
    return ((blob.key, blob.etag) for blob in claim.blobs)


def _size(path: Path) -> int:
    """Return the size of a file that is there, or -1."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return -1
    return status.st_size if stat.S_ISREG(status.st_mode) else -1


def _told(problems: list[str]) -> str:
    """Return the first problems in one line."""
    found = list(dict.fromkeys(problems))
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return "; ".join(found[:_SHOWN]) + more
