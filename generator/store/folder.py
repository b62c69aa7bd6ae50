"""A local folder as a store."""

import hashlib
from collections.abc import Collection, Iterator

import obstore
from obstore.exceptions import BaseError

from generator.catalog import StoredObject
from generator.index import NAME
from generator.parallel import each
from generator.ports import Unreadable
from generator.store.objects import Objects, failed, stored


class FolderStore(Objects):
    """A folder. Its listing has no content ETags, so those of indexes are their MD5."""

    def indexes(self) -> tuple[StoredObject, ...]:
        """Return the index files at the top of the folder, sorted by key."""
        try:
            found = obstore.list_with_delimiter(self._store)["objects"]
        except (BaseError, OSError) as error:
            raise failed(self.location, error) from error
        names = [item["path"] for item in found if NAME.fullmatch(item["path"])]
        contents = dict(self.read(names))
        items = (stored(item) for item in found if item["path"] in contents)
        return tuple(
            StoredObject(item.key, item.size, _md5(contents[item.key]), item.modified)
            for item in sorted(items, key=lambda item: item.key)
        )

    def objects(
        self, directories: Collection[str]
    ) -> Iterator[tuple[str, tuple[StoredObject, ...]]]:
        """Yield each directory with all files below it."""
        yield from each(self._directory, directories)

    def _directory(self, path: str) -> tuple[str, tuple[StoredObject, ...]]:
        try:
            pages = obstore.list(self._store, path)
            return path, tuple(stored(item) for page in pages for item in page)
        except (BaseError, OSError, ValueError) as error:
            raise failed(self.location, error) from error


def _md5(data: bytes | Unreadable) -> str:
    text = data.encode() if isinstance(data, Unreadable) else data
    return hashlib.md5(text, usedforsecurity=False).hexdigest()
