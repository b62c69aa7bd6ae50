"""An inbox: the messages that one run has taken from a queue, until it deletes them."""

import logging

from generator.catalog.events.message import keys_in
from generator.catalog.events.ports import Message, Queue
from generator.catalog.location import Location
from generator.errors import StoreError
from generator.limits.events import QUEUE_MESSAGES
from generator.limits.limit import Limit

logger = logging.getLogger("generator")


class Inbox:
    """The messages of one queue in one run."""

    def __init__(self, url: str, queue: Queue, limit: Limit = QUEUE_MESSAGES) -> None:
        self.url = url
        self._queue = queue
        self._limit = limit
        self._taken: dict[str, Message] = {}
        self._is_asked = False
        self.is_empty = False
        """Whether the queue has said that it has no more."""
        self.problem: StoreError | None = None
        """The reason why the queue cannot be read."""

    def peek(self) -> bool:
        """Ask the queue once, and return whether it has a message.

        Raises:
            StoreError: It does not answer.
        """
        if not self._is_asked:
            self._receive()
        return bool(self._taken)

    def take(self) -> None:
        """Take all messages, up to the limit; a queue that does not answer is a *problem*.

        It is asked no more then: what it had later would be deleted, and nobody has looked at it.
        """
        if self.problem is not None:
            return
        try:
            self.peek()
            while not self.is_empty and len(self._taken) < self._limit:
                self._receive()
        except StoreError as error:
            self.problem = error

    def keys(self, location: Location) -> frozenset[str]:
        """Return the keys that the messages name in the store at *location*."""
        found = (keys_in(message.body, location) for message in self._taken.values())
        return frozenset[str]().union(*found)

    def delete(self) -> None:
        """Delete what was taken. What the queue does not let go comes again, and harms nobody."""
        messages, self._taken = [*self._taken.values()], {}
        if not messages:
            return
        try:
            self._queue.delete(messages)
        except StoreError as error:
            why = "; ".join(error.problems)
            logger.warning("messages were not deleted, and come again: %s", why)

    def _receive(self) -> None:
        found = self._queue.receive()
        self._is_asked = True
        # Where a queue hides nothing that was received, the same ones come for ever.
        self.is_empty = all(message.name in self._taken for message in found)
        self._taken |= {message.name: message for message in found}
