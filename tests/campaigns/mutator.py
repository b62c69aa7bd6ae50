"""Texts that are nearly right: good examples with some places changed, cut, grown or mixed."""

from collections.abc import Callable, Sequence
from random import Random

_MOST = 4
"""The changes of one text."""
_LARGEST = 1 << 16
"""The bytes to which a change lets a text grow."""
_NUMBERS = (0, 1, -1, 2**31, 2**63, 2**64, -(2**63), 10**30, 10**400)
_BYTES = (0, 0x22, 0x27, 0x2C, 0x2F, 0x5C, 0x7B, 0x80, 0x85, 0xBF, 0xC2, 0xED, 0xFE, 0xFF)
_ALWAYS = (
    *("\ufeff", "\u2028", "\u202e", "\ud7ff", "\U0001f600", "\x85"),
    *("../", "/", "//", "\\", "\r\n", "\r", "\n\n", "\t", " ", '"', '""', "'", "null", "{}", "[]"),
    *("true", "NaN", "Infinity", "-0", "1e999", "0x1F", "1_000", "٣", "%s", "${x}", "{{ x }}"),
)
Change = Callable[[bytes, Random], bytes]


class Mutator:
    """Makes texts of *examples*; *tokens* are words that the format knows."""

    def __init__(self, examples: Sequence[bytes], tokens: Sequence[bytes] = ()) -> None:
        self._examples = examples
        self._tokens = [*tokens, *(one.encode("utf-8", "surrogatepass") for one in _ALWAYS)]
        self._changes: list[Change] = [
            *(_flip, _byte, _cut, _end, _twice, _often, _number, _swap, _nest),
            *(self._token, self._token, self._mix),
        ]

    def text(self, draw: Random) -> bytes:
        """Return a text; one in a hundred is noise."""
        if draw.random() < 0.01:
            return draw.randbytes(draw.randrange(300))
        data = draw.choice(self._examples)
        for _ in range(draw.randint(1, _MOST)):
            data = draw.choice(self._changes)(data, draw)[:_LARGEST]
        return data

    def _token(self, data: bytes, draw: Random) -> bytes:
        at, to = _span(data, draw) if draw.random() < 0.5 else (_place(data, draw),) * 2
        return data[:at] + draw.choice(self._tokens) + data[to:]

    def _mix(self, data: bytes, draw: Random) -> bytes:
        other = draw.choice(self._examples)
        return data[: _place(data, draw)] + other[_place(other, draw) :]


def _place(data: bytes, draw: Random) -> int:
    return draw.randint(0, len(data))


def _span(data: bytes, draw: Random) -> tuple[int, int]:
    """Return a short span, mostly, or any."""
    at = _place(data, draw)
    longest = 8 if draw.random() < 0.7 else len(data)
    return at, min(len(data), at + draw.randint(0, longest))


def _flip(data: bytes, draw: Random) -> bytes:
    if not data:
        return data
    at = draw.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << draw.randrange(8))]) + data[at + 1 :]


def _byte(data: bytes, draw: Random) -> bytes:
    at = _place(data, draw)
    return data[:at] + bytes([draw.choice(_BYTES)]) + data[at + draw.randint(0, 1) :]


def _cut(data: bytes, draw: Random) -> bytes:
    at, to = _span(data, draw)
    return data[:at] + data[to:]


def _end(data: bytes, draw: Random) -> bytes:
    return data[: _place(data, draw)]


def _twice(data: bytes, draw: Random) -> bytes:
    at, to = _span(data, draw)
    return data[:to] + data[at:]


def _often(data: bytes, draw: Random) -> bytes:
    at, to = _span(data, draw)
    times = min(2 ** draw.randint(1, 14), _LARGEST // max(1, to - at))
    return data[:at] + data[at:to] * times + data[to:]


def _number(data: bytes, draw: Random) -> bytes:
    """Replace the digits at a place by another number."""
    digits = [at for at, one in enumerate(data) if 0x30 <= one <= 0x39]
    at = to = draw.choice(digits) if digits else _place(data, draw)
    while to < len(data) and 0x30 <= data[to] <= 0x39:
        to += 1
    return data[:at] + str(draw.choice(_NUMBERS)).encode() + data[to:]


def _swap(data: bytes, draw: Random) -> bytes:
    (at, to), (first, last) = sorted((_span(data, draw), _span(data, draw)))
    if first < to:
        return data
    return data[:at] + data[first:last] + data[to:first] + data[at:to] + data[last:]


def _nest(data: bytes, draw: Random) -> bytes:
    """Open, and perhaps close again, many brackets."""
    at, depth = _place(data, draw), 2 ** draw.randint(1, 14)
    opens, closes = draw.choice(((b"[", b"]"), (b"{", b"}"), (b'{"a":', b"}"), (b"(", b")")))
    inside = b"" if draw.random() < 0.5 else closes * depth
    return data[:at] + opens * depth + inside + data[at:]
