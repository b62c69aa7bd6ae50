"""A glob of a rule: `*`, `?` and `[a-z]` stay within one segment of a path, `**` crosses them.

At the beginning of a segment `**/` is any folders, or none.

It becomes a regular expression that goes back over nothing: between two stars the first
place that fits is as good as any later one, so it is taken for good (atomic groups). Its time
is bounded by the lengths of text and segment, however many stars there are.
"""

import re
from functools import cached_property
from itertools import groupby

from msgspec import Struct

from generator.text.pattern import pattern

_PART = pattern(r"(?<![^/])\*\*/|\*\*|\*|\?|\[!?[^\]]+\]|.", re.DOTALL)
_MEMBER = pattern("(.)(?:-(.))?", re.DOTALL)
_STAR, _CROSSING, _FOLDERS = "*", "**", "**/"
_WILD = "*?["


def literal(text: str) -> str:
    """Return the glob that matches *text* alone."""
    return re.sub(r"[*?\[]", r"[\g<0>]", text)


class Glob(Struct, frozen=True, dict=True):
    """A glob, compiled when it is first matched."""

    text: str

    @property
    def is_literal(self) -> bool:
        """Whether it can match one text only."""
        return not set(self.text) & set(_WILD)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The texts between its wildcards: all of them are in whatever it matches."""
        runs = groupby(_PART.findall(self.text), _is_plain)
        return tuple("".join(run) for is_plain, run in runs if is_plain)

    def matches(self, text: str) -> bool:
        """Whether it matches *text*, from beginning to end."""
        return self._compiled.fullmatch(text) is not None

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        expression = ""
        parts = _PART.findall(self.text)
        crossings = [at for at, part in enumerate(parts) if part in (_CROSSING, _FOLDERS)]
        start, lead = 0, ""
        for end in (*crossings, len(parts)):
            is_last = end == len(parts)
            inner = _within_segments(parts[start:end], is_last=is_last)
            expression += f"(?>{lead}{inner})" if lead and not is_last else f"{lead}{inner}"
            if not is_last:
                lead = ".*?" if parts[end] == _CROSSING else "(?:[^/]*/)*?"
            start = end + 1
        return re.compile(expression, re.DOTALL)


def _within_segments(parts: list[str], *, is_last: bool) -> str:
    """Return the expression of *parts* without a `**`; the *last* of all ends where the text does.

    What stands before another `**` needs no star at its end: that one takes all.
    """
    fixed = [""]
    for part in parts:
        if part == _STAR:
            fixed.append("")
        else:
            fixed[-1] += _one(part)
    first, *others = fixed
    if not others:
        return first
    *middle, last = others
    committed = "".join(f"(?>[^/]*?{text})" for text in middle if text)
    if is_last:
        return f"{first}{committed}[^/]*{last}"
    return f"{first}{committed}" + (f"(?>[^/]*?{last})" if last else "")


def _is_plain(part: str) -> bool:
    """Whether a part of a glob stands for itself."""
    return len(part) == 1 and part not in "*?"


def _one(part: str) -> str:
    """Return the expression of a part that stands for one character."""
    if _is_plain(part):
        return re.escape(part)
    return "[^/]" if len(part) == 1 else _one_of(part[1:-1])


def _one_of(inside: str) -> str:
    """Return the expression of `[...]`: every text has one, and none is an error."""
    members = inside[1:] if len(inside) > 1 and inside[0] == "!" else inside
    ranges = [
        f"{re.escape(first)}-{re.escape(last)}" if last else re.escape(first)
        for first, last in _MEMBER.findall(members)
        if not last or first <= last
    ]
    some = f"[{''.join(ranges)}]" if ranges else "(?!)"
    return f"(?!{some})[^/]" if members != inside else f"(?!/){some}"


def may_meet(one: Glob, other: Glob) -> bool:
    """Whether some text may match both globs; yes where that is not clear.

    A star counts as if it crossed segments, a class as any character.
    """
    parts = _PART.findall(one.text), _PART.findall(other.text)
    ends = {0}
    for part in parts[0]:
        ends = _after(part, _skipping(ends, parts[1]), parts[1])
    return len(parts[1]) in _skipping(ends, parts[1])


def _skipping(ends: set[int], parts: list[str]) -> set[int]:
    """Return *ends*, and those after stars that match nothing."""
    found = set(ends)
    for at, part in enumerate(parts):
        if at in found and _is_star(part):
            found.add(at + 1)
    return found


def _after(part: str, ends: set[int], parts: list[str]) -> set[int]:
    """Return how far *parts* may be matched once *part* is, from any of *ends*."""
    if _is_star(part):
        return set(range(min(ends), len(parts) + 1)) if ends else set()
    found = {at for at in ends if at < len(parts) and _is_star(parts[at])}
    for at in ends - found:
        if at < len(parts) and (
            part == parts[at] or not (_is_plain(part) and _is_plain(parts[at]))
        ):
            found.add(at + 1)
    return found


def _is_star(part: str) -> bool:
    return part in (_STAR, _CROSSING, _FOLDERS)
