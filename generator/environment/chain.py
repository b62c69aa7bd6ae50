"""A chain: the document of an environment and those that it extends, nearest first."""

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

from msgspec import Struct

from generator.environment.settings import BLOCKS
from generator.environment.yaml_document import Document, KeyPath
from generator.errors import Place


class Chain(Struct, frozen=True):
    """The documents that make one environment, each checked against the schema."""

    documents: tuple[Document, ...]
    """The environment's own first; what a nearer one sets wins, key by key."""

    @property
    def own(self) -> Document:
        """The document of the environment itself."""
        return self.documents[0]

    def spec(self) -> dict[str, Any]:
        """Return the key `spec` of the environment, with what it takes over."""
        specs = [_in_long(document.data["spec"]) for document in self.documents]
        spec = dict(specs[0])
        for block in BLOCKS:
            spec[block] = reduce(_merged, reversed([one.get(block, {}) for one in specs]))
        chosen = specs[0].get("source", {})
        if chosen.get("access", "mount") != "mount" and "mount" not in chosen:
            spec["source"].pop("mount", None)  # another access leaves an inherited mount behind
        return spec

    def places(self) -> dict[KeyPath, Place]:
        """Return the line of each setting, by its path below `spec`, as the nearest one sets it."""
        spec = self.spec()
        found: dict[KeyPath, Place] = {}
        for document in self.documents:
            for path, line in _settings(document):
                if _has(spec, path):
                    found.setdefault(path, Place(document.file, line))
        return found

    def place(self, path: KeyPath) -> Place:
        """Return the place of *path* in the nearest document that sets it."""
        setting = (document for document in self.documents if path in document.positions)
        return next(setting, self.own).place(path)


def _settings(document: Document) -> Iterator[tuple[KeyPath, int]]:
    """Yield the path below `spec` and the line of each setting of *document*."""
    for path, (line, _) in document.positions.items():
        if len(path) > 1 and path[0] == "spec" and path[1] in BLOCKS:
            yield path[1:], line


def _has(data: Any, path: KeyPath) -> bool:  # noqa: ANN401  plain data
    """Whether *data* has the key at *path*, and no list on the way there."""
    for key in path:
        if not isinstance(data, Mapping) or key not in data:
            return False
        data = data[key]
    return True


def _in_long(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return *spec* with the URL of `source.inventory` in a block: it may be written alone."""
    source = spec.get("source", {})
    if not isinstance(source.get("inventory"), str):
        return spec
    return {**spec, "source": {**source, "inventory": {"url": source["inventory"]}}}


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = _merged(below, value)
        else:
            merged[key] = value
    return merged
