"""The files of one version directory, in a store or in a local folder, read by ranges."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path

from generator.catalog.ports import Store
from generator.catalog.stored_object import Unreadable

_CHUNK = 1024 * 1024


class FileUnreadableError(Exception):
    """A file was not handed out, or not as it was listed; the text begins with its key."""


class VersionFiles(ABC):
    """The files of a version, by name in its directory."""

    sizes: Mapping[str, int]
    """Bytes, by name."""
    where: str
    """The place of a file that is one of them, for a message."""

    @abstractmethod
    def range(self, name: str, start: int, end: int) -> bytes:
        """Return the bytes of a file from *start* to before *end*, which it has.

        Raises:
            FileUnreadableError: The file is not handed out, or shorter by now.
            StoreError: The store itself fails.
        """

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield all bytes of a file, a megabyte at a time; raises as `range` does."""
        size = self.sizes[name]
        for start in range(0, size, _CHUNK):
            yield self.range(name, start, min(start + _CHUNK, size))


class StoredFiles(VersionFiles):
    """The files of a version in a store."""

    where = "in the index"

    def __init__(
        self,
        store: Store,
        path: str,
        sizes: Mapping[str, int],
        contents: Mapping[str, bytes] | None = None,
    ) -> None:
        """Take those in *sizes* below *path*, the version directory.

        *contents* are those of them that were read before.
        """
        self._contents = contents or {}
        self.sizes = sizes
        self._store = store
        self._path = path

    def range(self, name: str, start: int, end: int) -> bytes:
        """Return the bytes of a file from *start* to before *end*, by at most one request."""
        if name in self._contents:
            return self._contents[name][start:end]
        key = f"{self._path}/{name}"
        found = self._store.range(key, start, end)
        if isinstance(found, Unreadable):
            raise FileUnreadableError(f"{key!r} cannot be read: {found}")
        return _whole(key, found, end - start)


class LocalFiles(VersionFiles):
    """The files of a version that is yet to be uploaded."""

    where = "in the version directory"

    def __init__(self, paths: Mapping[str, Path]) -> None:
        """Take the files at *paths*, by name."""
        self._paths = paths
        self.sizes = {name: path.stat().st_size for name, path in paths.items()}

    def range(self, name: str, start: int, end: int) -> bytes:
        """Return the bytes of a file from *start* to before *end*."""
        path = self._paths[name]
        try:
            with path.open("rb") as file:
                file.seek(start)
                found = file.read(end - start)
        except OSError as error:
            raise FileUnreadableError(f"{path}: {error.strerror}") from error
        return _whole(str(path), found, end - start)


def _whole(key: str, found: bytes, wanted: int) -> bytes:
    """Return *found*; a short answer says nothing of the model."""
    if len(found) != wanted:
        raise FileUnreadableError(f"{key!r} cannot be read: it has {len(found)} of {wanted} bytes")
    return found
