"""Colours: whether there are any, and which each kind of line has."""

from collections.abc import Mapping
from typing import Any

STYLES: dict[str, dict[str, Any]] = {
    "heading": {"bold": True},
    "add": {"fg": "green"},
    "update": {"fg": "yellow"},
    "remove": {"fg": "red"},
    "later": {"fg": "cyan"},
    "held": {"fg": "magenta"},
    "warning": {"fg": "yellow"},
    "danger": {"fg": "red", "bold": True},
    "place": {"fg": "cyan"},
}
"""By the value of `Tone`."""

WORDS = {"error": "red", "hint": "cyan", "warning": "yellow", "note": "yellow", "next": "cyan"}
"""The words that begin what is told on stderr."""


def asked(environ: Mapping[str, str]) -> bool | None:
    """Return whether a person asked for colours or against them; None leaves it to the stream.

    `NO_COLOR` wins, then `FORCE_COLOR`, each where it is not empty, then `TERM=dumb`.
    """
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "") not in {"", "0"}:
        return True
    return False if environ.get("TERM") == "dumb" or environ.get("FORCE_COLOR") == "0" else None
