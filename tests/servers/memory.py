"""A bucket in memory: obstore's own store for tests, listed as a bucket is."""

import obstore
from obstore.store import MemoryStore

from generator.catalog.stored_object import StoredObject


class MemoryLister:
    """Lists a store of obstore's in memory."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def top(self, start):
        """Yield the objects at the top whose names begin with *start*."""
        found = obstore.list_with_delimiter(self._store)["objects"]
        yield from (stored(item) for item in found if item["path"].startswith(start))

    def below(self, directory):
        """Yield the objects in *directory*."""
        for page in obstore.list(self._store, directory):
            yield from map(stored, page)

    def after(self, start):
        """Yield the pages of all objects behind the key *start*."""
        for page in obstore.list(self._store, offset=start):
            yield [stored(item) for item in page]

    def first(self):
        """Yield the first objects of the store."""
        yield from map(stored, next(iter(obstore.list(self._store)), []))

    def verify(self, key):
        """Nothing fails here."""


def stored(item) -> StoredObject:
    """Return an object as obstore lists it."""
    return StoredObject(item["path"], item["size"], item["e_tag"].strip('"'), item["last_modified"])
