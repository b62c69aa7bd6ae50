"""The port of inventories: the folder in which a store puts them."""

from collections.abc import Collection, Iterator
from typing import Protocol

from generator.catalog.location import Location
from generator.catalog.stored_object import StoredObject, Unreadable


class InventoryFolder(Protocol):
    """A bucket below one prefix; every method raises StoreError when it fails."""

    location: Location

    def between(self, start: str, end: str) -> Iterator[StoredObject]:
        """Yield the objects behind the key *start* and before *end*."""
        ...

    def read(self, keys: Collection[str]) -> Iterator[tuple[str, bytes | Unreadable]]:
        """Yield the bytes of each object, or why it is withheld."""
        ...

    def stream(self, item: StoredObject) -> Iterator[bytes | Unreadable]:
        """Yield the bytes of *item* in pieces; an Unreadable ends them."""
        ...
