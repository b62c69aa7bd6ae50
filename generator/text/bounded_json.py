"""JSON that others may have written, parsed only where it is neither too deep nor too much.

A parser makes up to a hundred bytes of each byte: the brackets and commas are counted first.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from generator.limits.json import JSON_LEVELS, JSON_VALUES
from generator.limits.limit import Limit
from generator.text.pattern import pattern

Make = Callable[[list[tuple[str, Any]]], object]
"""Makes an object of its members, of which two may have one key."""

_ESCAPED = pattern(rb"\\.", re.DOTALL)
_STRING = pattern(rb'"[^"]*+"?')
_OTHER = bytes(set(range(256)) - set(b'"[]{},:'))
_ALL_SQUARE = bytes.maketrans(b"{}", b"[]")


def loads(text: str | bytes, values: Limit = JSON_VALUES, levels: Limit = JSON_LEVELS) -> Any:  # noqa: ANN401
    """Return what *text* says.

    Raises:
        ValueError: It is no JSON, or has more than so many *values* or *levels*.
    """
    measure(encoded(text), values, levels)
    return parse(text)


def encoded(text: str | bytes) -> bytes:
    """Return the bytes of *text*; half a character is one too, and no JSON."""
    return text.encode(errors="surrogatepass") if isinstance(text, str) else text


def measure(data: bytes, values: Limit = JSON_VALUES, levels: Limit = JSON_LEVELS) -> int:
    """Return how many members the objects of *data* have.

    Raises:
        ValueError: It has more than so many *values* or *levels*.
    """
    marks = _marks(data)
    if _openings(marks) + marks.count(b",") >= values:
        raise ValueError(values.over)
    if _is_deeper(marks, levels):
        raise ValueError(levels.over)
    return marks.count(b":")


def parse(text: str | bytes, make: Make | None = None) -> Any:  # noqa: ANN401
    """Return what *text* says, which was measured; *make* makes each object of its members.

    Raises:
        ValueError: It is no JSON.
    """
    try:
        return json.loads(text, object_pairs_hook=make)
    except RecursionError as error:  # brackets that nothing closes
        raise ValueError(JSON_LEVELS.over) from error


def _marks(data: bytes) -> bytes:
    """Return the brackets, commas and colons of *data*, but for those in strings."""
    plain = _ESCAPED.sub(b"", data) if b"\\" in data else data
    strings_of_marks = plain.translate(None, _OTHER).replace(b'""', b"")  # two are never beside
    return _STRING.sub(b"", strings_of_marks)


def _openings(marks: bytes) -> int:
    return marks.count(b"[") + marks.count(b"{")


def _is_deeper(marks: bytes, levels: int) -> bool:
    """Whether brackets lie in each other deeper than *levels*: a turn takes the innermost away."""
    if _openings(marks) <= levels:
        return False
    left = marks.translate(_ALL_SQUARE, b",:")
    for _ in range(levels):
        shorter = left.replace(b"[]", b"")
        if len(shorter) == len(left):
            return False  # nothing is left, or it is no JSON
        left = shorter
    return bool(left)
