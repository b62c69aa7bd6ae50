"""The schemas that we publish, each read and compiled once: that takes longer than to validate."""

import json
from functools import cache
from typing import Any

from jsonschema import FormatChecker
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing import Registry, Resource

from generator.environment.package_data import folder


@cache
def schema(name: str) -> Validator:
    """Return what validates by the schema *name*, `plan` or `agent-status`."""
    loaded = _read()[name]
    kind = validator_for(loaded)
    kind.check_schema(loaded)
    return kind(loaded, format_checker=FormatChecker(), registry=_registry())


@cache
def _read() -> dict[str, dict[str, Any]]:
    found = folder("schemas").glob("*.schema.json")
    return {path.name.split(".")[0]: json.loads(path.read_text("utf-8")) for path in found}


@cache
def _registry() -> Registry[Any]:
    """Return all of them by their ids, for one refers to another."""
    return Registry().with_resources(
        (loaded["$id"], Resource.from_contents(loaded)) for loaded in _read().values()
    )
