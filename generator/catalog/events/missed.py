"""Warnings of notifications: of queues that are not read, and of changes that no message named."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from generator.catalog.events.inbox import Inbox
from generator.catalog.events.known_listing import KnownListing
from generator.catalog.warned import Warned
from generator.limits.events import QUEUE_MESSAGES
from generator.text.phrases import counted
from generator.text.quoting import quoted

_HINT = (
    "does the bucket notify this queue of all that is created and removed, and does nobody else "
    "take messages from it?"
)

_HINT_OF_OLD = (
    "what runs since then have read is not known here: does each run leave its cache folder to the "
    "next one, as docs/ci.md has it, or has none come since?"
)

UNREAD, BEHIND, MISSED = "events-unread", "events-behind", "events-missed"


def unread(inboxes: Iterable[Inbox]) -> Iterator[Warned]:
    """Yield a warning for each inbox whose queue was not read to its end."""
    for inbox in inboxes:
        if inbox.problem is not None:
            why = "; ".join(inbox.problem.problems)
            text = f"{why}: the store was listed as a whole in its place"
            yield Warned(UNREAD, f"{text}; `tfs-gitops doctor` looks at the queue")
        elif not inbox.is_empty:
            text = f"{inbox.url}: {QUEUE_MESSAGES.over}: the store was listed as a whole"
            way_out = "let the bucket notify of the prefix of its index files alone"
            yield Warned(BEHIND, f"{text}; {way_out}, or sync more often")


def changed(
    before: KnownListing, now: KnownListing, named: Collection[str], late: float
) -> tuple[str, ...]:
    """Return the keys of indexes that differ, and that no message *named*, sorted.

    Not of those that were written after *late*, in seconds of the epoch: their messages may be
    under way.
    """
    then = {item.key: item for item in before.indexes}
    found = []
    for item in now.indexes:
        known = then.pop(item.key, None)
        is_new = known is None or (known.etag, known.size) != (item.etag, item.size)
        if is_new and item.modified.timestamp() <= late:
            found.append(item.key)
    return tuple(sorted({*found, *then} - {*named}))


def missed(url: str, keys: Sequence[str], since: int | None = None) -> Iterator[Warned]:
    """Yield the warning that no message has named the indexes *keys* of the store at *url*.

    Where they were compared with an old listing, its time, in seconds of the epoch, is *since*:
    messages may have gone to runs whose cache has not come to this one.
    """
    if keys:
        when = "" if since is None else f" since {datetime.fromtimestamp(since, UTC):%F %H:%M} UTC"
        what = f"{counted(len(keys), 'index file')} changed{when}, and no message has named"
        which = f"{'it' if len(keys) == 1 else 'them'}: {quoted(keys)}"
        yield Warned(MISSED, f"{url}: {what} {which}; {_HINT if since is None else _HINT_OF_OLD}")
