"""`schemas/environment.schema.json`, schema by schema."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "schemas/environment.schema.json"
SCHEMA = json.loads(FILE.read_text(encoding="utf-8"))


def subschemas(node: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema at or below *node* with its JSON pointer."""
    yield pointer, node
    for keyword in ("properties", "$defs"):
        for key, below in node.get(keyword, {}).items():
            yield from subschemas(below, f"{pointer}/{keyword}/{key}")
    for keyword in ("items", "additionalProperties", "propertyNames"):
        if isinstance(node.get(keyword), dict):
            yield from subschemas(node[keyword], f"{pointer}/{keyword}")
    for keyword in ("oneOf", "anyOf"):
        for number, below in enumerate(node.get(keyword, [])):
            yield from subschemas(below, f"{pointer}/{keyword}/{number}")


ALL = dict(subschemas(SCHEMA))

PROPERTIES = sorted(pointer for pointer in ALL if pointer.split("/")[-2:-1] == ["properties"])
