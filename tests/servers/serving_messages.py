"""TensorFlow Serving's own status messages, and the JSON that its REST API made of them.

The wheel `tensorflow-serving-api` holds them, in modules that import TensorFlow for one enum:
its error codes, which are those of gRPC. So the descriptors are taken from the modules' text.
"""

import ast
import importlib.util
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from tensorflow_serving.apis import model_pb2

_CODES = "tensorflow/core/protobuf/error_codes.proto"


def status_json(versions: Iterable[tuple[int, str, str, str]]) -> str:
    """Return GetModelStatusResponse of (version, state, error code, message), highest first."""
    return json_format.MessageToJson(
        status_response(versions), indent=1, always_print_fields_with_no_presence=True
    )


def status_request() -> Any:
    """Return the class of GetModelStatusRequest."""
    return _class("GetModelStatusRequest")


def status_response(versions: Iterable[tuple[int, str, str, str]]) -> Any:
    """Return what `status_json` prints."""
    response = _class("GetModelStatusResponse")()
    for version, state, code, text in sorted(versions, reverse=True):
        found = response.model_version_status.add(version=version)
        found.state = found.State.Value(state)
        found.status.error_code = getattr(grpc.StatusCode, code).value[0]
        found.status.error_message = text
    return response


def metadata_json(name: str, version: int) -> str:
    """Return GetModelMetadataResponse; its signatures are left out, for they are TensorFlow's."""
    spec = model_pb2.ModelSpec(name=name)
    spec.version.value = version
    text = json_format.MessageToJson(
        spec, indent=1, always_print_fields_with_no_presence=True, preserving_proto_field_name=True
    )
    signatures = '{\n "signature_def": {}\n}\n'
    return f'{{\n"model_spec":{text}\n,\n"metadata": {{"signature_def": {signatures}}}\n}}\n'


def old_error_json(message: str) -> str:
    """Return an error as older servers escape it: as C does, which is not always JSON."""
    escaped = "".join(_escaped_in_c(byte) for byte in message.encode())
    return f'{{ "error": "{escaped}" }}'


def _escaped_in_c(byte: int) -> str:
    known = {10: "\\n", 13: "\\r", 9: "\\t", 34: '\\"', 39: "\\'", 92: "\\\\"}
    return known.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}")


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    pool = descriptor_pool.DescriptorPool()
    codes = descriptor_pb2.FileDescriptorProto(
        name=_CODES, package="tensorflow.error", syntax="proto3"
    )
    enum = codes.enum_type.add(name="Code")
    for code in sorted(grpc.StatusCode, key=lambda code: code.value[0]):
        enum.value.add(name=code.name, number=code.value[0])
    pool.Add(codes)
    for module in (
        "google.protobuf.wrappers_pb2",
        "model_pb2",
        "status_pb2",
        "get_model_status_pb2",
    ):
        pool.Add(published(module if "." in module else f"tensorflow_serving.apis.{module}"))
    return pool


def published(module: str) -> descriptor_pb2.FileDescriptorProto:
    """Return the descriptor that the generated *module* adds, without importing it."""
    spec = importlib.util.find_spec(module)
    assert spec
    assert spec.origin
    for node in ast.walk(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("AddSerializedFile"):
            return descriptor_pb2.FileDescriptorProto.FromString(ast.literal_eval(node.args[0]))
    raise LookupError(module)


def _class(name: str) -> Any:
    found = _pool().FindMessageTypeByName(f"tensorflow.serving.{name}")
    return message_factory.GetMessageClass(found)
