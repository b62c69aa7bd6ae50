"""Holds requests and answers to an OpenAPI 3.0 description, with openapi-schema-validator.

Stricter than the standard in one thing: where a schema lists properties and does not speak of
others, there are no others. A misspelt property would pass as an extension otherwise. So a
schema that joins lists of properties with `allOf` cannot be held to; none here does.

Not looked at: headers, and what an answer leaves out although its schema has it as optional.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jsonschema import FormatChecker
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator
from referencing import Registry, Resource

from tests.servers.forge import Reply, Request

_BASE = "urn:description"
_LONGEST = 300

GENERAL = frozenset({401, 403, 404})
"""What GitHub may answer to any call, by its guide: the operations do not repeat all of them."""

_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@_FORMATS.checks("uri", raises=ValueError)
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or (bool(urlsplit(value).scheme) and " " not in value)


def _listed(
    validator: Any, properties: Mapping[str, Any], instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Yield what is wrong with properties that are listed, and those that are not listed."""
    yield from OAS30ReadValidator.VALIDATORS["properties"](validator, properties, instance, schema)
    if isinstance(instance, dict) and properties and "additionalProperties" not in schema:
        for name in instance.keys() - properties.keys():
            yield ValidationError(f"there is no property {name!r}")


def _one_of(
    validator: Any, values: Sequence[Any], instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Hold *instance* to an enum; GitHub names no null among the values of what may be one."""
    if instance is not None or not schema.get("nullable"):
        yield from OAS30ReadValidator.VALIDATORS["enum"](validator, values, instance, schema)


_REQUEST = extend(OAS30WriteValidator, {"properties": _listed})
_ANSWER = extend(OAS30ReadValidator, {"properties": _listed, "enum": _one_of})


class OpenApi:
    """One description; its methods yield what is not as it says."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_bytes())
        self._registry = Registry().with_resource(_BASE, Resource.opaque(self._document))

    def request(self, request: Request, path: str) -> Iterator[str]:
        """Yield what is wrong with a request to *path*, which is below the API's URL."""
        template = self._template(request.method, path)
        if template is None:
            yield f"{request.method} {path}: there is no such operation"
            return
        place = f"{request.method} {template}: "
        operation = self._operation(request.method, template)
        for problem in self._parameters(operation, _values(template, path), request.query):
            yield place + problem
        for problem in self._body(operation, request):
            yield place + problem

    def answer(self, request: Request, path: str, reply: Reply) -> Iterator[str]:
        """Yield what is wrong with an answer to a request to *path*."""
        template = self._template(request.method, path)
        if template is None:
            return  # the request was wrong
        place = f"{request.method} {template}: the answer {reply.status}: "
        responses = f"{self._operation(request.method, template)}/responses"
        if str(reply.status) in self._at(responses):
            pointer = self._resolved(f"{responses}/{reply.status}")
            content = self._at(pointer).get("content")
            schema = f"{pointer}/content/application~1json/schema"
        elif reply.status in GENERAL:
            content, schema = True, "/components/schemas/basic-error"
        else:
            yield f"{place}there is no such answer"
            return
        if content:
            for problem in self._problems(_ANSWER, schema, reply.body):
                yield place + problem

    def _template(self, method: str, path: str) -> str | None:
        """Return the most literal template of an operation that *path* fits."""
        found = [
            template
            for template, item in self._document["paths"].items()
            if method.lower() in item and _values(template, path) is not None
        ]
        return min(found, key=lambda template: template.count("{"), default=None)

    def _operation(self, method: str, template: str) -> str:
        return f"/paths/{template.replace('/', '~1')}/{method.lower()}"

    def _parameters(
        self, operation: str, values: Mapping[str, str] | None, query: Mapping[str, str]
    ) -> Iterator[str]:
        given = {"path": values or {}, "query": query}
        known = set()
        for index in range(len(self._at(operation).get("parameters", ()))):
            pointer = self._resolved(f"{operation}/parameters/{index}")
            parameter = self._at(pointer)
            name, where = parameter["name"], parameter["in"]
            known.add((where, name))
            if name in given.get(where, ()):
                value = self._typed(f"{pointer}/schema", given[where][name])
                for problem in self._problems(_REQUEST, f"{pointer}/schema", value):
                    yield f"the parameter {name!r} of the {where}: {problem}"
            elif parameter.get("required") and where in given:
                yield f"the parameter {name!r} of the {where} is missing"
        for name in query:
            if ("query", name) not in known:
                yield f"there is no parameter {name!r} of the query"

    def _body(self, operation: str, request: Request) -> Iterator[str]:
        described = self._at(operation).get("requestBody")
        if described is None:
            if request.body is not None:
                yield "the request has a body: there is none"
            return
        pointer = self._resolved(f"{operation}/requestBody")
        if request.body is None:
            if self._at(pointer).get("required"):
                yield "the request has no body"
            return
        if request.headers.get("Content-Type", "").partition(";")[0] != "application/json":
            yield f"the request is {request.headers.get('Content-Type')}, not application/json"
        schema = f"{pointer}/content/application~1json/schema"
        for problem in self._problems(_REQUEST, schema, request.body):
            yield f"the request: {problem}"

    def _problems(self, kind: Any, pointer: str, value: Any) -> Iterator[str]:
        schema = {"$ref": f"{_BASE}#{pointer}"}
        validator = kind(schema, registry=self._registry, format_checker=_FORMATS)
        for error in validator.iter_errors(value):
            deepest = best_match([error]) or error
            yield f"{deepest.json_path}: {deepest.message[:_LONGEST]}"

    def _typed(self, pointer: str, text: str) -> object:
        """Return what the text of a parameter stands for, if it can be that."""
        kind = self._at(self._resolved(pointer)).get("type")
        if kind == "integer" and text.lstrip("-").isdecimal():
            return int(text)
        if kind == "boolean" and text in ("true", "false"):
            return text == "true"
        return text

    def _resolved(self, pointer: str) -> str:
        """Return where what is at *pointer* really is."""
        node = self._at(pointer)
        return self._resolved(node["$ref"].removeprefix("#")) if "$ref" in node else pointer

    def _at(self, pointer: str) -> Any:
        node = self._document
        for part in pointer.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            node = node[int(key) if isinstance(node, list) else key]
        return node


def _values(template: str, path: str) -> dict[str, str] | None:
    """Return the parameters of a path; None if it does not fit."""
    names, parts = template.split("/"), path.split("/")
    if len(names) != len(parts):
        return None
    pairs = [pair for pair in zip(names, parts, strict=True) if pair[0] != pair[1]]
    if not all(name.startswith("{") and name.endswith("}") and part for name, part in pairs):
        return None
    return {name[1:-1]: unquote(part) for name, part in pairs}
