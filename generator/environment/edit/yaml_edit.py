"""Edits of a YAML text as splices, which bring one value to another.

Each step mends one difference and touches no character beside it, so comments, order and
spelling stay. Whoever calls applies the splices, reads the text again and asks for more.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from generator.environment.edit.yaml_nodes import BREAK, Kind, Node, line_end, line_start, next_line
from generator.environment.scalar import is_text_to_all
from generator.text.pattern import pattern

Splice = tuple[int, int, str]
"""Start and end of what goes, and what comes instead."""

_PLAIN = pattern(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")
_FILLER = pattern(r"(?:\s|#[^\r\n\x85\u2028\u2029]*)*")
_ESCAPES = {'"': '\\"', "\\": "\\\\"}


class NotEditableError(Exception):
    """An edit cannot be made where the value is written: by an alias, an anchor or a rare form."""


def spliced(text: str, splices: Sequence[Splice]) -> str:
    """Return *text* with all *splices* made, which must not overlap."""
    for start, end, new in sorted(splices, key=lambda splice: splice[:2], reverse=True):
        text = text[:start] + new + text[end:]
    return text


def flow(value: Any) -> str:  # noqa: ANN401  plain data
    """Return plain data as YAML on one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{flow(key)}: {flow(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if _PLAIN.fullmatch(value) and is_text_to_all(value):
        return str(value)
    return f'"{"".join(map(_quoted, value))}"'


def newline(text: str) -> str:
    """Return the line break that *text* uses."""
    found = BREAK.search(text)
    return found[0] if found else "\n"


def step(text: str, node: Node, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Splice]:
    """Return the splices that mend one difference between two mappings, *old* written at *node*.

    Raises:
        NotEditableError: The mapping is written elsewhere, or in a form that is not known here.
    """
    if len(node.entries) != len(old):
        raise NotEditableError
    keys = list(old)
    gone = [number for number, key in enumerate(keys) if key not in new]
    added = [key for key in new if key not in old]
    for number, key in enumerate(keys):
        if key in new and old[key] != new[key]:
            return _changed(text, node.entries[number], old[key], new[key])
    if gone and added and node.entries[gone[0]][1].kind is not Kind.BLOCK:
        name, value = node.entries[gone[0]]
        return [(name.start, value.end, f"{flow(added[0])}: {flow(new[added[0]])}")]
    if added:
        before = [key for key in list(new)[: list(new).index(added[0])] if key in old]
        number = keys.index(before[-1]) if before else len(keys) - 1
        return [_entry_after(text, node, number, f"{flow(added[0])}: {flow(new[added[0]])}")]
    return _entry_removed(text, node, gone[0])


def item_after(text: str, node: Node, number: int, item: str) -> list[Splice]:
    """Return the splices that put *item* after the item *number* of a list; -1: before all."""
    if node.kind is Kind.FLOW:
        return _flow_item(text, node, number, item)
    dash = " " * node.column + "- "
    if number < 0:
        start = line_start(text, node.items[0].start)
        return [(start, start, f"{dash}{item}{newline(text)}")]
    end = line_end(text, node.items[number].end)
    return [(end, end, f"{newline(text)}{dash}{item}")]


def _changed(text: str, entry: tuple[Node, Node], old: Any, new: Any) -> list[Splice]:  # noqa: ANN401
    """Bring one value of a mapping to another."""
    key, value = entry
    if value.kind in {Kind.FLOW, Kind.BLOCK} and old and new:
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            return step(text, value, old, new)
        if isinstance(old, list) and isinstance(new, list):
            stay = [item for item in old if item in new]
            if not stay and value.kind is Kind.BLOCK:
                first = value.items[0]
                return [(first.start, line_end(text, first.end), flow(new[0]))]
            if stay and stay == [item for item in new if item in old]:
                return _list(text, value, old, new)
    if value.kind is not Kind.BLOCK:
        gap = " " if value.start == value.end else ""
        return [(value.start, value.end, f"{gap}{flow(new)}")]
    if value.is_decorated:
        raise NotEditableError
    colon = text.index(":", key.end) + 1
    return [(colon, colon, f" {flow(new)}"), _lines(text, value.start, value.end)]


def _list(text: str, node: Node, old: list[Any], new: list[Any]) -> list[Splice]:
    """Add or remove one item; those that stay have the order that is wanted."""
    for number, item in enumerate(old):
        if item not in new:
            return _item_removed(text, node, number)
    number, item = next((i, item) for i, item in enumerate(new) if item not in old)
    return item_after(text, node, number - 1, flow(item))


def _entry_after(text: str, node: Node, number: int, entry: str) -> Splice:
    end = node.entries[number][1].end
    if node.kind is Kind.FLOW:
        return end, end, f", {entry}"
    end = line_end(text, end)
    return end, end, f"{newline(text)}{' ' * node.column}{entry}"


def _entry_removed(text: str, node: Node, number: int) -> list[Splice]:
    key, value = node.entries[number]
    if node.kind is Kind.FLOW:
        spans = [(name.start, item.end) for name, item in node.entries]
        return _flow_removed(text, spans, number)
    if not text[line_start(text, key.start) : key.start].strip(" \ufeff"):
        return [_lines(text, key.start, value.end)]
    following = node.entries[number + 1][0].start
    end = line_end(text, value.end)
    return [(key.start, end if "#" in text[end:following] else following, "")]


def _item_removed(text: str, node: Node, number: int) -> list[Splice]:
    item = node.items[number]
    if node.kind is Kind.FLOW:
        return _flow_removed(text, [(one.start, one.end) for one in node.items], number)
    if text[line_start(text, item.start) : item.start].strip() != "-":
        raise NotEditableError
    return [_lines(text, item.start, item.end)]


def _flow_removed(text: str, spans: Sequence[tuple[int, int]], number: int) -> list[Splice]:
    """Remove a part between brackets, with a comma and without the comments around it."""
    start, end = spans[number]
    comma = _comma(text, end)
    if comma is not None and _has_line(text, start, comma + 1):
        return [_lines(text, start, comma)]
    if number + 1 < len(spans) and "#" not in text[end : spans[number + 1][0]]:
        return [(start, spans[number + 1][0], "")]
    before = spans[number - 1][1] if number else start
    if comma is None and "#" not in text[before:start]:
        return [(before, end, "")]
    return [(start, end, "")] + ([(comma, comma + 1, "")] if comma is not None else [])


def _flow_item(text: str, node: Node, number: int, item: str) -> list[Splice]:
    """Put an item between brackets: on a line of its own, if the one beside it has one."""
    if not node.items:
        start = text.index("[", node.start) + 1
        return [(start, start, item)]
    beside = node.items[max(number, 0)]
    start, end = line_start(text, beside.start), line_end(text, beside.end)
    indent = text[start : beside.start]
    has_line = start > node.start and not indent.strip()
    if number < 0:
        gap = f"{newline(text)}{indent}" if has_line else " "
        return [(beside.start, beside.start, f"{item},{gap}")]
    comma = _comma(text, beside.end)
    later = [one.start for one in node.items[number + 1 :]]
    if not has_line or end > min([*later, node.end]) or (comma or 0) > end:
        return [(beside.end, beside.end, f", {item}")]
    below = f"{newline(text)}{indent}{item}"
    if comma is not None:
        return [(end, end, f"{below},")]
    return [(beside.end, beside.end, ","), (end, end, below)]


def _has_line(text: str, start: int, end: int) -> bool:
    """Whether nothing but a comment is on the lines from *start* to *end* beside that part."""
    beside = text[line_start(text, start) : start], text[end : line_end(text, end)]
    return not beside[0].strip() and re.fullmatch(r"\s*(#.*)?", beside[1], re.DOTALL) is not None


def _comma(text: str, position: int) -> int | None:
    """Return where the comma after *position* is, behind spaces and comments at most."""
    found = _FILLER.match(text, position)
    end = found.end() if found else position
    return end if text[end : end + 1] == "," else None


def _lines(text: str, start: int, end: int) -> Splice:
    """Return the splice that removes the whole lines from *start* to *end*."""
    first, last = line_start(text, start), next_line(text, end)
    if last == len(text) and first and not BREAK.fullmatch(text, line_end(text, end), last):
        first = _before_break(text, first)
    return first, last, ""


def _before_break(text: str, position: int) -> int:
    return position - (2 if text[position - 2 : position] == "\r\n" else 1)


def _quoted(character: str) -> str:
    if character in _ESCAPES or character.isprintable():
        return _ESCAPES.get(character, character)
    return f"\\U{ord(character):08x}"
