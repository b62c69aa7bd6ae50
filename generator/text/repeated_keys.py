"""Keys that an object of JSON has twice: parsers take the last one, and people may mean the other.

A merge of two branches leaves them, where both have added the same key.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from generator.text import bounded_json
from generator.text.json_path import ROOT, step


def refuse(data: bytes) -> None:
    """Refuse *data*, which was measured, if an object in it has a key twice.

    Raises:
        ValueError: One has, and the place is named; or it is no JSON.
    """
    repeating: list[_Repeating] = []

    def made(members: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(members)
        if len(found) < len(members):
            repeating.append(found := _Repeating(members))
        return found

    whole = bounded_json.parse(data, made)
    for place, found in _repeating(whole, ROOT) if repeating else ():
        raise ValueError(f"{place}{step(found.key)}: the key is there twice")


class _Repeating(dict[str, Any]):
    """An object with a key that is there more than once."""

    def __init__(self, members: list[tuple[str, Any]]) -> None:
        super().__init__(members)
        ((self.key, _),) = Counter(key for key, _ in members).most_common(1)


def _repeating(value: object, place: str) -> Iterator[tuple[str, _Repeating]]:
    """Yield the objects that repeat a key, each with its place."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
        if isinstance(value, _Repeating):
            yield place, value
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        yield from _repeating(item, f"{place}{step(key)}")
