"""Port of the listings of one bucket, below the prefix of a store."""

from collections.abc import Iterator
from typing import Protocol

from generator.catalog.stored_object import StoredObject


class BucketListing(Protocol):
    """The listings of one bucket.

    Each raises StoreError where the store fails, and ObjectUnreadableError where it answers and
    does not list what was asked for.
    """

    def top(self, start: str) -> Iterator[StoredObject]:
        """Yield the objects at the top whose names begin with *start*, in no order."""
        ...

    def below(self, directory: str) -> Iterator[StoredObject]:
        """Yield the objects in *directory*, without its own folder marker."""
        ...

    def after(self, start: str) -> Iterator[list[StoredObject]]:
        """Yield the pages of all objects behind the key *start*."""
        ...

    def first(self) -> Iterator[StoredObject]:
        """Yield the first objects, and those whose names begin like `index`."""
        ...

    def verify(self, key: str) -> None:
        """List one object, after the store has not handed out *key*."""
        ...


def in_order(before: str, after: str) -> bool:
    """Whether a listing may have *after* behind *before*; a slash at its end was dropped.

    S3 orders keys by their bytes, `m-2/1` before `m/1`; SeaweedFS by their segments, `m/1` first.
    """
    return before < f"{after}/" or before.split("/") < after.split("/")
