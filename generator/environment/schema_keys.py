"""The JSON Schema of environments, key by key: the part that says what one key may be."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from generator.environment.package_data import folder
from generator.environment.serving import Json


@cache
def document(kind: str = "environment") -> Json:
    """Return the whole schema of a *kind* of file."""
    text = (folder("schemas") / f"{kind}.schema.json").read_text(encoding="utf-8")
    found: Json = json.loads(text)
    return found


def of(path: Iterable[str]) -> Json:
    """Return what the schema says of the key at *path* below `spec`; nothing of an unknown one."""
    form = below(document(), "spec")
    for key in path:
        form = below(form, key)
    return form


def below(form: Json, key: str) -> Json:
    """Return what *form*, the part of a block, says of its *key*; nothing of an unknown one."""
    found: Any = form.get("properties", {}).get(key, form.get("additionalProperties"))
    return _resolved(found) if isinstance(found, dict) else {}


def _resolved(form: Json) -> Json:
    """Return *form* with what it refers to; what it says itself goes first."""
    if "$ref" not in form:
        return form
    name = str(form["$ref"]).removeprefix("#/$defs/")
    return {**_resolved(document()["$defs"][name]), **form}
