"""An object of a store as its listing tells it, and the store's words where it hands out none."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from msgspec import Struct, msgpack

_ANY = "surrogatepass"  # a name in a folder may have bytes that are no text
_ROWS = msgpack.Decoder(list[tuple[bytes, int, bytes, datetime]])


class Unreadable(str):
    """The store's own reason for not handing out one object, or the listing of one directory."""

    __slots__ = ()


class Missing(Unreadable):
    """The store's own word that there is no such key; no other answer says so."""

    __slots__ = ()


class Replaced(Unreadable):
    """The words for an object that is another one by now than was listed."""

    __slots__ = ()


class TooLarge(Unreadable):
    """The words for an object that is larger than any that is read."""

    __slots__ = ()


class StoredObject(Struct, frozen=True):
    """An object as a listing of the store tells it; *key* is relative to the store."""

    key: str
    size: int
    """Bytes."""
    etag: str
    """Without quotes."""
    modified: datetime


class PackedObjects(Struct, frozen=True):
    """Objects that wait for a look at them, in a quarter of the memory: there may be a million."""

    data: bytes

    @classmethod
    def of(cls, objects: Iterable[StoredObject]) -> Self:
        """Return *objects* packed."""
        rows = [
            (it.key.encode(errors=_ANY), it.size, it.etag.encode(errors=_ANY), it.modified)
            for it in objects
        ]
        return cls(msgpack.encode(rows))

    def unpacked(self) -> tuple[StoredObject, ...]:
        """Return the objects."""
        return tuple(
            StoredObject(key.decode(errors=_ANY), size, etag.decode(errors=_ANY), modified)
            for key, size, etag, modified in _ROWS.decode(self.data)
        )


Objects = dict[str, PackedObjects]
"""The objects of versions, by the path of their directory."""
