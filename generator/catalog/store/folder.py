"""A local folder as a store: any file name may be in it."""

import errno
import hashlib
import os
import stat
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NoReturn

from msgspec.structs import replace

from generator.catalog.location import Location
from generator.catalog.store.answers import ObjectUnreadableError, failed, unwritten
from generator.catalog.store.object_access import other_etag, other_size
from generator.catalog.store.objects import Objects
from generator.catalog.stored_object import StoredObject
from generator.limits.index import INDEX_BYTES
from generator.limits.store import DIRECTORY_FOLDERS, LISTING_KEYS
from generator.text import leftovers
from generator.text.phrases import file_reason

Entry = tuple[os.DirEntry[str], os.stat_result | OSError]
"""The content of a folder, or why it is not known."""

_CHUNK_BYTES = 1024 * 1024
_FEW = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FolderStore(Objects):
    """A folder. Files have no ETags, so those of indexes are their MD5."""

    def __init__(self, location: Location) -> None:
        super().__init__(location)
        self._root = Path(f"/{location.prefix}")

    def indexes(self) -> tuple[StoredObject, ...]:
        """Return the index files at the top of the folder, sorted by key."""
        try:
            found = [
                _stored("", entry, status)
                for entry, status in _entries(self._root)
                if isinstance(status, os.stat_result) and stat.S_ISREG(status.st_mode)
            ]
        except OSError as error:
            raise failed(self.location, error) from error
        found = self._names.indexes(found)
        if problem := LISTING_KEYS.exceeded(len(found)):
            raise failed(self.location, problem)
        read = self.checksums([(it.key, "md5") for it in found if it.size <= INDEX_BYTES])
        etags = {key: etag for (key, _), etag in read}
        return tuple(replace(item, etag=etags.get(item.key, "")) for item in found)

    def look_up(self, keys: Collection[str]) -> tuple[StoredObject, ...]:
        """Return those of the index files *keys* that are there."""
        return tuple(item for item in self.indexes() if item.key in keys)

    def _first_keys(self) -> Iterator[str]:
        try:
            with os.scandir(self._root) as entries:
                folders = sorted(entry.name for entry in islice(entries, _FEW) if entry.is_dir())
        except OSError as error:
            raise failed(self.location, error) from error
        for folder in folders:
            with suppress(OSError), os.scandir(self._root / folder) as entries:
                names = [os.fsencode(entry.name) for entry in islice(entries, _FEW)]
                yield from (f"{folder}/{name.decode(errors='replace')}" for name in names)

    def write(self, key: str, data: bytes | Path) -> str:
        """Write one file whole, and return an empty ETag.

        Raises:
            StoreError: The folder cannot be written.
        """
        import shutil  # noqa: PLC0415  a sync writes nothing here

        path = self._root / key
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = leftovers.beside(path)
            try:
                if isinstance(data, bytes):
                    beside.write_bytes(data)
                else:
                    shutil.copyfile(data, beside)
                beside.replace(path)
            finally:
                beside.unlink(missing_ok=True)
        except (OSError, ValueError) as error:
            raise unwritten(self.location, error, key) from error
        return ""

    def _chunks(
        self,
        key: str,
        span: tuple[int, int] | None = None,
        etag: str = "",  # noqa: ARG002  files have none
    ) -> Iterator[bytes]:
        start, end = span or (0, sys.maxsize)
        try:
            with self._open(key) as file:
                file.seek(start)
                while chunk := file.read(min(_CHUNK_BYTES, end - start)):
                    yield chunk
                    start += len(chunk)
        except (OSError, ValueError) as error:
            self._refused(key, error)

    def _open(self, key: str) -> BinaryIO:
        """Open a regular file: nobody may write into a pipe, and a device has no end.

        Of a model files may be linked from elsewhere, as other disks are; nobody needs that of an
        index, whose words are told to whoever reads a report.

        Raises:
            OSError: It is none, cannot be opened, or is an index that leads out of the store.
        """
        path = self._root / key
        if "/" not in key and not _real(path).is_relative_to(_real(self._root)):
            raise OSError(errno.EXDEV, "it is a link that leads out of the store", str(path))
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            os.close(opened)
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        return os.fdopen(opened, "rb")

    def _head(self, item: StoredObject, count: int) -> bytes:
        try:
            with self._open(item.key) as file:
                found = file.read(min(count, item.size))
                size = os.fstat(file.fileno()).st_size
        except (OSError, ValueError) as error:
            self._refused(item.key, error)
        if size != item.size:
            raise other_size(item, size)
        if item.etag and len(found) == size and (etag := _md5(found)) != item.etag:
            raise other_etag(item, etag)
        return found

    def _refused(self, key: str, error: OSError | ValueError) -> NoReturn:
        missing = False
        if isinstance(error, FileNotFoundError):
            # A link to nothing is no word of the folder that there is no such file.
            self._verify(key)
            missing = not os.path.lexists(self._root / key)
        raise ObjectUnreadableError(file_reason(error), missing=missing) from error

    def _below(self, directory: str) -> Iterator[StoredObject]:
        try:
            yield from _walk(self._root / directory, f"{directory}/")
        except (FileNotFoundError, NotADirectoryError):
            self._verify(directory)  # no such directory, in a store that is there
        except (OSError, ValueError) as error:
            raise ObjectUnreadableError(file_reason(error)) from error

    def _verify(self, key: str) -> None:
        try:
            os.scandir(self._root).close()
        except OSError as error:
            raise failed(self.location, error, key=key) from error


