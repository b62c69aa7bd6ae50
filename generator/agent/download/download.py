"""Fetch one version: only what the lock names, each object verified while it streams."""

import os
import stat
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator.agent.download.disk_space import DiskSpace
from generator.agent.download.index_file import UnavailableError
from generator.agent.download.models_folder import ModelsFolder, PathOccupiedError
from generator.agent.place import Wanted
from generator.catalog import proof
from generator.catalog.catalog import Version
from generator.catalog.checksum import Checksum, hashing
from generator.catalog.claim import Blob, Claim
from generator.catalog.ports import Store
from generator.catalog.stored_object import StoredObject, Unreadable
from generator.text.phrases import some

STOPPED = "stopped"

_SHOWN = 3

_OWN_ENTRIES = 3
"""The entries of a version beside its data: its record, and two folders while it is staged."""


@dataclass(slots=True, eq=False)
class Transfer:
    """One version that is being fetched."""

    item: Wanted
    claim: Claim
    objects: Mapping[str, StoredObject]
    folder: Path
    """The folder of what is verified."""
    parts: Path
    """The folder of what is not verified yet."""
    missing: list[Blob]
    problems: list[str] = field(default_factory=list)
    error: Exception | None = None
    """The error after which nothing more of it is fetched."""

    def path(self, key: str) -> Path:
        """Return the path of an object once it is verified."""
        return self.folder / key.removeprefix(f"{self.claim.path}/")


@dataclass(slots=True)
class Download:
    """Fetches versions into a models folder, several side by side."""

    store: Store
    folder: ModelsFolder
    space: DiskSpace
    count: Callable[[int], None]
    """Is told of the bytes that came from the store, from any thread."""

    def begin(self, item: Wanted, claim: Claim) -> Transfer:
        """Return what is missing of one version.

        What was fetched and verified before is not fetched again.

        Raises:
            UnavailableError: The store has something else than the lock names.
            PathOccupiedError: Something is where the version should be.
            StoreError: The store itself fails.
            OSError: The folder cannot be written, or has not enough space left.
        """
        self.folder.check(item.place)
        objects = self._objects(item.version, claim)
        transfer = Transfer(item, claim, objects, *self.folder.staged(item.version.digest), [])
        missing = transfer.missing = [
            blob for blob in claim.blobs if _size(transfer.path(blob.key)) != objects[blob.key].size
        ]
        folders = item.place.path.count("/") + 1
        size = sum(objects[blob.key].size for blob in missing)
        self.space.reserve(transfer, size, len(missing) + folders + _OWN_ENTRIES)
        try:
            self.folder.stage(item.version.digest)
        except OSError:
            self.space.cancel(transfer)
            raise
        return transfer

    def end(self, transfer: Transfer) -> None:
        """Make a version appear of which nothing is missing any more.

        Raises:
            UnavailableError: The store has not had what the lock names.
            PathOccupiedError: Something else is where the version should be.
            StoreError: The store failed on the way.
            OSError: The folder could not be written, or had no space left.
        """
        if transfer.error:
            raise transfer.error
        if transfer.problems:
            raise UnavailableError(_told(sorted(transfer.problems)))  # they came in any order
        digest, rows = transfer.item.version.digest, _rows(transfer.claim)
        found = proof.digest((key, etag, _size(transfer.path(key))) for key, etag in rows)
        if found != digest:
            at = transfer.parts.with_name("version")
            raise PathOccupiedError(f"{at} has the digest {found}, not the lock's: delete it")
        self.folder.publish(digest, transfer.item.place)

    def _objects(self, version: Version, claim: Claim) -> dict[str, StoredObject]:
        """Return the objects of a version as they are listed; with *claim*, they are the lock's."""
        scheme = self.store.location.scheme
        [(_, listed)] = self.store.objects([claim.path])
        if isinstance(listed, Unreadable):
            raise UnavailableError(f"{claim.path!r} cannot be listed: {listed}")
        objects = {item.key: item for item in listed}
        problems = [
            problem[1]
            for blob in claim.blobs
            if (blob.key not in objects or Checksum.of(blob.etag, scheme) is None)
            and (problem := proof.failure(blob, objects.get(blob.key), {}, scheme))
        ]
        if problems:
            raise UnavailableError(_told(problems))
        found = proof.digest((key, etag, objects[key].size) for key, etag in _rows(claim))
        if found != version.digest:
            size = sum(objects[blob.key].size for blob in claim.blobs)
            raise UnavailableError(
                f"the store has {size:,} bytes in {len(claim.blobs):,} objects with the digest "
                f"{found}; the lock names {version.bytes:,} bytes in {version.objects:,} objects "
                f"with {version.digest}"
            )
        return {blob.key: objects[blob.key] for blob in claim.blobs}

    def object(self, transfer: Transfer, blob: Blob, is_over: Callable[[], bool]) -> str:
        """Fetch one object until *is_over*; return why it is not the claimed one, if it is not.

        Raises:
            StoreError: The store itself fails.
            OSError: The folder cannot be written, or has no space left.
        """
        item, path = transfer.objects[blob.key], transfer.path(blob.key)
        part = transfer.parts / uuid.uuid4().hex
        scheme = self.store.location.scheme
        checksum = Checksum.of(blob.etag, scheme)
        digest = hashing(checksum.algorithm) if checksum else None
        size = 0
        try:
            with part.open("xb") as file:
                for chunk in self.store.stream(item):
                    if isinstance(chunk, Unreadable):
                        return f"{blob.key!r} cannot be read: {chunk}"
                    if is_over():
                        return STOPPED
                    file.write(chunk)
                    size += len(chunk)
                    self.space.release(transfer, len(chunk))
                    self.count(len(chunk))
                    if digest:
                        digest.update(chunk)
                file.flush()
                os.fsync(file.fileno())
            if size != item.size:
                return f"{blob.key!r}: it ended after {size:,} of {item.size:,} bytes"
            found = {}
            if checksum and digest:
                found = {(blob.key, checksum.algorithm): digest.hexdigest()}
            if problem := proof.failure(blob, item, found, scheme):
                return problem[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            part.rename(path)
        finally:
            self.space.release(transfer, item.size - size)
            part.unlink(missing_ok=True)
        return ""


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
    return "; ".join(some(found, _SHOWN))
