"""JSON that others may have written, decoded into values of known types by msgspec.

The limits of `bounded_json` hold first. What does not fit is told with its place in the file.
"""

import json
import re
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

import msgspec

from generator.limits.json import JSON_LEVELS, JSON_VALUES
from generator.limits.limit import Limit
from generator.text import bounded_json, repeated_keys
from generator.text.json_path import ROOT, step
from generator.text.pattern import pattern
from generator.text.quoting import one_line, short

T = TypeVar("T")

_REFUSED = (msgspec.DecodeError, RecursionError)

_AT = pattern(r"(?P<problem>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_STEP = pattern(r"\.(?P<key>\w+)|\[(?P<index>\d+)\]|(?P<any>\[\.\.\.\])")
_EXPECTED = pattern(r"Expected `(?P<kind>[^`]+)`(?P<more>(?:(?!, got `).)*)(?:, got `.*)?")
_MISSING = pattern(r"Object missing required field `(?P<key>.*)`")
_ZONE = ("with a timezone component", "with its zone")
_NOUNS: Final = {
    "int": "a whole number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "datetime": "a time",
    "null": "null",
}


class Written(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """An object of a file: its keys in camelCase, and none but those that are written."""


class Form(Generic[T]):
    """The form of one kind of file: the type that its JSON is decoded into."""

    def __init__(
        self, kind: type[T], values: Limit = JSON_VALUES, levels: Limit = JSON_LEVELS
    ) -> None:
        self._kind = kind
        self._values = values
        self._levels = levels

    @cached_property
    def _decoder(self) -> "msgspec.json.Decoder[T]":
        return msgspec.json.Decoder(self._kind)

    def decode(self, text: str | bytes) -> T:
        """Return the value that *text* says. Of a key that is there twice, the last one counts.

        Raises:
            ValueError: It is no JSON, too much or too deep, or has something else in a place.
        """
        data = bounded_json.encoded(text)
        bounded_json.measure(data, self._values, self._levels)
        try:
            return self._decoder.decode(data)
        except _REFUSED as error:
            raise ValueError(self._problem(data)) from error

    def decode_unique(self, text: str | bytes) -> T:
        """Return the value that *text* says, where no key is there twice: people merge files.

        All objects that it may have are `Written`, so that its keys can be counted.

        Raises:
            ValueError: As `decode`, or a key is there twice.
        """
        data = bounded_json.encoded(text)
        members = bounded_json.measure(data, self._values, self._levels)
        try:
            value = self._decoder.decode(data)
        except _REFUSED as error:
            repeated_keys.refuse(data)
            raise ValueError(self._problem(data)) from error
        if members != bounded_json.measure(msgspec.json.encode(value)):  # or one is not known
            repeated_keys.refuse(data)
        return value

    def _problem(self, data: bytes) -> str:
        """Return what is wrong with *data*, and where."""
        found = bounded_json.parse(data)  # it says line and column of what is no JSON
        try:
            msgspec.convert(found, self._kind)
        except msgspec.ValidationError as error:
            return _told(error, found, self._kind)
        return f"{_strange(found, ROOT)}: half a character, or a number that is none"


def _told(error: msgspec.ValidationError, found: Any, kind: object) -> str:  # noqa: ANN401  JSON
    """Return the problem that *error* tells of the document *found*: place, value, expectation."""
    said = _AT.fullmatch(str(error))
    problem, path = (said["problem"], said["path"] or "") if said else (str(error), "")
    place, value = ROOT, found
    for at in _STEP.finditer(path):
        key: str | int = at["key"] or int(at["index"] or 0)
        if at["any"] and isinstance(value, dict):
            key = _wrong_key(error, found, value, kind)
        value = value[key]
        place += step(key)
    if missing := _MISSING.fullmatch(problem):
        return f"{place}: the key {missing['key']!r} is missing"
    return f"{place}: found {_shown(value)}, {_expectation(problem)}"


def _strange(value: object, place: str) -> str:
    """Return the place of what only Python takes for JSON, in *value* at *place*."""
    items: Any = value.items() if isinstance(value, dict) else ()
    for key, item in enumerate(value) if isinstance(value, list) else items:
        try:
            json.dumps(item, ensure_ascii=False, allow_nan=False).encode()
        except ValueError:
            return _strange(item, f"{place}{step(key)}")
    return place


def _wrong_key(
    error: msgspec.ValidationError,
    found: object,
    value: dict[str, object],
    kind: object,
) -> str:
    """Return the key of *value* that *error* is about: msgspec says `[...]`. Only it is left."""
    items = dict(value)
    for key, item in items.items():
        value.clear()
        value[key] = item
        try:
            msgspec.convert(found, kind)
        except msgspec.ValidationError as again:
            if str(again) == str(error):
                return key
    raise error


def _shown(value: object) -> str:
    match value:
        case dict():
            return "an object"
        case []:
            return "an empty list"
        case list():
            return "a list"
        case str():
            return short(value)
    return one_line(json.dumps(value))  # a number, true, false, or null


def _expectation(problem: str) -> str:
    """Return the *problem* in words that are not those of Python."""
    if problem.startswith("Invalid RFC3339"):
        return "expected a time such as 2026-01-31T20:15:00Z"
    if (said := _EXPECTED.fullmatch(problem)) is None:
        return f"which is wrong: {problem}"
    kinds = [_NOUNS.get(it.strip(), it.strip()) for it in said["kind"].split("|")]
    return f"expected {' or '.join(kinds)}{said['more'].replace(*_ZONE)}"
