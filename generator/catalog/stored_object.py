"""An object of a store as its listing tells it, and the store's words where it hands out none."""

from datetime import datetime

from msgspec import Struct


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
