"""Held indexes by key and ETag: what is wrong with the bytes of one is so while it has them.

So an index that is large and bad costs its reading once, and not in each run.
"""

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from itertools import islice
from pathlib import Path

from generator import __version__
from generator.catalog.hold import Code, Held
from generator.text import bounded_json

HeldByIndex = Mapping[tuple[str, str], tuple[Held, ...]]
"""The holds of indexes that claim nothing, by the key and the ETag of the index."""

_MOST = 20_000
"""The indexes that are remembered; more are read again."""

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
        ValueError, TypeError: It is something else.
    """
    grammar, entries = bounded_json.loads(data)
    if grammar != _grammar():
        return {}
    return {
        (str(key), str(etag)): tuple(
            Held(index=str(key), code=Code(code), problems=tuple(map(str, problems)))
            for code, problems in holds
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
