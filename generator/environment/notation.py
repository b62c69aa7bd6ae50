"""The notation of wrong values of a document, and of the right ones, for messages."""

import json
import re

from generator.environment import scalar

_LONGEST = 80
_TRUTHS = {
    "true": "true",
    "false": "false",
    "yes": "true",
    "on": "true",
    "y": "true",
    "no": "false",
    "off": "false",
    "n": "false",
}


def on_one_line(value: object, written: str | None) -> str:
    """Return *value* on one line; *written* is its text in the file, if it has no quotes there.

    A number, or what looks like one, is shown as it was written.
    """
    text = json.dumps(value, default=str, ensure_ascii=False)
    if written and (not isinstance(value, str) or scalar.decimal(written) is not None):
        text = written
    if len(text) < _LONGEST:
        return text
    digits = f" ({len(text):,} digits)" if text.isdigit() else ""
    return f"{text[: _LONGEST - 3]}...{digits}"


def advice(value: object, written: str | None, types: frozenset[str], pattern: str | None) -> str:
    """Return what to write in place of *value*, where one of *types* is wanted; or nothing.

    The types are those of JSON Schema; a text must also match *pattern*.
    """
    text = value if isinstance(value, str) else written
    if not text or value is None or len(text) > _LONGEST:
        return ""
    ways = []
    number = scalar.decimal(text)
    is_fraction = number is not None and "." in number
    if number and ("number" in types or ("integer" in types and not is_fraction)):
        ways.append(number if written else f"{number} without quotes")
    elif "boolean" in types and (truth := _TRUTHS.get(text.lower())):
        ways.append(truth if written else f"{truth} without quotes")
    elif isinstance(value, scalar.Unclear) and types & {"number", "integer"}:
        ways.append("plain decimal digits")
    if "string" in types and not isinstance(value, str) and re.search(pattern or "", text):
        ways.append(f'"{text}" in quotes')
    return f": write {', or '.join(ways)}" if ways else ""
