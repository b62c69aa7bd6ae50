"""The schemas that we publish, each read and compiled once: that takes longer than to validate."""

import json
from functools import cache
from typing import Any

from jsonschema import FormatChecker
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

from generator.environment.package_data import folder


@cache
def schema(name: str) -> Validator:
    """Return what validates by the schema *name*, `plan` or `agent-status`."""
    text = (folder("schemas") / f"{name}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    kind = validator_for(loaded)
    kind.check_schema(loaded)
    return kind(loaded, format_checker=FormatChecker())
