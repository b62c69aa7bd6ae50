"""The first warm-up record that the REST API can say, as a probe.

Servers have run all records when a version is AVAILABLE; that it still answers, and answers by
REST, is what the probe shows. A request that JSON would change is none.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.message import DecodeError

from generator.catalog.savedmodel import tfrecord
from generator.catalog.savedmodel.protobuf import UnsureError
from generator.catalog.savedmodel.signatures import Signatures, dtype, legible
from generator.catalog.savedmodel.tensor_json import SAID, tensor_json
from generator.limits.probe import PROBE_RECORD_BYTES, PROBE_SEARCH_BYTES
from generator.serving.probe.probe import Probe
from generator.serving.tensorflow_serving_pb2 import PredictionLog, PredictRequest

_DEFAULT_SIGNATURE = "serving_default"


def first(chunks: Iterable[bytes], signatures: Signatures) -> Probe | str:
    """Return the probe of a warm-up file, which comes as *chunks*, or why it has none.

    *signatures* are those of its model.
    """
    why = ""
    try:
        for data in tfrecord.records(chunks, PROBE_SEARCH_BYTES, PROBE_RECORD_BYTES):
            found = _said(data, signatures)
            if isinstance(found, Probe):
                return found
            why = why or found
    except UnsureError:
        why = why or f"no record in its first {int(PROBE_SEARCH_BYTES):,} bytes"
    except ValueError as error:  # a server would not have loaded the version
        why = why or str(error)
    return why or "it has no records"


def _said(data: bytes | None, signatures: Signatures) -> Probe | str:
    if data is None:
        return f"a record of {PROBE_RECORD_BYTES.over}"
    try:
        log = PredictionLog.FromString(data)
    except DecodeError:
        return "a record is no PredictionLog"
    kind = log.WhichOneof("log_type")
    if kind != "predict_log":
        return f"a {kind or 'record without a request'} is not sent"
    try:
        return Probe(_request(log.predict_log.request, signatures))
    except ValueError as error:
        return str(error)


def _request(request: PredictRequest, signatures: Signatures) -> Mapping[str, Any]:
    name = request.model_spec.signature_name or _DEFAULT_SIGNATURE
    signature = signatures.get(name)
    if signature is None:
        raise ValueError(f"the model has no signature {legible(name)}")
    if request.inputs.keys() != signature.inputs.keys():
        raise ValueError("the REST API wants each input of the signature, and no other")
    for output, tensor in sorted(signature.outputs.items()):
        if tensor.base not in SAID:
            raise ValueError(f"the REST API has no {tensor.base}, as output {legible(output)} is")
    inputs = {}
    for key, value in sorted(request.inputs.items()):
        sent, wanted = dtype(value.dtype), signature.inputs[key].base
        if sent != wanted:
            raise ValueError(f"input {legible(key)} is {sent}, and the signature wants {wanted}")
        try:
            inputs[key] = tensor_json(value)
        except ValueError as error:
            raise ValueError(f"input {legible(key)}: {error}") from None
    return {"signature_name": name, "inputs": inputs}
