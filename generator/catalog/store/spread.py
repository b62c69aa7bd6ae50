"""A long listing in parts, which are asked for side by side.

Names that begin with a UUID that is random, or a hash (versions 3 to 5 of RFC 9562), are
evenly spread over its first digits, so that one page tells how many there are. Names of any
other form are listed page after page, and so are those that lie between the parts.
"""

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from generator.text.pattern import pattern

PAGE = 1000
"""The most keys of a page."""

_UUID = pattern(r"[0-9a-f]{8}-[0-9a-f]{4}-[345][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_DIGITS = "0123456789abcdef"
_BEHIND_9, _BEHIND_F = ":", "g"
_FEW = 4
"""Pages that are as quickly asked for one after the other."""
_MOST_DIGITS = 4
_COUNTED = 4  # digits that tell how far a page leads
_END: int = 16**_COUNTED


class Part(Struct, frozen=True):
    """A part of a listing: the keys that begin with *prefix*, behind one key and before another."""

    prefix: str
    after: str = ""
    """Empty for the first."""
    until: str = ""
    """Empty for the last."""


class Spread(Struct, frozen=True):
    """A listing of keys that begin with *start*, and then with *digits* of a UUID."""

    start: str
    digits: str = ""

    @property
    def prefix(self) -> str:
        """The beginning of all keys."""
        return f"{self.start}{self.digits}"

    def deeper(self, prefix: str) -> "Spread":
        """Return the listing of the keys that begin with *prefix*, which is longer than its own."""
        return Spread(self.start, prefix.removeprefix(self.start))

    def parts(self, page: Sequence[str]) -> tuple[Part, ...]:
        """Return the parts of what comes behind the first *page*; none where they do not pay."""
        if not self._pays(page):
            return ()
        last, behind = page[-1], f"{self.prefix}{_BEHIND_9}"
        own = last[len(self.prefix)]
        digits = _DIGITS[_DIGITS.index(own) :]
        return (
            *(Part(f"{self.prefix}{it}", last if it == own else "") for it in digits),
            Part(self.prefix, behind, f"{self.prefix}a"),
            Part(self.prefix, f"{self.prefix}{_BEHIND_F}"),
        )

    def _pays(self, page: Sequence[str]) -> bool:
        if len(self.digits) >= _MOST_DIGITS or len(page) < PAGE:
            return False
        first, last = self._place(page[0]), self._place(page[-1])
        if last is None or any(a >= b for a, b in pairwise(page)):
            return False
        return _END - last > _FEW * (last - (first or 0))

    def _place(self, key: str) -> int | None:
        """Return how far behind the digits of all keys *key* is, of `_END`; None for no UUID."""
        name = key.removeprefix(self.start)
        if not _UUID.match(name):
            return None
        digits = name.replace("-", "")[len(self.digits) :]
        return int(digits[:_COUNTED], 16)
