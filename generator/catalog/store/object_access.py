"""Access to single objects of a store: the part in which a bucket and a folder differ."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from generator.catalog.location import Location
from generator.catalog.store.answers import ObjectReplacedError
from generator.catalog.stored_object import StoredObject


def other_etag(item: StoredObject, etag: str) -> ObjectReplacedError:
    """Return the error for an object that has another ETag than was listed."""
    return ObjectReplacedError(f"its ETag is now {etag!r}, it was {item.etag!r}")


def other_size(item: StoredObject, size: int) -> ObjectReplacedError:
    """Return the error for an object that has another size than was listed."""
    return ObjectReplacedError(f"it has {size:,} bytes, the listing said {item.size:,}")


class ObjectAccess(ABC):
    """Access to the objects below the prefix of a location, one at a time."""

    def __init__(self, location: Location) -> None:
        self.location = location

    @abstractmethod
    def write(self, key: str, data: bytes | Path) -> str:
        """Write one object whole and return its ETag, without quotes; empty without one.

        Raises:
            StoreError: The store refuses it.
        """

    @abstractmethod
    def _chunks(
        self, key: str, span: tuple[int, int] | None = None, etag: str = ""
    ) -> Iterator[bytes]:
        """Yield the bytes of an object, or of a span of it that is not empty.

        Raises:
            ObjectUnreadableError: The store has no such object, keeps it to itself, or has one with
                another ETag than *etag*, if that is given.
            StoreError: The store itself fails.
        """

    def _first(self, key: str, count: int) -> bytes:
        """Return the first *count* bytes of an object, or all that it has.

        Raises:
            ObjectUnreadableError: The store has no such object, or keeps it to itself.
            StoreError: The store itself fails.
        """
        found = BytesIO()  # it hands out what was written without a copy
        for chunk in self._chunks(key, (0, count)):
            found.write(chunk)
        return found.getvalue()

    @abstractmethod
    def _head(self, item: StoredObject, count: int) -> bytes:
        """Return the first *count* bytes of an object as it was listed, or all that it has.

        Raises:
            ObjectReplacedError: It has another size or ETag by now.
            ObjectUnreadableError: The store has no such object, or keeps it to itself.
            StoreError: The store itself fails.
        """

    @abstractmethod
    def _below(self, directory: str) -> Iterator[StoredObject]:
        """Yield all objects in *directory*.

        Raises:
            ObjectUnreadableError: The store does not list that directory.
            StoreError: The store itself fails.
        """

    @abstractmethod
    def _verify(self, key: str) -> None:
        """List something small, after the store has not handed out *key*.

        Raises:
            StoreError: The store itself fails.
        """

    @abstractmethod
    def _first_keys(self) -> Iterator[str]:
        """Yield keys of the store, as many as a page or two of a listing have.

        Raises:
            StoreError: The store itself fails.
        """
