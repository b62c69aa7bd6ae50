"""A local folder as a store: any file name may be in it."""

import os
import shutil
import stat
import sys
import uuid
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from generator.catalog import StoredObject
from generator.location import Location
from generator.parallel import each
from generator.store.objects import Objects, WithheldError, failed, is_index, unwritten

_CHUNK_BYTES = 1024 * 1024
_WITHHELD = (
    FileNotFoundError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
    ValueError,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FolderStore(Objects):
    """A folder. Files have no ETags, so those of indexes are their MD5."""

    def __init__(self, location: Location) -> None:
        super().__init__(location)
        self._root = Path(f"/{location.prefix}")

    def indexes(self) -> tuple[StoredObject, ...]:
        """Return the index files at the top of the folder, sorted by key."""
        found = sorted(
            (item for item in self._files("", deep=False) if is_index(item.key)),
            key=lambda item: item.key,
        )
        etags = self.checksums([(item.key, "md5") for item in found])
        return tuple(
            StoredObject(item.key, item.size, etag, item.modified)
            for item, (_, etag) in zip(found, etags, strict=True)
        )

    def objects(
        self, directories: Collection[str]
    ) -> Iterator[tuple[str, tuple[StoredObject, ...]]]:
        """Yield each directory with all files below it."""
        yield from each(lambda path: (path, tuple(self._files(f"{path}/"))), directories)

    def write(self, key: str, data: bytes | Path) -> str:
        """Write one file whole, and return an empty ETag.

        Raises:
            StoreError: The folder cannot be written.
        """
        path = self._root / key
        beside = path.with_name(f".{uuid.uuid4().hex}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                if isinstance(data, bytes):
                    beside.write_bytes(data)
                else:
                    shutil.copyfile(data, beside)
                beside.replace(path)
            finally:
                beside.unlink(missing_ok=True)
        except (OSError, ValueError) as error:
            raise unwritten(self.location, error) from error
        return ""

    def _chunks(
        self,
        key: str,
        span: tuple[int, int] | None = None,
        etag: str = "",  # noqa: ARG002  files have none
    ) -> Iterator[bytes]:
        start, end = span or (0, sys.maxsize)
        try:
            with (self._root / key).open("rb") as file:
                file.seek(start)
                while chunk := file.read(min(_CHUNK_BYTES, end - start)):
                    yield chunk
                    start += len(chunk)
        except _WITHHELD as error:
            raise WithheldError(str(error)) from error
        except OSError as error:
            raise failed(self.location, error) from error

    def _files(self, folder: str, *, deep: bool = True) -> Iterator[StoredObject]:
        """Yield the files in *folder*, a key with its slash."""
        try:
            yield from _below(self._root / folder, folder, deep=deep)
        except (OSError, ValueError) as error:
            raise failed(self.location, error) from error


def _below(
    path: Path, key: str, *, deep: bool, above: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[StoredObject]:
    """Yield the files in *path*, whose keys begin with *key*; links count as what they name."""
    try:
        entries = [*os.scandir(path)]
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        try:
            status = entry.stat()
        except FileNotFoundError:
            continue  # a link to nothing, or deleted meanwhile
        # A name may be any bytes, and a key is text that can be written.
        name = f"{key}{os.fsencode(entry.name).decode(errors='replace')}"
        if stat.S_ISREG(status.st_mode):
            modified = _EPOCH + timedelta(microseconds=status.st_mtime_ns // 1000)
            yield StoredObject(name, status.st_size, "", modified)
        elif deep and stat.S_ISDIR(status.st_mode):
            place = (status.st_dev, status.st_ino)
            if place not in above:  # a link to a folder that it is in has no end
                yield from _below(Path(entry.path), f"{name}/", deep=True, above=above | {place})
