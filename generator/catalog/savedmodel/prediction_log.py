"""A logged request, the record of a warm-up file, judged as by a server that is to run it.

What a server decides before the model computes is judged: the kind of the request, its
signature, the names and types of its inputs. Shapes are not compared; a server does not.
"""

from collections import Counter
from collections.abc import Generator, Iterator

from msgspec import Struct

from generator.catalog.savedmodel.compatibility import CLASSIFY, PREDICT, REGRESS, unfit
from generator.catalog.savedmodel.signatures import (
    Signature,
    Signatures,
    Tensor,
    dtype,
    is_signature,
    legible,
)
from generator.serving.tensorflow_serving_pb2 import (
    Input,
    ModelSpec,
    MultiInferenceRequest,
    PredictionLog,
    PredictRequest,
    TensorProto,
)

_DEFAULT_SIGNATURE = "serving_default"
_REFUSED = frozenset({"session_run_log", "predict_streamed_log"})
_OPAQUE = frozenset({"DT_INVALID", "DT_RESOURCE", "DT_VARIANT"})
"""Types of inputs that say nothing of what may be sent."""
_BYTES = {
    **dict.fromkeys(("DT_UINT8", "DT_INT8", "DT_BOOL"), 1),
    **dict.fromkeys(("DT_INT16", "DT_UINT16", "DT_HALF", "DT_BFLOAT16"), 2),
    **dict.fromkeys(("DT_FLOAT", "DT_INT32", "DT_UINT32"), 4),
    **dict.fromkeys(("DT_DOUBLE", "DT_INT64", "DT_UINT64", "DT_COMPLEX64"), 8),
    "DT_COMPLEX128": 16,
}


class Model(Struct, frozen=True):
    """The model that warm-up requests are sent to."""

    signatures: Signatures | None = None
    """None where they cannot be read: then requests are not compared with them."""
    checks_method: bool = False
    """Whether the server compares methods, see `reading.METHOD_CHECK`."""


def asks(log: PredictionLog) -> bool:
    """Whether a record has a request; a server passes over one that has none."""
    kind = log.WhichOneof("log_type")
    return kind is not None and (
        kind != "multi_inference_log" or bool(log.multi_inference_log.request.tasks)
    )


def problems(log: PredictionLog, model: Model) -> Iterator[str]:
    """Yield, in words, what a server says against a record, first things first."""
    kind = log.WhichOneof("log_type")
    if kind in _REFUSED:
        yield f"servers refuse a {kind} at warm-up"
    elif kind == "predict_log":
        yield from _predict(log.predict_log.request, model)
    elif kind == "classify_log":
        yield from _examples(log.classify_log.request.input)
        yield from _task(log.classify_log.request.model_spec, CLASSIFY, model)
    elif kind == "regress_log":
        yield from _examples(log.regress_log.request.input)
        yield from _task(log.regress_log.request.model_spec, REGRESS, model)
    elif kind == "multi_inference_log":
        yield from _tasks(log.multi_inference_log.request, model)


def _predict(request: PredictRequest, model: Model) -> Iterator[str]:
    yield from (
        f"input {legible(name)}: {problem}"
        for name, tensor in sorted(request.inputs.items())
        if (problem := _malformed(tensor))
    )
    signature = yield from _signature(request.model_spec, PREDICT, model)
    if signature is None:
        return
    sent, wanted = request.inputs.keys(), signature.inputs
    for name in sorted(sent - wanted.keys()):
        yield f"the signature has no input {legible(name)}"
    for name in sorted(wanted.keys() - sent - signature.defaults):
        yield f"input {legible(name)} is missing, and has no default"
    for name in sorted(sent & wanted.keys()):
        yield from _mismatch(name, dtype(request.inputs[name].dtype), wanted[name])
    outputs = Counter(request.output_filter)
    for name in sorted(outputs):
        if name not in signature.outputs:
            yield f"the signature has no output {legible(name)}"
        elif outputs[name] > 1:
            yield f"output {legible(name)} is asked for twice"


def _task(spec: ModelSpec, api: str, model: Model) -> Iterator[str]:
    """Yield what is against a request that has examples in place of tensors."""
    signature = yield from _signature(spec, api, model)
    if signature is not None:
        yield from _mismatch("inputs", "DT_STRING", signature.inputs["inputs"])


def _tasks(request: MultiInferenceRequest, model: Model) -> Iterator[str]:
    names = [task.model_spec.name for task in request.tasks]
    if not all(names):
        yield "a task names no model"
    elif len(set(names)) > 1:
        yield "its tasks name several models"
    asked = [task.model_spec.signature_name or _DEFAULT_SIGNATURE for task in request.tasks]
    if len(set(asked)) < len(asked):
        yield "two tasks ask the same signature"
    if request.tasks:
        yield from _examples(request.input)
    for task in request.tasks:
        if task.method_name not in {CLASSIFY, REGRESS}:
            yield f"servers refuse the method {legible(task.method_name)} here"
        else:
            yield from _task(task.model_spec, task.method_name, model)


def _signature(spec: ModelSpec, api: str, model: Model) -> Generator[str, None, Signature | None]:
    """Yield why the signature that is asked for cannot be asked; return it if it can."""
    name = spec.signature_name or _DEFAULT_SIGNATURE
    if model.signatures is None or not is_signature(name):
        return None
    found = model.signatures.get(name)
    if found is None:
        yield f"the model has no signature {legible(name)}"
        return None
    if problem := unfit(found, api, checks_method=model.checks_method):
        yield f"signature {legible(name)}: {problem}"
        return None
    return found


def _examples(sent: Input) -> Iterator[str]:
    kind = sent.WhichOneof("kind")
    if kind is None or not getattr(sent, kind).examples:
        yield "its input has no examples"


def _mismatch(name: str, sent: str, wanted: Tensor) -> Iterator[str]:
    is_known = wanted.base.startswith("DT_") and wanted.base not in _OPAQUE
    if is_known and sent != wanted.base:
        yield f"input {legible(name)} is {sent}, and the signature wants {wanted.base}"


def _malformed(tensor: TensorProto) -> str | None:
    """Say why a server cannot make a tensor of what is sent, or return None."""
    name = dtype(tensor.dtype)
    if name.endswith("_REF") or name == "DT_INVALID":
        return f"{name} is no type of a value"
    shape = tensor.tensor_shape
    if shape.unknown_rank:
        return None
    elements = 1
    for dimension in shape.dim:
        if dimension.size < 0:
            return f"its shape has a size of {dimension.size}"
        elements *= dimension.size
    expected, found = elements * _BYTES.get(name, 0), len(tensor.tensor_content)
    if expected and found and found != expected:
        return f"its content has {found} bytes, and its shape and type ask for {expected}"
    return None
