"""What TensorFlow Serving's gRPC API answers for a simulated server: predictions, and states.

In TensorFlow Serving's own messages, and with the words and codes of its REST API. A reload by
RPC, with which a real server takes any configuration from anybody, is recorded and does nothing.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty

from generator.simulated_server.rest import ModelServer, RefusedError
from tests.servers.serving_messages import status_request, status_response
from tests.servers.warmup_messages import message

_FLOAT = 1
_CODES = {400: grpc.StatusCode.INVALID_ARGUMENT, 404: grpc.StatusCode.NOT_FOUND}
_PREDICTION = "tensorflow.serving.PredictionService"
_MODEL = "tensorflow.serving.ModelService"


@contextmanager
def grpc_port(model_server: ModelServer) -> Iterator[int]:
    """Answer by gRPC on a free port of 127.0.0.1 for as long as the context, and return it."""
    server = grpc.server(ThreadPoolExecutor(2), handlers=_handlers(model_server))
    port: int = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


def _handlers(server: ModelServer) -> Sequence[grpc.GenericRpcHandler]:
    return [
        grpc.method_handlers_generic_handler(
            _PREDICTION, {"Predict": _method(server, "Predict", message("PredictRequest"), predict)}
        ),
        grpc.method_handlers_generic_handler(
            _MODEL,
            {
                "GetModelStatus": _method(server, "GetModelStatus", status_request(), _status),
                "HandleReloadConfigRequest": _method(
                    server, "HandleReloadConfigRequest", Empty, lambda _, __: Empty()
                ),
            },
        ),
    ]


def _method(
    server: ModelServer, name: str, kind: Any, answer: Callable[[ModelServer, Any], Any]
) -> "grpc.RpcMethodHandler[Any, Any]":
    return grpc.unary_unary_rpc_method_handler(
        partial(_answered, server, name, answer),
        request_deserializer=kind.FromString,
        response_serializer=lambda it: it.SerializeToString(),
    )


def _answered(
    server: ModelServer,
    name: str,
    answer: Callable[[ModelServer, Any], Any],
    request: Any,
    context: grpc.ServicerContext,
) -> Any:
    """Return the answer, or end the call with the code and the words of a refusal."""
    server.requests.append(f"gRPC {name}")
    try:
        return answer(server, request)
    except RefusedError as error:
        status, words = error.args
        context.abort(_CODES[status], words)


def predict(server: ModelServer, request: Any) -> Any:
    """Return the PredictResponse of half-plus-two.

    Raises:
        RefusedError: No such version, or not one input of floats.
    """
    spec = request.model_spec
    chosen = spec.WhichOneof("version_choice")
    version = spec.version.value if chosen == "version" else None
    label = spec.version_label if chosen == "version_label" else None
    with server.lock:
        served = server.served(spec.name, version, label)
        upload = server.upload(spec.name, served)
    tensors = list(request.inputs.values())
    if len(tensors) != 1 or tensors[0].dtype != _FLOAT:
        raise RefusedError(400, "input size does not match signature")
    [given] = tensors
    add = server.adds(upload)
    response = message("PredictResponse")()
    response.model_spec.name = spec.name
    response.model_spec.version.value = served
    response.model_spec.signature_name = spec.signature_name or "serving_default"
    response.outputs["y"].CopyFrom(given)
    response.outputs["y"].ClearField("tensor_content")
    response.outputs["y"].float_val[:] = [value / 2 + add for value in _floats(given)]
    return response


def _floats(tensor: Any) -> Sequence[float]:
    """Return the values of a tensor, which are in one of two places; one may stand for all."""
    content: bytes = tensor.tensor_content
    if content:
        return struct.unpack(f"<{len(content) // 4}f", content)
    size = 1
    for dimension in tensor.tensor_shape.dim:
        size *= dimension.size
    values: list[float] = list(tensor.float_val)
    return values + values[-1:] * (size - len(values))


def _status(server: ModelServer, request: Any) -> Any:
    """Return GetModelStatusResponse."""
    spec = request.model_spec
    version = spec.version.value if spec.HasField("version") else None
    with server.lock:
        return status_response(server.states(spec.name, version))
