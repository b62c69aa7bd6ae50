"""The probe: a predict request of the REST API, and the answer that is expected of it.

As a file it is JSON of the form of `schemas/probe.schema.json`.
"""

import json
import sys
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from msgspec import Struct

from generator.limits.json import JSON_VALUES
from generator.limits.limit import Limit
from generator.limits.probe import PROBE_FILE_BYTES, PROBE_VALUES
from generator.text import bounded_json
from generator.text.phrases import did_you_mean
from generator.text.quoting import short

Json = Mapping[str, Any]

RTOL = 1e-3
"""The relative tolerance of numbers by default: kernels of a GPU differ by less."""

ATOL = 1e-6
"""The absolute tolerance of numbers by default."""

FORMS = {"instances": "predictions", "inputs": "outputs"}
"""The key of the answer by that of the request: by rows, and by columns."""

_KEYS = ("request", "response", "rtol", "atol")
_REQUEST = (*FORMS, "signature_name")


class Probe(Struct, frozen=True):
    """A request, and the answer that is expected; without one, any prediction is an answer."""

    request: Json
    response: Json | None = None
    """`predictions` or `outputs`, as in TensorFlow Serving's answer."""
    rtol: float = RTOL
    """The relative tolerance of numbers that are no integers."""
    atol: float = ATOL
    """The absolute tolerance of them."""

    @property
    def body(self) -> bytes:
        """The body of the request."""
        return json.dumps(self.request).encode()


def parse(text: str | bytes) -> Probe:
    """Return the probe that a file says.

    Raises:
        ValueError: It says none; the text has every problem, in words.
    """
    if problem := PROBE_FILE_BYTES.exceeded(len(text)):
        raise ValueError(problem)
    return of_json(load(text, PROBE_VALUES))


def load(text: str | bytes, values: Limit = JSON_VALUES) -> Json:
    """Return the JSON object of a probe's file, or of the body of a request.

    Raises:
        ValueError: It is none, or has more than so many *values*.
    """
    try:
        found = bounded_json.loads(text, values)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  a problem of the file
    return found


def of_json(found: Json) -> Probe:
    """Return the probe of the JSON object of a file.

    Raises:
        ValueError: It is of none; the text has every problem, in words.
    """
    if problems := [*_problems(found)]:
        raise ValueError("; ".join(problems))
    rtol, atol = found.get("rtol", RTOL), found.get("atol", ATOL)
    return Probe(found["request"], found.get("response"), float(rtol), float(atol))


def _problems(found: Json) -> Iterator[str]:
    if "request" not in found and (set(FORMS) & found.keys()):
        yield f"{_named(sorted(found))} belong below the key request"
        return
    yield from _unknown(found, _KEYS, "")
    request = found.get("request")
    form = None
    if not isinstance(request, Mapping):
        yield 'no request, such as {"instances": […]} or {"inputs": {…}}'
    else:
        form = yield from _request(request)
    if (response := found.get("response")) is not None:
        yield from _response(response, form)
    for key in ("rtol", "atol"):
        value = found.get(key, 0)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        # An integer may be more than any float.
        if not is_number or not 0 <= value <= sys.float_info.max:
            yield f"{key} is {short(json.dumps(value))}, expected a number from 0"


def _request(request: Json) -> Generator[str, None, str | None]:
    yield from _unknown(request, _REQUEST, "request: ")
    forms = [form for form in FORMS if form in request]
    if len(forms) != 1:
        yield f"request: found {_named(forms) or 'neither'}, expected one of instances and inputs"
    signature = request.get("signature_name", "")
    if not isinstance(signature, str):
        yield f"request: signature_name is {short(json.dumps(signature))}, expected a text"
    rows = request.get("instances", [0])
    if not isinstance(rows, list) or not rows:
        yield "request: instances is no list of at least one row"
    return forms[0] if len(forms) == 1 else None


def _response(response: object, form: str | None) -> Iterator[str]:
    if not isinstance(response, Mapping):
        yield "response is no JSON object"
        return
    wanted = [FORMS[form]] if form else [*FORMS.values()]
    if len(response) != 1 or not set(response) <= set(wanted):
        found = _named(sorted(response)) or "nothing"
        yield f"response: found {found}, expected {' or '.join(wanted)}"
    elif form == "instances" and not isinstance(response["predictions"], list):
        yield "response: predictions is no list"


def _unknown(found: Json, known: tuple[str, ...], place: str) -> Iterator[str]:
    for key in sorted(found.keys() - {*known}):
        yield f"{place}no key {short(key)} is known{did_you_mean(key, known)}"


def _named(keys: list[str]) -> str:
    return " and ".join(map(short, keys))
