"""The mailbox of a program run: each queue is opened once, so that what was taken is not lost."""

from collections.abc import Collection, Mapping

from msgspec import Struct, field

from generator.catalog.events.inbox import Inbox
from generator.catalog.events.known_listing import ListingFile
from generator.catalog.events.ports import Followed, OpenQueue, QueueAddress
from generator.catalog.index_names import NAME, is_almost
from generator.catalog.location import StoreAddress


class Mailbox(Struct, frozen=True):
    """The inboxes of the queues that a run reads."""

    open_queue: OpenQueue
    _inboxes: dict[QueueAddress, Inbox] = field(default_factory=dict)

    def inbox(self, address: QueueAddress) -> Inbox:
        """Return the inbox of the queue at *address*, with what was taken from it before.

        Raises:
            StoreError: There is no way to open it.
        """
        if address not in self._inboxes:
            self._inboxes[address] = Inbox(address.url, self.open_queue(address))
        return self._inboxes[address]


def is_quiet(stores: Mapping[StoreAddress, Followed], mailbox: Mailbox) -> bool:
    """Whether no message, and no other run, has told anything new of followed *stores*.

    Messages about nothing that matters are deleted; those that matter stay in the mailbox.

    Raises:
        StoreError: A queue does not answer.
    """
    if any(ListingFile(address).digest() != it.indexes for address, it in stores.items()):
        return False
    inboxes = [
        mailbox.inbox(queue) for queue in {it: None for f in stores.values() for it in f.queues}
    ]
    if not any(inbox.peek() for inbox in inboxes):
        return True
    for inbox in inboxes:
        inbox.take()
    if any(inbox.problem or not inbox.is_empty for inbox in inboxes):
        return False
    if any(_matters(address, it, inboxes) for address, it in stores.items()):
        return False
    for inbox in inboxes:
        inbox.delete()
    return True


def _matters(address: StoreAddress, store: Followed, inboxes: Collection[Inbox]) -> bool:
    """Whether a message names an index of a store, or an object that its last run went by."""
    return any(
        NAME.fullmatch(key)
        or is_almost(key)
        or any(key.startswith(f"{path}/") for path in store.directories)
        for inbox in inboxes
        for key in inbox.keys(address.location)
    )
