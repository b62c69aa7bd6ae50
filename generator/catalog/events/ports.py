"""Port of a queue, to which a store sends its notifications, and what is compared of that store."""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from msgspec import Struct


class QueueAddress(Struct, frozen=True):
    """The address of a queue: its URL, and the region where that does not tell it."""

    url: str
    region: str | None = None


class Message(Struct, frozen=True):
    """A message as it was received; it comes again unless it is deleted."""

    name: str
    """The same each time that it comes."""
    body: str
    handle: str
    """By which it is deleted, as it came this time."""


class Queue(Protocol):
    """A queue of messages. Every method raises StoreError where the queue does not answer."""

    def receive(self) -> Sequence[Message]:
        """Return some messages, in any order; none where the queue says that it has none."""
        ...

    def delete(self, messages: Collection[Message]) -> None:
        """Delete *messages*: nobody gets them again."""
        ...


OpenQueue = Callable[[QueueAddress], Queue]


class Followed(Struct, frozen=True):
    """The state of a followed store, to be compared with what a later run finds."""

    indexes: str
    """The digest of the listing that was kept."""
    directories: Collection[str]
    """Those that a run has compared or held: a message about an object there means another run."""
    queues: Collection[QueueAddress]
