"""Held indexes by key and ETag: what is wrong with the bytes of one is so while it has them.

So an index that is large and bad costs its reading once, and not in each run.
"""

import json
from itertools import islice

from generator.catalog import rules
from generator.catalog.findings import Refusals
from generator.catalog.hold import Held, HeldByIndex
from generator.text.typed_json import Form

_MOST = 20_000
"""The indexes that are remembered; more are read again."""

_FILE = Form(tuple[str, list[tuple[str, str, Refusals]]])


def to_json(held: HeldByIndex) -> bytes:
    """Return *held* for a file, of which `from_json` makes the same."""
    entries = [
        [key, etag, [[hold.code, hold.problems] for hold in holds]]
        for (key, etag), holds in islice(held.items(), _MOST)
    ]
    return json.dumps([rules.digest(rules.INDEXES), entries]).encode()


def from_json(data: bytes) -> HeldByIndex:
    """Return what `to_json` has written; nothing, if a program with other rules wrote it.

    Raises:
        ValueError: It is something else.
    """
    judge, entries = _FILE.decode(data)
    if judge != rules.digest(rules.INDEXES):
        return {}
    return {
        (key, etag): tuple(
            Held(index=key, code=code, problems=problems) for code, problems in holds
        )
        for key, etag, holds in entries
    }
