"""The nodes of a YAML text with the positions of each, down to the character.

Parsers give values and drop the rest; here the rest is what matters. A node ends after its
last visible character, so comments and blank lines lie between nodes and belong to none.
"""

from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import Any

import yaml
from msgspec import Struct
from yaml import events

from generator.environment import yaml_document
from generator.errors import InvalidInputError
from generator.text.pattern import pattern

BREAK = pattern("\r\n|[\r\n\x85\u2028\u2029]")
"""The end of a line."""


class Kind(Enum):
    """The form in which a node is written."""

    SCALAR = "scalar"
    ALIAS = "alias"
    FLOW = "in brackets"
    BLOCK = "by indentation"


class Node(Struct, frozen=True):
    """One value of the text, with what it is made of."""

    kind: Kind
    start: int
    end: int
    column: int
    """Of its keys or dashes, if it is written by indentation."""
    items: tuple["Node", ...] = ()
    """Of a list."""
    entries: tuple[tuple["Node", "Node"], ...] = ()
    """Of a mapping: keys and values."""
    is_decorated: bool = False
    """It has an anchor or a tag."""


@lru_cache(maxsize=2)  # parsing is slow, and each step of an edit asks again
def outline(text: str) -> Node | None:
    """Return the outline of *text*, or None if it is empty or no YAML."""
    try:
        found = list(yaml.parse(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, OverflowError):
        return None
    wanted = (events.NodeEvent, events.CollectionEndEvent)
    reading = _Reading(text, iter(item for item in found if isinstance(item, wanted)))
    try:
        return reading.node()
    except StopIteration:
        return None


@lru_cache(maxsize=2)
def values(text: str) -> Any:  # noqa: ANN401  any YAML value
    """Return the values of *text* as `yaml_document.read` has them, for reading only.

    None also if it is no YAML.
    """
    try:
        return yaml_document.read(text, "").data
    except InvalidInputError:
        return None


def line_start(text: str, position: int) -> int:
    """Return where the line of *position* starts."""
    return max(text.rfind(mark, 0, position) for mark in "\r\n\x85\u2028\u2029") + 1


def line_end(text: str, position: int) -> int:
    """Return where the line of *position* ends, before its break."""
    found = BREAK.search(text, position)
    return found.start() if found else len(text)


def next_line(text: str, position: int) -> int:
    """Return where the line after that of *position* starts, or the end of the text."""
    found = BREAK.search(text, position)
    return found.end() if found else len(text)


class _Reading(Struct, frozen=False):
    """Builds nodes from the events of a parser."""

    text: str
    events: Iterator[Any]
    _after: int = 0
    """The end of the node before."""

    def node(self) -> Node:
        return self._node(next(self.events))

    def _node(self, event: Any) -> Node:  # noqa: ANN401  the library's events have no types
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, events.AliasEvent):
            return self._ended(Node(Kind.ALIAS, start, end, 0))
        decorated = bool(event.anchor or event.tag)
        if isinstance(event, events.ScalarEvent):
            if start == end or not self.text[start:end].strip():  # nothing: after the colon
                start = end = self._after + len(_COLON.match(self.text, self._after)[0])  # type: ignore[index]
            end = start + len(self.text[start:end].rstrip())  # a block scalar has line breaks
            return self._ended(Node(Kind.SCALAR, start, end, 0, (), (), decorated))
        nodes: list[Node] = []
        while not isinstance(inner := next(self.events), events.CollectionEndEvent):
            nodes.append(self._node(inner))
        is_list = isinstance(event, events.SequenceStartEvent)
        if event.flow_style:
            kind, column, end = Kind.FLOW, 0, inner.end_mark.index  # type: ignore[union-attr]
        else:
            first = event.end_mark.index
            if is_list and self.text[first] != "-":
                first -= 1  # a list that is not indented: the mark is behind its dash
            first = first if is_list or not nodes else nodes[0].start
            kind, end = Kind.BLOCK, self._after
            column = len(self.text[line_start(self.text, first) : first].removeprefix("\ufeff"))
            start = start if decorated else first
        items = tuple(nodes) if is_list else ()
        entries = () if is_list else tuple(zip(nodes[::2], nodes[1::2], strict=True))
        return self._ended(Node(kind, start, end, column, items, entries, decorated))

    def _ended(self, node: Node) -> Node:
        self._after = node.end
        return node


_COLON = pattern(r"(?:[ \t]*:)?")
