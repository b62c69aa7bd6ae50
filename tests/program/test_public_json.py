"""Rules of the JSON that other programs read, by its schemas in `schemas/`."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from generator.environment.package_data import folder

CAMEL_CASE = re.compile("[a-z][a-zA-Z0-9]*")
SCHEMAS = {path.name.split(".")[0]: path for path in folder("schemas").glob("*.schema.json")}

WRITTEN = {"environment", "freeze", "probe"}
"""What people and exporters write."""

TENSORFLOW_S = {"signature_name"}
"""Keys of TensorFlow Serving's own requests."""


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield each part of a schema that names the keys of an object."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


def test_all_that_other_programs_read_has_a_schema():
    """A test of each command, of the lock and of the agent holds the real output to it."""
    commands = {"plan", "catalog", "check", "status", "history", "sync", "edit", "doctor"}
    commands |= {"explain", "index", "init", "pull", "report", "verify", "version"}
    read = {*commands, "lock", "agent-status", "agent-wave"}
    assert {*SCHEMAS} == {*read, *WRITTEN}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_keys_are_in_camel_case(name):
    """As in Kubernetes; a key that a reader relies on cannot be renamed later."""
    schema = json.loads(SCHEMAS[name].read_text(encoding="utf-8"))
    keys = {key for part in objects(schema) for key in part["properties"]} - TENSORFLOW_S
    assert keys
    assert [key for key in keys if not CAMEL_CASE.fullmatch(key)] == []


@pytest.mark.parametrize("name", sorted({*SCHEMAS} - WRITTEN))
def test_output_has_no_key_that_its_schema_does_not_name(name):
    """So a key that is new or renamed fails the tests of the output, and is described."""
    schema = json.loads(SCHEMAS[name].read_text(encoding="utf-8"))
    for part in objects(schema):
        assert part["additionalProperties"] is False
        assert set(part.get("required", ())) <= part["properties"].keys()


@pytest.mark.parametrize("part", ["held", "failed"])
def test_what_several_commands_tell_has_one_form(part):
    """A script that reads holds of a plan reads those of a status."""
    forms = [
        json.loads(path.read_text(encoding="utf-8"))["$defs"]
        for path in SCHEMAS.values()
        if part in json.loads(path.read_text(encoding="utf-8")).get("$defs", {})
    ]
    assert len(forms) > 1
    assert all(form[part] == forms[0][part] for form in forms)
