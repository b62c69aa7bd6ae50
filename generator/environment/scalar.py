"""The meaning of a plain scalar of YAML, one without quotes, in our files.

Readers of YAML disagree on many of them: `010` is 8 to YAML 1.1 and 10 to YAML 1.2, `no` is
a truth to one and a word to the other. Here a number has plain decimal digits, a truth is
`true` or `false`, and whatever else a reader takes for a number or a truth is unclear.
"""

import re
from decimal import Decimal

from msgspec import Struct

from generator.text.pattern import pattern

_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

_WHOLE = pattern(r"-?(0|[1-9][0-9]*)")
_FRACTION = pattern(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_LONGEST = 40
"""Characters of a number; a longer one is a mistake, and could be too large for a float."""

# What YAML 1.1 or 1.2 reads as a number or a truth, beside the plain ones. Not among them is
# `1e3`: it is a text to most readers, and a quantity of Kubernetes.
_UNCLEAR = pattern(
    r"""(?ix)
    yes | no | on | off
    | [-+]? [0-9] [0-9_]* (\. [0-9_]*)?                # 010, 1_0, +5, 1.
    | [-+]? [0-9] [0-9_]* \. [0-9_]* e [-+] [0-9]+     # 1.5e+3
    | [-+]? \. [0-9] [0-9_]* (e [-+]? [0-9]+)?         # .5
    | [-+]? 0 (x [0-9a-f_]+ | o [0-7_]+ | b [01_]+)    # 0x8
    | [-+]? [0-9] [0-9_]* (: [0-5]? [0-9])+ (\. [0-9_]*)?  # 20:30
    | [-+]? \. inf | \. nan
    """
)

_OTHER = pattern(r"[yn]|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|[-+]?[0-9.]+e[-+]?[0-9]+", re.IGNORECASE)
"""Beside those, a truth, a date and a number to some readers."""

_WITH_BASE = pattern(r"[-+]?0[xob][0-9a-f_]+", re.IGNORECASE)
_DECIMAL = pattern(
    r"[-+]?([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9][0-9_]*)(e[-+]?[0-9]{1,2})?", re.IGNORECASE
)


class Unclear(Struct, frozen=True):
    """A plain scalar that is a number or a truth to some readers, and to us neither."""

    text: str

    def __str__(self) -> str:
        return self.text


def value(text: str) -> str | int | float | bool | Unclear | None:
    """Return what the plain scalar *text* means."""
    if text in _NOTHING:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    if len(text) <= _LONGEST:
        if _WHOLE.fullmatch(text):
            return int(text)
        if _FRACTION.fullmatch(text):
            return float(text)
    return Unclear(text) if _UNCLEAR.fullmatch(text) else text


def is_text_to_all(text: str) -> bool:
    """Whether every reader of YAML takes *text* for a text, also without quotes."""
    return value(text) == text and not _OTHER.fullmatch(text) and decimal(text) is None


def decimal(text: str) -> str | None:
    """Return how the number that *text* writes in some way is written plainly, if it is one."""
    if len(text) > _LONGEST:
        return None
    try:
        if _WITH_BASE.fullmatch(text):
            return str(int(text, 0))
        if not _DECIMAL.fullmatch(text):
            return None
        plain = format(Decimal(text.replace("_", "")), "f")
    except ValueError:
        return None
    if "." in plain:
        plain = plain.rstrip("0").removesuffix(".")
    return plain.removeprefix("+") if len(plain) <= _LONGEST else None
