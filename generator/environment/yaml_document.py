"""YAML files as plain data that remembers where everything was written, and how."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml
from msgspec import Struct

from generator.environment import scalar
from generator.errors import InvalidInputError, Place, Problem
from generator.limits.yaml import YAML_BYTES, YAML_CHARACTERS
from generator.text import bounded_yaml
from generator.text.pattern import pattern

KeyPath = tuple[str | int, ...]
"""The keys and positions that lead to a value of a document."""

# A lone surrogate, which an escape can name, is half a character: no file or URL can have it.
_CONTROL = pattern(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_HINT = "mend the YAML"

_TAKEN = "*&@`%"
"""The characters that YAML takes for something else where a text begins with them."""
_MISREAD = (
    "while scanning an alias",
    "while scanning an anchor",
    "while scanning for the next token",
    "found undefined alias",
)
"""The words of libyaml where it took one of them so."""


class Document(Struct, frozen=True):
    """A YAML file as plain data, with the position of every key and item."""

    file: str
    data: Any
    positions: Mapping[KeyPath, tuple[int, int]]
    """Line and column, from 1."""
    written: Mapping[KeyPath, str]
    """The text of each value that has no quotes."""

    def place(self, path: KeyPath) -> Place:
        """Return the place of *path*, or of the nearest thing around it."""
        while path not in self.positions and path:
            path = path[:-1]
        return Place(self.file, *self.positions.get(path, (1, 1)))


def read(text: str, file: str) -> Document:
    """Parse YAML; `scalar.value` says what a value without quotes means.

    Raises:
        InvalidInputError: It is no YAML, has a tag, has a key twice, or grows without bound.
    """
    if problem := _unread(text, file):
        raise InvalidInputError(problem, hint=_HINT)
    try:
        bounded_yaml.count(_untagged(yaml.parse(text, Loader=bounded_yaml.LOADER)))
        root = yaml.compose(text, Loader=bounded_yaml.LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
        raise InvalidInputError(Problem(_whole(error, text), place), hint=_HINT) from error
    building = _Building(file)
    data = building.value(root, ()) if root is not None else None
    if building.problems:
        raise InvalidInputError(building.problems, hint=_HINT)
    return Document(file, data, building.positions, building.written)


def _whole(error: yaml.MarkedYAMLError, text: str) -> str:
    """Return the sentence of *error*: some have its first half as their context.

    For a text whose first character means something else, as that of `* 9 * * *` does, it is ours.
    """
    problem, mark = str(error.problem), error.problem_mark
    if mark is not None and (problem in _MISREAD or error.context in _MISREAD):
        line = "".join(text.splitlines()[mark.line : mark.line + 1])
        near = line[max(0, mark.column - 1) : mark.column + 1]
        if found := [it for it in reversed(near) if it in _TAKEN]:
            return f"a text that begins with {found[0]} has to be in quotes"
    return f"{error.context}, {problem}" if problem.startswith("but ") else problem


def _unread(text: str, file: str) -> Problem | None:
    """Return why *text* is not even parsed."""
    if problem := YAML_BYTES.exceeded(len(text.encode(errors="surrogatepass"))):
        return Problem(problem, Place(file, 1, 1))
    if found := yaml.reader.Reader.NON_PRINTABLE.search(text):
        *lines, last = text[: found.start()].split("\n")
        problem = f"the character U+{ord(found[0]):04X} is not allowed"
        return Problem(problem, Place(file, len(lines) + 1, len(last) + 1))
    return None


def _untagged(events: Iterable[Any]) -> Iterator[Any]:
    """Yield *events*, none of which has a tag.

    Raises:
        yaml.MarkedYAMLError: One has; with the place.
    """
    for event in events:
        if tag := getattr(event, "tag", None):
            name = tag.replace("tag:yaml.org,2002:", "!!")
            problem = f"the tag {name} is not read: write the value alone, a text in quotes"
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        yield event


class _Building:
    """Turns nodes into plain data, noting positions, repeated keys and explosive aliases."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.positions: dict[KeyPath, tuple[int, int]] = {}
        self.written: dict[KeyPath, str] = {}
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, path: KeyPath) -> Any:  # noqa: ANN401  any YAML value
        self.positions.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        self._refuse_control(node, "value")
        if _is_plain(node):
            self.written[path] = node.value
        found = scalar.value(node.value) if _is_plain(node) else node.value
        if isinstance(found, str) and len(found) > YAML_CHARACTERS:
            self._report(node, f"a value must have at most {YAML_CHARACTERS:,} characters")
        return found

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._report(key_node, "a key must be a plain word")
                continue
            key = key_node.value
            self._refuse_control(key_node, "key")
            if key == "<<" and _is_plain(key_node):
                self._report(
                    key_node, "the key '<<' is not read: write the keys out, or use `extends`"
                )
                continue
            here = (*path, key)
            if key in data:
                first = self.positions[here][0]
                self._report(key_node, f"the key {key!r} is here twice (first on line {first})")
                continue
            self.positions[here] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            data[key] = self.value(value_node, here)
        return data

    def _refuse_control(self, node: yaml.Node, what: str) -> None:
        if _CONTROL.search(node.value):
            self._report(node, f"a {what} must have no line breaks and control characters")

    def _report(self, node: yaml.Node, problem: str) -> None:
        self.problems.append(Problem(problem, self._place(node)))

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._file, node.start_mark.line + 1, node.start_mark.column + 1)


def _is_plain(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style