def _real(path: Path) -> Path:
    """Return what *path* leads to; links that lead to each other stay, and cannot be opened."""
    return Path(os.path.realpath(path))


def _md5(data: bytes) -> str:
    """Return the ETag of an index."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _entries(path: Path) -> Iterator[Entry]:
    """Yield what is in a folder; links count as what they name, those to nothing not at all."""
    with os.scandir(path) as entries:
        for entry in entries:
            try:
                yield entry, entry.stat()
            except FileNotFoundError:
                continue  # or it was deleted meanwhile
            except OSError as error:
                yield entry, error


def _stored(key: str, entry: os.DirEntry[str], status: os.stat_result) -> StoredObject:
    """Return a file in the folder *key*: a name may be any bytes, and a key is text."""
    name = f"{key}{os.fsencode(entry.name).decode(errors='replace')}"
    modified = _EPOCH + timedelta(microseconds=status.st_mtime_ns // 1000)
    return StoredObject(name, status.st_size, "", modified)


def _walk(path: Path, key: str) -> Iterator[StoredObject]:
    """Yield the files below *path*, whose keys begin with *key*, in no order; none half written.

    Raises:
        OSError: There is no such folder, or something below it cannot be read.
        ObjectUnreadableError: Links make too many folders of it.
    """
    for name, entries in _folders(path, key):
        for entry, status in entries:
            if isinstance(status, OSError):
                raise status
            if stat.S_ISREG(status.st_mode) and not leftovers.is_unfinished(entry.name):
                yield _stored(name, entry, status)


def _folders(path: Path, key: str) -> Iterator[tuple[str, list[Entry]]]:
    """Yield the key of each folder at and below *path*, with what is in it; raises as `_walk`."""
    left: list[tuple[Path, str, frozenset[tuple[int, int]]]] = [(path, key, frozenset())]
    seen = 0
    while left:
        folder, name, above = left.pop()
        seen += 1
        if seen > DIRECTORY_FOLDERS:
            raise ObjectUnreadableError(DIRECTORY_FOLDERS.over)
        try:
            entries = [*_entries(folder)]
        except FileNotFoundError:
            if above:
                continue  # deleted meanwhile
            raise
        yield name, entries
        for entry, status in entries:
            if isinstance(status, os.stat_result) and stat.S_ISDIR(status.st_mode):
                place = (status.st_dev, status.st_ino)
                if place not in above:  # a link to a folder that it is in has no end
                    below = os.fsencode(entry.name).decode(errors="replace")
                    left.append((Path(entry.path), f"{name}{below}/", above | {place}))
