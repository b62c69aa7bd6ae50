"""A bucket in memory: obstore's own store for tests, listed as a bucket is."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import obstore
from obstore.store import ObjectStore

from generator.catalog.stored_object import StoredObject

if TYPE_CHECKING:
    from obstore import ObjectMeta


class MemoryLister:
    """Lists a store of obstore's in memory."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def top(self, start: str) -> Iterator[StoredObject]:
        """Yield the objects at the top whose names begin with *start*."""
        found = obstore.list_with_delimiter(self._store)["objects"]
        yield from (stored(item) for item in found if item["path"].startswith(start))

    def below(self, directory: str) -> Iterator[StoredObject]:
        """Yield the objects in *directory*."""
        for page in obstore.list(self._store, directory):
            yield from map(stored, page)

    def after(self, start: str) -> Iterator[list[StoredObject]]:
        """Yield the pages of all objects behind the key *start*."""
        for page in obstore.list(self._store, offset=start):
            yield [stored(item) for item in page]

    def first(self) -> Iterator[StoredObject]:
        """Yield the first objects of the store."""
        yield from map(stored, next(iter(obstore.list(self._store)), []))

    def verify(self, key: str) -> None:
        """Nothing fails here."""


def stored(item: "ObjectMeta") -> StoredObject:
    """Return an object as obstore lists it."""
    return StoredObject(item["path"], item["size"], item["e_tag"].strip('"'), item["last_modified"])
