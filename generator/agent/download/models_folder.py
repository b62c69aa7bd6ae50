"""The folder that a server reads its models from, and the records of what is complete.

Beside the models is the folder `.tfs-gitops`:

    staging/<digest>/version/…   what was fetched of a version and verified
    staging/<digest>/parts/…     what is being fetched
    complete/<name>.json         one record for each version directory that is complete
    trash-<name>/…               what is being deleted

A file comes into `version` by a rename, after its bytes were verified and are on the disk.
A version directory appears by one rename, after all in it and its record are on the disk. So
a crash leaves a record without a directory, and never a directory without a record.
"""

import fcntl
import hashlib
import json
import os
import shutil
import stat
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from generator.agent.download import disk
from generator.agent.place import OWN, Place
from generator.limits.json import RECORD_BYTES
from generator.text import bounded_file, whole_file
from generator.text.typed_json import Form, Written


class _Record(Written, frozen=True):
    """The record of a version directory that is complete."""

    base_path: str
    version: Annotated[int, Meta(ge=0)]
    digest: str


_FORM = Form(_Record)


class PathOccupiedError(Exception):
    """Something is where a version directory should be; the text says what."""


class ModelsFolder:
    """A models folder. What cannot be read or written is an OSError."""

    def __init__(self, root: Path, limit: int | None = None) -> None:
        """Take the folder *root*, which may hold *limit* bytes if that is less than its disk."""
        self.root = root
        self._limit = limit
        self._own = root / OWN
        self._complete = self._own / "complete"
        self._staging = self._own / "staging"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from changing the folder meanwhile.

        Raises:
            PathOccupiedError: One is changing it now.
        """
        self._refuse_links(OWN)
        disk.make_folder(self._own)
        with (self._own / "lock").open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                problem = f"{self.root}: another process is changing it; only one may"
                raise PathOccupiedError(problem) from None
            yield

    def digest(self, place: Place) -> str | None:
        """Return the digest of the version directory that is there complete, or None."""
        try:
            digest = _recorded(self._record(place)).digest
            status = (self.root / place.path).lstat()
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        return digest if stat.S_ISDIR(status.st_mode) else None

    def recorded(self) -> Iterator[Place]:
        """Yield the places that have a record."""
        for path in self._complete.glob("*.json"):
            with suppress(ValueError):
                record = _recorded(path)
                yield Place(record.base_path, record.version)

    def free(self) -> int:
        """Return how many bytes the disk has room for."""
        return shutil.disk_usage(self.root).free

    def allowed(self) -> int | None:
        """Return how many bytes may still be written; None if the disk is the limit.

        It looks at every file here.
        """
        return None if self._limit is None else self._limit - disk.used(self.root)

    def staged(self, digest: str) -> tuple[Path, Path]:
        """Return where `version` is, for what is verified, and `parts`; they may not exist."""
        path = self._staged(digest)
        return path / "version", path / "parts"

    def stage(self, digest: str) -> None:
        """Make these two folders, `parts` empty."""
        version, parts = self.staged(digest)
        _delete(parts)
        version.mkdir(parents=True, exist_ok=True)
        parts.mkdir()

    def check(self, place: Place) -> None:
        """Refuse what no download can mend.

        Raises:
            PathOccupiedError: Another content is at *place*, or a link is on the way.
        """
        self._refuse_links(place.path)
        if self.digest(place) is not None:
            raise PathOccupiedError(
                f"{self.root / place.path} is complete with another content than the lock names; "
                "it goes when nothing serves it any more"
            )

    def publish(self, digest: str, place: Place) -> None:
        """Make what is staged of *digest* appear at *place*, by one rename.

        A directory without a record that is there already is taken over, if it is the same.

        Raises:
            PathOccupiedError: Something else is there.
        """
        self.check(place)
        staged, target = self._staged(digest) / "version", self.root / place.path
        is_there = os.path.lexists(target)
        if is_there and not disk.is_same(staged, target):
            raise PathOccupiedError(
                f"{target} is there, and is not what the lock names: move it away"
            )
        for folder, _, _ in os.walk(target if is_there else staged, topdown=False):
            disk.sync_folder(Path(folder))
        disk.make_folder(target.parent)
        self._write_record(place, digest)
        if not is_there:
            staged.rename(target)
        disk.sync_folder(target.parent)
        _delete(self._staged(digest))

    def take_away(self, place: Place) -> None:
        """Take a version directory away by one rename; `empty_trash` deletes its files.

        Raises:
            PathOccupiedError: A link is on the way.
        """
        target = self.root / place.path
        self._refuse_links(place.path)
        with suppress(FileNotFoundError, NotADirectoryError):
            target.rename(self._own / f"trash-{uuid.uuid4().hex}")  # a full disk takes no mkdir
            disk.sync_folder(target.parent)
        self._record(place).unlink(missing_ok=True)
        for folder in target.parents:
            if folder == self.root or not disk.remove_if_empty(folder):
                break

    def empty_trash(self) -> None:
        """Delete what was taken away, file by file: that may take long."""
        for path in self._own.glob("trash-*"):
            _delete(path)

    def is_tidy(self, digests: Collection[str]) -> bool:
        """Whether `sweep` has nothing to delete."""
        return not (self._stale(digests) or any(self._own.glob("trash-*")))

    def sweep(self, digests: Collection[str]) -> None:
        """Delete what earlier runs left, but for what is staged of *digests*.

        A download of another that has not ended yet finds its folder gone.
        """
        for path in self._stale(digests):
            path.rename(self._own / f"trash-{uuid.uuid4().hex}")
        self.empty_trash()

    def _stale(self, digests: Collection[str]) -> list[Path]:
        kept = {self._staged(digest) for digest in digests}
        return [path for path in self._staging.glob("*") if path not in kept]

    def _staged(self, digest: str) -> Path:
        return self._staging / digest.removeprefix("sha256:")

    def _record(self, place: Place) -> Path:
        """Return the path of a record; a base path may be longer than a file name."""
        name = hashlib.sha256(place.path.encode()).hexdigest()
        return self._complete / f"{name}.json"

    def _write_record(self, place: Place, digest: str) -> None:
        disk.make_folder(self._complete)
        row = {"basePath": place.base_path, "version": place.number, "digest": digest}
        record = self._record(place)
        with whole_file.written_beside(record, json.dumps(row).encode(), durable=True) as beside:
            beside.replace(record)
        disk.sync_folder(self._complete)

    def _refuse_links(self, path: str) -> None:
        if link := disk.link_on_the_way(self.root, path):
            raise PathOccupiedError(f"{link} is a symbolic link: put a folder in its place")


def _recorded(path: Path) -> _Record:
    return _FORM.decode(bounded_file.read(path, RECORD_BYTES))


def _delete(folder: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
