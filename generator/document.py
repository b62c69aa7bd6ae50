"""YAML files as plain data that remembers where everything was written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from generator.errors import InvalidInputError

Place = tuple[str | int, ...]
"""Where a value is in a document: keys and positions."""

_MOST_NODES = 50_000
_DEEPEST = 40
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain data, with the place of every key and item."""

    file: str
    data: Any
    places: Mapping[Place, tuple[int, int]]
    """Line and column, from 1."""

    def place(self, path: Place) -> str:
        """Return `file:line:column` of *path*, or of the nearest thing around it."""
        line, column = self.nearest(path)
        return f"{self.file}:{line}:{column}"

    def nearest(self, path: Place) -> tuple[int, int]:
        """Return the line and column of *path*, or of the nearest thing around it."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path, (1, 1))


def read(text: str, file: str) -> Document:
    """Parse YAML.

    Raises:
        InvalidInputError: It is no YAML, has a key twice, or grows without bound.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        raise InvalidInputError(f"{place}: {error.problem}", hint="mend the YAML") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidInputError(f"{file}: {error}", hint="mend the YAML") from error
    building = _Building(file)
    data = building.value(root, ()) if root is not None else None
    if building.problems:
        raise InvalidInputError(building.problems, hint="mend the YAML")
    return Document(file, data, building.places)


class _Building:
    """Turns nodes into plain data, noting places, repeated keys and explosive aliases."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._nodes = 0
        self._scalars = yaml.SafeLoader("")
        self.places: dict[Place, tuple[int, int]] = {}
        self.problems: list[str] = []

    def value(self, node: yaml.Node, path: Place) -> Any:  # noqa: ANN401  any YAML value
        self._nodes += 1
        if self._nodes > _MOST_NODES or len(path) > _DEEPEST:
            raise InvalidInputError(
                f"{self._file}: its aliases expand to more than {_MOST_NODES:,} values "
                f"or {_DEEPEST} levels",
                hint="write the values out",
            )
        self.places.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        if isinstance(node.value, str) and _CONTROL.search(node.value):
            self._report(node, "a value must have no line breaks and control characters")
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self._report(node, str(getattr(error, "problem", error)))
            return None

    def _mapping(self, node: yaml.MappingNode, path: Place) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                self._report(key_node, "a key must be a plain word")
                continue
            here = (*path, key)
            if key in data:
                first = self.places[here][0]
                self._report(key_node, f"the key {key!r} is here twice (first on line {first})")
                continue
            self.places[here] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            data[key] = self.value(value_node, here)
        return data

    def _report(self, node: yaml.Node, problem: str) -> None:
        mark = node.start_mark
        self.problems.append(f"{self._file}:{mark.line + 1}:{mark.column + 1}: {problem}")
