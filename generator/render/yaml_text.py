"""YAML of values, as templates print it; and whether a text is YAML of Kubernetes objects."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import jinja2
import yaml

from generator.text import bounded_yaml
from generator.text.pattern import pattern

_PLAIN = pattern(r"[A-Za-z][A-Za-z0-9_./-]+")


def yaml_text(value: object) -> str:
    """Print a value as YAML that needs no escaping around it, keys sorted.

    A text is on one line, whatever is in it, so that any indentation is right.
    """
    if isinstance(value, jinja2.Undefined):
        str(value)  # raises, with its name
    collection = isinstance(value, Mapping | Iterable) and not isinstance(value, str)
    text = yaml.dump(
        _plain(value) if collection else value,
        Dumper=_Dumper,
        default_flow_style=False,
        default_style='"' if isinstance(value, str) else None,
        width=sys.maxsize,
    )
    return text.removesuffix("...\n").rstrip("\n")


def are_manifests(text: str) -> bool:
    """Whether *text* is YAML of objects, each with an apiVersion and a kind."""
    try:
        documents = [node for node in bounded_yaml.compose_all(text) if not _is_empty(node)]
    except ValueError:
        return False
    return bool(documents) and all(
        isinstance(node, yaml.MappingNode)
        and {"apiVersion", "kind"} <= {key.value for key, _ in node.value if _is_word(key)}
        for node in documents
    )


def _is_word(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode)


def _is_empty(node: yaml.Node) -> bool:
    return node.tag == "tag:yaml.org,2002:null"


class _Dumper(yaml.SafeDumper):
    """Quotes each text that any reader of YAML could take for something else.

    Kustomize reads more forms as numbers and truths than PyYAML does: `1e3`, `0o7`, `y`.
    """

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  values are written out
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if _PLAIN.fullmatch(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _plain(value: Any) -> Any:  # noqa: ANN401  any YAML value
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
