"""A document against the JSON Schema of its kind: every problem, with its place."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from generator.environment import notation, schema_keys
from generator.environment.yaml_document import Document, KeyPath
from generator.errors import Problem
from generator.text.phrases import did_you_mean

if TYPE_CHECKING:
    import jsonschema


_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}

_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "maxLength": "at most {} characters",
}


def problems(document: Document, kind: str = "environment") -> list[Problem]:
    """Return what in *document* breaks the schema of its *kind*, in the order of the file."""
    validator = _validator(kind)
    found = {
        (document.place(path), text)
        for error in validator.iter_errors(document.data)
        for path, text in _explain(error, document.written)
    }
    return [Problem(text, place) for place, text in sorted(found)]


def is_valid_settings(settings: Mapping[str, Any]) -> bool:
    """Whether an environment can have *settings*: another release may have written a lock's."""
    head = {"apiVersion": "tfs-gitops/v1", "kind": "Environment", "metadata": {"name": "any"}}
    spec = {**settings, "policy": [{"match": "*"}]}
    if "url" not in settings.get("source", {}):
        return False
    return not problems(Document("", {**head, "spec": spec}, {}, {}))


@cache
def _validator(kind: str) -> "jsonschema.Draft202012Validator":
    import jsonschema  # noqa: PLC0415  80 ms that `--help` does not need

    # JSON Schema counts 1.0 as an integer; a version or a count written so is a mistake.
    types = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    )
    extend: Any = jsonschema.validators.extend
    strict = extend(jsonschema.Draft202012Validator, type_checker=types)
    return cast("jsonschema.Draft202012Validator", strict(schema_keys.document(kind)))


def _explain(
    error: "jsonschema.ValidationError", written: Mapping[KeyPath, str]
) -> Iterator[tuple[KeyPath, str]]:
    """Yield the path and the message of each problem in a schema error."""
    path = tuple(error.absolute_path)
    schema: Any = error.schema
    wanted: Any = error.validator_value
    instance: Any = error.instance
    name = ".".join(map(str, path)) or "the document"
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = schema.get("properties", {})
        for key in error.instance:
            if key not in known:
                near = did_you_mean(key, known).removeprefix("; ")
                ask = near or f"expected {_or(sorted(known))}"
                yield (*path, key), f"unknown key {key!r}: {ask}"
        return
    if error.validator == "dependentRequired":
        yield path, f"{name}: {error.message}"
        return
    if error.validator == "required":
        missing = [key for key in wanted if key not in instance]
        yield path, f"{name}: the key {_or(missing)} is missing"
        return
    if error.validator == "not" and "const" not in wanted:
        yield path, f"{name}: {_description(schema)}"
        return
    text = written.get(path)
    found = notation.on_one_line(instance, text)
    advice = notation.advice(instance, text, _types(error), schema.get("pattern"))
    if not advice and error.validator == "type" and wanted == "string":
        advice = f": {_phrase(schema)}"
    yield path, f"{name}: found {found}, expected {_expected(error)}{advice}"


def _types(error: "jsonschema.ValidationError") -> frozenset[str]:
    """Return the types of what is wanted, as far as *error* is about types."""
    value: Any = error.validator_value
    match error.validator:
        case "type":
            return frozenset([value] if isinstance(value, str) else value)
        case "const":
            return frozenset({"boolean"} if isinstance(value, bool) else ())
        case "anyOf" | "oneOf":
            return frozenset().union(*(_types(inner) for inner in error.context or ()))
    return frozenset()


def _expected(error: "jsonschema.ValidationError") -> str:  # noqa: PLR0911  a table
    value: Any = error.validator_value
    schema: Any = error.schema
    match error.validator:
        case "type":
            types = [value] if isinstance(value, str) else value
            return " or ".join(_TYPES.get(name, f"a {name}") for name in types)
        case "enum":
            ask = did_you_mean(str(error.instance), map(str, value))
            return f"{_or(value)}{ask}"
        case "const":
            return json.dumps(value) if isinstance(value, bool) else repr(value)
        case "minimum" | "maximum" | "exclusiveMinimum" | "maxLength" as bound:
            return _BOUNDS[bound].format(value)
        case "minItems" | "minProperties":
            what = f" ({_description(schema)})" if error.validator == "minProperties" else ""
            return f"at least {value} entry{what}"
        case "uniqueItems":
            return "no entry twice"
        case "pattern" | "oneOf" | "anyOf" | "not":
            exact = f"text that matches {value}" if error.validator == "pattern" else ""
            expected = "; ".join(filter(None, [_phrase(schema), exact]))
            return expected or "one of the forms in the schema"
    return str(error.message)


def _description(schema: Mapping[str, Any]) -> str:
    return str(schema.get("description", "")).rstrip(".")


def _phrase(schema: Mapping[str, Any]) -> str:
    """Return the description as the end of a sentence."""
    return re.sub(
        r"^(?!Kubernetes\b)[A-Z](?=[a-z ])", lambda it: it[0].lower(), _description(schema)
    )


def _or(words: list[Any]) -> str:
    shown = [repr(word) for word in words]
    return " or ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
