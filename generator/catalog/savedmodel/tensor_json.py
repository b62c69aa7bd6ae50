"""A tensor of a logged request, as the REST API takes it."""

import base64
import math
import struct
from collections.abc import Sequence
from typing import Any

from generator.catalog.savedmodel.signatures import dtype
from generator.limits.probe import PROBE_ELEMENTS
from generator.serving.tensorflow_serving_pb2 import TensorProto

_FORMS = {
    "DT_FLOAT": ("float_val", "f"),
    "DT_DOUBLE": ("double_val", "d"),
    "DT_INT32": ("int_val", "i"),
    "DT_INT16": ("int_val", "h"),
    "DT_INT8": ("int_val", "b"),
    "DT_UINT8": ("int_val", "B"),
    "DT_INT64": ("int64_val", "q"),
    "DT_BOOL": ("bool_val", "?"),
    "DT_STRING": ("string_val", ""),
}
"""By type, the field with its values, and the form of one in `tensor_content`."""

_ZERO: dict[str, Any] = {"DT_FLOAT": 0.0, "DT_DOUBLE": 0.0, "DT_BOOL": False, "DT_STRING": b""}
"""The value of a tensor that has none, where it is not 0."""

SAID = frozenset(_FORMS)
"""The types that each release of the REST API takes and writes."""


def tensor_json(tensor: TensorProto) -> Any:  # noqa: ANN401  JSON
    """Return *tensor* as JSON: a value, or lists in lists of values.

    Raises:
        ValueError: JSON does not say it, for its type, its shape or its size.
    """
    name = dtype(tensor.dtype)
    if name not in _FORMS:
        raise ValueError(f"the REST API takes no {name}")
    if tensor.tensor_shape.unknown_rank:
        raise ValueError("its shape is not known")
    shape = [one.size for one in tensor.tensor_shape.dim]
    if any(size < 1 for size in shape):
        raise ValueError(f"no JSON has the shape {shape}")
    count = math.prod(shape)
    if problem := PROBE_ELEMENTS.exceeded(count):
        raise ValueError(problem)
    return _nested(_values(tensor, name, count), shape)


def _values(tensor: TensorProto, name: str, count: int) -> Sequence[Any]:
    field, form = _FORMS[name]
    if tensor.tensor_content:
        if not form or len(tensor.tensor_content) != count * struct.calcsize(f"<{form}"):
            raise ValueError("its content is not of its shape")
        return struct.unpack(f"<{count}{form}", tensor.tensor_content)
    found = list(getattr(tensor, field))
    if len(found) > count:
        raise ValueError("it has more values than its shape")
    # TensorFlow writes the last value once, where all that follow are the same.
    found += [found[-1] if found else _ZERO.get(name, 0)] * (count - len(found))
    if name == "DT_STRING":
        return [{"b64": base64.b64encode(one).decode()} for one in found]
    return found


def _nested(values: Sequence[Any], shape: Sequence[int]) -> Any:  # noqa: ANN401  JSON
    if not shape:
        return values[0]
    found = list(values)
    for size in reversed(shape[1:]):
        found = [found[at : at + size] for at in range(0, len(found), size)]
    return found
