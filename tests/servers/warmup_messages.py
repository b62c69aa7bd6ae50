"""TensorFlow Serving's own PredictionLog, to write warm-up records with.

The wheel `tensorflow-serving-api` holds it, in modules that import TensorFlow. So the
descriptors are taken from the modules' text, and stand beside those of TensorFlow's messages
that they need, as far as a test writes them.
"""

import struct
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from tests.servers.serving_messages import published

_SERVING = (
    *("google.protobuf.wrappers_pb2", "google.protobuf.any_pb2"),
    *("apis.model_pb2", "apis.input_pb2", "apis.classification_pb2", "apis.regression_pb2"),
    *("apis.inference_pb2", "apis.predict_pb2", "apis.session_service_pb2"),
    *("config.log_collector_config_pb2", "config.logging_config_pb2", "apis.logging_pb2"),
    "apis.prediction_log_pb2",
)
_FIELD = descriptor_pb2.FieldDescriptorProto
_TENSOR = (  # of tensorflow/core/framework/tensor.proto
    ("dtype", 1, _FIELD.TYPE_INT32, False),
    ("tensor_content", 4, _FIELD.TYPE_BYTES, False),
    ("float_val", 5, _FIELD.TYPE_FLOAT, True),
    ("int_val", 7, _FIELD.TYPE_INT32, True),
    ("string_val", 8, _FIELD.TYPE_BYTES, True),
)


def message(name: str) -> Any:
    """Return the class of a message of TensorFlow Serving, or of one that it is made of."""
    package = "tensorflow" if name in {"TensorProto", "Example"} else "tensorflow.serving"
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{package}.{name}"))


def tensor(dtype: int, *shape: int, **values: Any) -> Any:
    """Return a TensorProto."""
    found = message("TensorProto")(dtype=dtype, **values)
    for size in shape:
        found.tensor_shape.dim.add(size=size)
    return found


def predict(signature: str = "", /, **inputs: Any) -> Any:
    """Return a PredictionLog of a prediction."""
    found = message("PredictionLog")()
    found.predict_log.request.model_spec.name = "m"
    found.predict_log.request.model_spec.signature_name = signature
    for name, value in inputs.items():
        found.predict_log.request.inputs[name].CopyFrom(value)
    return found


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    pool = descriptor_pool.DescriptorPool()
    for file in _tensorflow():
        pool.Add(file)
    for module in _SERVING:
        is_other = module.startswith("google.")
        pool.Add(published(module if is_other else f"tensorflow_serving.{module}"))
    return pool


def _tensorflow() -> tuple[descriptor_pb2.FileDescriptorProto, ...]:
    shape = _file("core/framework/tensor_shape.proto", "TensorShapeProto")
    dimension = shape.message_type[0].nested_type.add(name="Dim")
    dimension.field.add(name="size", number=1, type=_FIELD.TYPE_INT64, label=_FIELD.LABEL_OPTIONAL)
    shape.message_type[0].field.add(
        name="dim",
        number=2,
        type=_FIELD.TYPE_MESSAGE,
        type_name=".tensorflow.TensorShapeProto.Dim",
        label=_FIELD.LABEL_REPEATED,
    )
    shape.message_type[0].field.add(
        name="unknown_rank", number=3, type=_FIELD.TYPE_BOOL, label=_FIELD.LABEL_OPTIONAL
    )
    value = _file("core/framework/tensor.proto", "TensorProto", shape.name)
    for name, number, kind, is_repeated in _TENSOR:
        label = _FIELD.LABEL_REPEATED if is_repeated else _FIELD.LABEL_OPTIONAL
        value.message_type[0].field.add(name=name, number=number, type=kind, label=label)
    value.message_type[0].field.add(
        name="tensor_shape",
        number=2,
        type=_FIELD.TYPE_MESSAGE,
        type_name=".tensorflow.TensorShapeProto",
        label=_FIELD.LABEL_OPTIONAL,
    )
    config = _file("core/protobuf/config.proto", "RunOptions")
    config.message_type.add(name="RunMetadata")
    return (
        shape,
        value,
        _file("core/example/example.proto", "Example"),
        config,
        _file("core/protobuf/named_tensor.proto", "NamedTensorProto"),
    )


def _file(name: str, first: str, *needs: str) -> descriptor_pb2.FileDescriptorProto:
    found = descriptor_pb2.FileDescriptorProto(
        name=f"tensorflow/{name}", package="tensorflow", syntax="proto3", dependency=needs
    )
    found.message_type.add(name=first)
    return found


def crc32c(data: bytes) -> int:
    """Return the CRC-32C bit by bit, as RFC 3720 defines it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data: bytes) -> bytes:
    """Return the checksum of a part of a record as it stands in a file."""
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32)


def record(data: bytes) -> bytes:
    """Return one record of a TFRecord file."""
    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)
