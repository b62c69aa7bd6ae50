"""A probe beside the signatures of its model: what a server would refuse, or never answer.

Judged are names, types and shapes. What the model computes nobody can tell from here.
The REST API is narrower than that of gRPC: it wants each input, also one that has a default.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from generator.catalog.savedmodel.compatibility import dimensions, takes
from generator.catalog.savedmodel.signatures import Signature, Signatures, Tensor, legible
from generator.catalog.savedmodel.tensor_json import SAID
from generator.serving.probe.probe import Probe
from generator.text.pattern import pattern
from generator.text.quoting import short

_DEFAULT_SIGNATURE = "serving_default"
_FLOATS = frozenset({"DT_FLOAT", "DT_DOUBLE"})
_SHOWN = 60
_BITS = {"DT_INT64": 63}
"""The bits of an integer as the REST API reads it, where they are not those of 32 bits."""
_NO_BASE64 = pattern(r"[^A-Za-z0-9+/=.\s]")
"""A character that base64 does not have; that for URLs is another one."""


def problems(probe: Probe, signatures: Signatures) -> Iterator[str]:
    """Yield, in words, why a model with *signatures* cannot answer *probe* as it expects."""
    name = probe.request.get("signature_name") or _DEFAULT_SIGNATURE
    signature = signatures.get(name)
    if signature is None:
        yield f"the model has no signature {legible(name)}"
        return
    if "instances" in probe.request:
        yield from _rows(probe.request["instances"], signature)
        yield from _no_rows(signature)
    else:
        yield from _columns(probe.request["inputs"], signature)
    if probe.response is not None:
        yield from _answer(probe.response, signature)


def _rows(rows: list[Any], signature: Signature) -> Iterator[str]:
    if not any(map(_is_named, rows)):
        if not (only := _only(signature)):
            yield "instances: the signature has several inputs, and the rows name none"
            return
        rows = [dict.fromkeys(only, row) for row in rows]
    elif not all(map(_is_named, rows)):
        yield "instances: some rows name their inputs, and some do not"
        return
    for number, row in enumerate(rows):
        if row.keys() != rows[0].keys():
            yield f"instances[{number}]: it has other inputs than the row before"
            return
    if wrong := [*_names(rows[0], signature)]:
        yield from (f"instances: {problem}" for problem in wrong)
    else:
        yield from _tensors({name: [row[name] for row in rows] for name in rows[0]}, signature)


def _no_rows(signature: Signature) -> Iterator[str]:
    for name, tensor in sorted(signature.outputs.items()):
        if tensor.shape == ():
            one = f"output {legible(name)} is one value, and not one for each row"
            yield f"instances: {one}: ask with inputs"


def _columns(inputs: Any, signature: Signature) -> Iterator[str]:  # noqa: ANN401  JSON
    named = inputs if _is_named(inputs) else dict.fromkeys(_only(signature), inputs)
    if not named:
        yield "inputs: the signature has several inputs, and the request names none"
    elif wrong := [*_names(named, signature)]:
        yield from (f"inputs: {problem}" for problem in wrong)
    else:
        yield from _tensors(named, signature)


def _only(signature: Signature) -> tuple[str, ...]:
    """Return the name of the one input that need not be named; none where there are several."""
    return tuple(signature.inputs) if len(signature.inputs) == 1 else ()


def _names(sent: Mapping[str, Any], signature: Signature) -> Iterator[str]:
    for name in sorted(sent.keys() - signature.inputs.keys()):
        yield f"the signature has no input {legible(name)}"
    for name in sorted(signature.inputs.keys() - sent.keys()):
        has_default = name in signature.defaults
        why = ", and the REST API knows no defaults" if has_default else ""
        yield f"input {legible(name)} is missing{why}"


def _tensors(sent: Mapping[str, Any], signature: Signature) -> Iterator[str]:
    for name, value in sorted(sent.items()):
        if problem := _tensor(value, signature.inputs[name]):
            yield f"input {legible(name)}: {problem}"


def _tensor(value: Any, wanted: Tensor) -> str | None:  # noqa: ANN401  JSON
    shape: list[int] = []
    level = [value]
    while level and isinstance(level[0], list):
        if not all(isinstance(it, list) and len(it) == len(level[0]) for it in level):
            return "its rows are not of one length"
        shape.append(len(level[0]))
        level = [inner for outer in level for inner in outer]
    if any(isinstance(it, list) for it in level):
        return "its rows are not of one length"
    for one in level:
        if not _is_of(one, wanted.base):
            return f"{_shown(one)} is no value of {wanted.base}"
    if not takes(wanted.shape, tuple(shape)):
        found, expected = dimensions(tuple(shape)), dimensions(wanted.shape)
        return f"its shape is {found}, and the signature wants {expected}"
    return None


def _is_of(value: object, dtype: str) -> bool:
    """Whether a value can be one of *dtype*; of a type that is not known, anything can."""
    if dtype not in SAID:
        return True
    if dtype == "DT_STRING":
        text = value["b64"] if isinstance(value, Mapping) and _is_bytes(value) else ""
        return isinstance(value, str) or (_is_bytes(value) and not _NO_BASE64.search(text))
    if dtype == "DT_BOOL":
        return isinstance(value, bool)
    if dtype in _FLOATS and isinstance(value, float):
        return True
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    most = 1 << _BITS.get(dtype, 31)
    return dtype in _FLOATS or -most <= value < most


def _shown(value: object) -> str:
    if isinstance(value, str):
        return short(value)
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _answer(response: Mapping[str, Any], signature: Signature) -> Iterator[str]:
    [(key, value)] = response.items()
    parts = value if key == "predictions" else [value]
    names = signature.outputs.keys()
    for number, part in enumerate(parts):
        place = f"{key}[{number}]" if key == "predictions" else key
        if len(names) == 1 and _is_named(part):
            yield f"{place}: the one output {legible(next(iter(names)))} is not named in answers"
            return
        if len(names) > 1 and not _is_named(part):
            yield f"{place}: the signature has several outputs, and the answer names none"
            return
        unknown = sorted(part.keys() - names) if _is_named(part) else []
        if unknown:
            yield f"{place}: the signature has no output {legible(unknown[0])}"
            return


def _is_named(value: object) -> bool:
    return isinstance(value, Mapping) and not _is_bytes(value)


def _is_bytes(value: object) -> bool:
    return isinstance(value, Mapping) and value.keys() == {"b64"} and isinstance(value["b64"], str)
