"""The models folder that a simulated server sees: version directories of a real folder."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from generator.simulated_server.store import MANNERS, Store, Upload

BEHAVIOUR = "assets.extra/simulated_server.json"
"""The file of a version that says how it behaves; a real server does not look at it.

One object, each key of which may be left out: `load` is `fails` or `ends-server`, `seconds` is how
long the load takes, and `answers` is how it predicts: one of `MANNERS`.
"""

LOADS = ("well", "fails", "ends-server")

_META_GRAPH = 2
"""A graph in a SavedModel (saved_model.proto)."""

_SAVER = 3
"""The `saver_def` of a graph (meta_graph.proto)."""


class Folder(Store):
    """The version directories below *root*, which the server sees as /models.

    A version loads if it has a SavedModel, unless its `BEHAVIOUR` says otherwise; so does one
    whose graph has variables and that has no index of them, and then answers with an error.
    """

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root

    def children(self, base_path: str) -> list[str] | None:
        """Return the names below a base path in order; None if it is missing."""
        folder = self._at(base_path)
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else None

    def upload(self, path: str) -> Upload | None:
        """Return how the version at *path* behaves; None if it is gone."""
        folder = self._at(path)
        if not folder.exists():
            return None
        good = any((folder / f"saved_model.{end}").is_file() for end in ("pb", "pbtxt"))
        try:
            found = behaviour(folder)
        except ValueError as error:
            print(f"{folder / BEHAVIOUR}: {error}", file=sys.stderr)  # noqa: T201  it has no logs
            return Upload(fail=True)
        complete = not good or (folder / "variables/variables.index").is_file()
        lacks = "" if complete or not _has_variables(folder) else "w"
        return Upload(
            fail=not good or found.get("load") == "fails",
            slow=found.get("seconds", 0),
            lacks=lacks,
            manner=found.get("answers", ""),
            kills=found.get("load") == "ends-server",
        )

    def _at(self, path: str) -> Path:
        return self._root / path.removeprefix("/models").strip("/")


def behaviour(folder: Path) -> dict[str, Any]:
    """Return what the `BEHAVIOUR` of a version says; nothing if it has none.

    Raises:
        ValueError: It says something else.
    """
    try:
        found = json.loads((folder / BEHAVIOUR).read_bytes())
    except FileNotFoundError:
        return {}
    if not isinstance(found, dict) or found.keys() - {"load", "seconds", "answers"}:
        raise ValueError("expected an object of `load`, `seconds` and `answers`")
    for key, words in (("load", LOADS), ("answers", MANNERS)):
        if key in found and found[key] not in words:
            raise ValueError(f"{key}: {found[key]!r}, expected one of {', '.join(words)}")
    if type(found.get("seconds", 0)) not in {int, float}:
        raise ValueError(f"seconds: {found['seconds']!r}, expected a number")
    return found


def _has_variables(folder: Path) -> bool:
    """Whether a graph of a SavedModel has a `saver_def`, which says how to restore variables."""
    try:
        graphs = _fields((folder / "saved_model.pb").read_bytes(), _META_GRAPH)
        return any(True for graph in graphs for _ in _fields(graph, _SAVER))
    except (OSError, DecodeError):
        return False


def _fields(message: bytes, number: int) -> Iterator[bytes]:
    """Yield the values of a field of a message whose type is not known here."""
    fields = UnknownFieldSet(Empty.FromString(message))
    for found in (fields[at] for at in range(len(fields))):
        if found.field_number == number:
            yield found.data
