"""An answer of TensorFlow Serving beside the one that a probe expects, value by value.

Integers, texts and truth are equal or not. Other numbers may differ by the tolerances of the
probe: |found - expected| <= atol + rtol * |expected|. NaN is NaN, and an infinity itself. An
output that is not expected by name is not compared.
"""

import base64
import binascii
import json
import math
from collections.abc import Iterator, Mapping

from generator.serving.probe.probe import Json, Probe
from generator.text.phrases import some
from generator.text.quoting import one_line, short

_TOLD = 3
_SHOWN = 60


def differences(probe: Probe, answer: Json) -> tuple[str, ...]:
    """Return, in words, where *answer* is not what *probe* expects; empty if nowhere."""
    if probe.response is None:
        return ()
    found = [
        text
        for key, expected in probe.response.items()
        for text in _values(probe, key, answer.get(key), expected)
    ]
    return tuple(some(found, _TOLD, "differences"))


def _values(probe: Probe, place: str, found: object, expected: object) -> Iterator[str]:
    if (wanted := _bytes(expected)) is not None and not isinstance(expected, str):
        if _bytes(found) != wanted:
            yield _differs(place, found, expected)
    elif isinstance(expected, Mapping):
        yield from _by_name(probe, place, found, expected)
    elif isinstance(expected, list):
        yield from _one_by_one(probe, place, found, expected)
    elif isinstance(expected, str):
        if _bytes(found) != _bytes(expected):
            yield _differs(place, found, expected)
    elif not _is_equal(probe, found, expected):
        yield _differs(place, found, expected)


def _by_name(probe: Probe, place: str, found: object, expected: Json) -> Iterator[str]:
    if not isinstance(found, Mapping):
        yield _differs(place, found, expected)
        return
    for name, value in expected.items():
        if name not in found:
            yield f"{place} has no {short(name)}"
        else:
            yield from _values(probe, f"{place}[{short(name)}]", found[name], value)


def _one_by_one(probe: Probe, place: str, found: object, expected: list[object]) -> Iterator[str]:
    if not isinstance(found, list):
        yield _differs(place, found, expected)
    elif len(found) != len(expected):
        yield f"{place} has {len(found)} values, expected {len(expected)}"
    else:
        for number, (one, wanted) in enumerate(zip(found, expected, strict=True)):
            yield from _values(probe, f"{place}[{number}]", one, wanted)


def _is_equal(probe: Probe, found: object, expected: object) -> bool:
    if not (_is_number(found) and _is_number(expected)):
        return type(found) is type(expected) and found == expected
    if isinstance(found, int) and isinstance(expected, int):
        return found == expected
    try:
        one, wanted = float(found), float(expected)  # type: ignore[arg-type]
    except OverflowError:  # an integer that no float can be
        return False
    if math.isnan(wanted) or math.isnan(one):
        return math.isnan(wanted) and math.isnan(one)
    if math.isinf(wanted) or math.isinf(one):
        return one == wanted
    return abs(one - wanted) <= probe.atol + probe.rtol * abs(wanted)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bytes(value: object) -> bytes | None:
    """Return the bytes of a text, in one of the two forms of the REST API; None if it is none."""
    if isinstance(value, str):
        return value.encode(errors="replace")
    if isinstance(value, Mapping) and value.keys() == {"b64"} and isinstance(value["b64"], str):
        try:
            return base64.b64decode(value["b64"], validate=True)
        except binascii.Error:
            return None
    return None


def _differs(place: str, found: object, expected: object) -> str:
    if found is None:
        return f"{place} is not there"
    return f"{place} is {_shown(found)}, expected {_shown(expected)}"


def _shown(value: object) -> str:
    text = one_line(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
