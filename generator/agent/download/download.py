"""Fetch one version: only what the lock names, each object verified while it streams."""

import os
import stat
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator.agent.download.claims import FailedError
from generator.agent.download.disk_space import Room
from generator.agent.download.models_folder import InTheWayError, ModelsFolder
from generator.agent.download.place import Wanted
from generator.catalog import proof
from generator.catalog.catalog import StoredObject, Unreadable, Version
from generator.catalog.checksum import Checksum, hashing
from generator.catalog.claim import Blob, Claim
from generator.catalog.ports import Store
from generator.text.phrases import some

STOPPED = "stopped"

_SHOWN = 3

_OWN_ENTRIES = 3
"""What a version takes beside its data: its record, and two folders while it is staged."""


@dataclass(slots=True, eq=False)
class Begun:
    """One version that is being fetched."""

    item: Wanted
    claim: Claim
    objects: Mapping[str, StoredObject]
    parts: Path
    """The folder of what is not verified yet."""
    paths: Mapping[str, Path]
    """Where each object is put when it is verified, by its key."""
    missing: list[Blob]
    problems: list[str] = field(default_factory=list)
    error: Exception | None = None
    """Why nothing more of it is fetched."""


@dataclass(slots=True)
class Download:
    """Fetches versions into a models folder, several side by side."""

    store: Store
    folder: ModelsFolder
    room: Room
    count: Callable[[int], None]
    """Is told of the bytes that came from the store, from any thread."""

    def begin(self, item: Wanted, claim: Claim) -> Begun:
        """Return what is missing of one version.

        What was fetched and verified before is not fetched again.

        Raises:
            FailedError: The store has something else than the lock names.
            InTheWayError: Something is where the version should be.
            StoreError: The store itself fails.
            OSError: The folder cannot be written, or has not enough space left.
        """
        self.folder.check(item.place)
        objects = self._objects(item.version, claim)
        version, parts = self.folder.staged(item.version.digest)
        paths = {
            blob.key: version / blob.key.removeprefix(f"{claim.path}/") for blob in claim.blobs
        }
        missing = [blob for blob in claim.blobs if _size(paths[blob.key]) != objects[blob.key].size]
        begun = Begun(item, claim, objects, parts, paths, missing)
        folders = item.place.path.count("/") + 1
        size = sum(objects[blob.key].size for blob in missing)
        self.room.promise(begun, size, len(missing) + folders + _OWN_ENTRIES)
        try:
            self.folder.stage(item.version.digest)
        except OSError:
            self.room.cancel(begun)
            raise
        return begun

    def end(self, begun: Begun) -> None:
        """Make a version appear of which nothing is missing any more.

        Raises:
            FailedError: The store has not had what the lock names.
            InTheWayError: Something else is where the version should be.
            StoreError: The store failed on the way.
            OSError: The folder could not be written, or had no space left.
        """
        if begun.error:
            raise begun.error
        if begun.problems:
            raise FailedError(_told(sorted(begun.problems)))  # they came in any order
        digest, rows = begun.item.version.digest, _rows(begun.claim)
        found = proof.digest((key, etag, _size(begun.paths[key])) for key, etag in rows)
        if found != digest:
            at = begun.parts.with_name("version")
            raise InTheWayError(f"{at} has the digest {found}, not the lock's: delete it")
        self.folder.publish(digest, begun.item.place)

    def _objects(self, version: Version, claim: Claim) -> dict[str, StoredObject]:
        """Return the objects of a version as they are listed; with *claim*, they are the lock's."""
        scheme = self.store.location.scheme
        [(_, listed)] = self.store.objects([claim.path])
        if isinstance(listed, Unreadable):
            raise FailedError(f"{claim.path!r} cannot be listed: {listed}")
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

    def object(self, begun: Begun, blob: Blob, is_over: Callable[[], bool]) -> str:
        """Fetch one object until *is_over*; return why it is not the claimed one, if it is not.

        Raises:
            StoreError: The store itself fails.
            OSError: The folder cannot be written, or has no space left.
        """
        item, path = begun.objects[blob.key], begun.paths[blob.key]
        part = begun.parts / uuid.uuid4().hex
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
                    self.room.release(begun, len(chunk))
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
            self.room.release(begun, item.size - size)
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
