"""Findings on the queue of a store's notifications: whether a sync may receive and delete."""

from collections.abc import Callable

from generator.catalog.events.ports import QueueAddress
from generator.errors import GeneratorError
from generator.status.doctor.finding import Finding

_CHECK = "queue"
_RIGHTS = (
    "name a queue that is there, and let the sync job receive and delete its messages "
    "(sqs:ReceiveMessage, sqs:DeleteMessage): until then each sync lists the store"
)


def finding(address: QueueAddress, try_rights: Callable[[QueueAddress], None]) -> Finding:
    """Return how the queue at *address* is; a sync works without it, and costs more."""
    try:
        try_rights(address)
    except GeneratorError as error:
        return Finding.warn(_CHECK, "; ".join(error.problems), _RIGHTS)
    return Finding.ok(_CHECK, f"{address.url}: messages can be received and deleted")
