"""Held indexes by key and ETag: what is wrong with the bytes of one is so while it has them.

So an index that is large and bad costs its reading once, and not in each run.
"""

import json
from functools import cache
from hashlib import sha256
from itertools import islice
from pathlib import Path

from generator import __version__
from generator.catalog.findings import Refusals
from generator.catalog.hold import Held, HeldByIndex
from generator.text.typed_json import Form

_MOST = 20_000
"""The indexes that are remembered; more are read again."""

_FILE = Form(tuple[str, list[tuple[str, str, Refusals]]])

_GRAMMAR = ("catalog/*.py", "limits/*.py")
"""The files of the program that decide what an index may say."""


def to_json(held: HeldByIndex) -> bytes:
    """Return *held* for a file, of which `from_json` makes the same."""
    entries = [
        [key, etag, [[hold.code, hold.problems] for hold in holds]]
        for (key, etag), holds in islice(held.items(), _MOST)
    ]
    return json.dumps([_grammar(), entries]).encode()


def from_json(data: bytes) -> HeldByIndex:
    """Return what `to_json` has written; nothing, if a program with other rules wrote it.

    Raises:
        ValueError: It is something else.
    """
    grammar, entries = _FILE.decode(data)
    if grammar != _grammar():
        return {}
    return {
        (key, etag): tuple(
            Held(index=key, code=code, problems=problems) for code, problems in holds
        )
        for key, etag, holds in entries
    }


@cache
def _grammar() -> str:
    """Return the digest of the rules: two programs of one version may have different ones."""
    digest = sha256(__version__.encode())
    package = Path(__file__).parents[1]
    for pattern in _GRAMMAR:
        for path in sorted(package.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()
