"""YAML that others may have written: neither too long, too deep nor too much.

Deep YAML overflows the stack of libyaml's composer, which ends the process without a word, and a
few lines of aliases stand for billions of values. So the events are counted first: they come one
after the other, whatever they say.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import yaml
from msgspec import Struct

from generator.limits.yaml import YAML_BYTES, YAML_CHARACTERS, YAML_LEVELS, YAML_NODES

# libyaml is ten times as fast; wheels of PyYAML have it, other builds may not.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NO_YAML = (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, OverflowError)
"""All that PyYAML raises, for a tag that does not fit its value too."""


def load_all(text: str | bytes) -> list[Any]:
    """Return the documents of *text*.

    Raises:
        ValueError: It is no YAML, or is more of it than any file of ours.
    """
    refuse_unbounded(text)
    with _told():
        return [*yaml.load_all(text, LOADER)]


def compose_all(text: str | bytes) -> list[yaml.Node]:
    """Return the documents of *text* as nodes.

    Raises:
        ValueError: It is no YAML, or is more of it than any file of ours.
    """
    refuse_unbounded(text)
    with _told():
        return [*yaml.compose_all(text, LOADER)]


def refuse_unbounded(text: str | bytes) -> None:
    """Refuse what is too much to compose.

    Raises:
        ValueError: It is no YAML, or is more of it than any file of ours.
    """
    if problem := YAML_BYTES.exceeded(len(text)):
        raise ValueError(problem)
    with _told():
        count(yaml.parse(text, Loader=LOADER))


@contextmanager
def _told() -> Iterator[None]:
    """Turn what PyYAML raises into one error."""
    try:
        yield
    except _NO_YAML as error:
        raise ValueError(f"no YAML: {error}") from error


class _Size(Struct, frozen=False):
    """The size of a node with all in it, its aliases written out."""

    nodes: int = 1
    levels: int = 0
    anchor: str | None = None


def count(events: Iterable[Any]) -> None:
    """Go through the events of a YAML, and refuse what has no bound.

    Raises:
        yaml.MarkedYAMLError: It has too many nodes or levels, or its aliases expand to these, or
            a value without quotes is too long; with the place.
    """
    whole = _Size(0)
    open_nodes = [whole]
    anchors: dict[str, _Size] = {}
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append(_Size(anchor=event.anchor))
        elif isinstance(event, yaml.CollectionEndEvent):
            done = open_nodes.pop()
            _add(open_nodes[-1], done, anchors)
        elif isinstance(event, yaml.ScalarEvent):
            _add(open_nodes[-1], _Size(anchor=event.anchor), anchors)
            if not event.style and len(event.value) > YAML_CHARACTERS:
                raise _refused(event, f"a value of {YAML_CHARACTERS.over}, and without quotes")
        elif isinstance(event, yaml.AliasEvent):
            _expand(event, open_nodes, anchors)
        if len(open_nodes) - 1 > YAML_LEVELS:
            raise _refused(event, YAML_LEVELS.over)
        if sum(one.nodes for one in open_nodes) > YAML_NODES:
            raise _refused(event, YAML_NODES.over)


def _expand(event: Any, open_nodes: Sequence[_Size], anchors: dict[str, _Size]) -> None:  # noqa: ANN401
    """Count an alias as what it stands for; an alias of what it is in has no end."""
    is_around = event.anchor in {one.anchor for one in open_nodes}
    meant = anchors.get(event.anchor, _Size())  # one of nothing is told by the parser
    nodes = sum(one.nodes for one in open_nodes) + meant.nodes
    levels = len(open_nodes) - 1 + meant.levels
    if is_around or nodes > YAML_NODES or levels > YAML_LEVELS:
        problem = f"its aliases expand to more than {YAML_NODES:,} values or {YAML_LEVELS} levels"
        raise _refused(event, f"{problem}: write them out")
    _add(open_nodes[-1], _Size(meant.nodes, meant.levels), anchors)


def _add(parent: _Size, node: _Size, anchors: dict[str, _Size]) -> None:
    parent.nodes += node.nodes
    parent.levels = max(parent.levels, node.levels + 1)
    if node.anchor:
        anchors[node.anchor] = node


def _refused(event: Any, problem: str) -> yaml.MarkedYAMLError:  # noqa: ANN401  PyYAML's
    return yaml.composer.ComposerError(None, None, problem, event.start_mark)
