"""Our schema of TensorFlow Serving's messages, compared with what it publishes."""

import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from tensorflow_serving.config.file_system_storage_path_source_pb2 import (
    FileSystemStoragePathSourceConfig,
)
from tensorflow_serving.config.model_server_config_pb2 import (
    ModelConfigList,
    ModelServerConfig,
)

from generator.serving import tensorflow_serving_pb2 as ours

ROOT = Path(__file__).parents[2]


def test_the_generated_module_is_that_of_the_proto_file(tmp_path):
    """`make proto` after each edit of the schema; the compiler is the pinned one."""
    protoc = [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT / 'schemas'}"]
    subprocess.run([*protoc, f"--python_out={tmp_path}", "tensorflow_serving.proto"], check=True)

    found = (tmp_path / "tensorflow_serving_pb2.py").read_text()
    assert (ROOT / "generator/serving/tensorflow_serving_pb2.py").read_text() == found


def shape(message: Descriptor) -> dict[str, tuple[object, ...]]:
    """What decides on the text and the bytes of a message, by field name."""
    return {field.name: (field.number, field.type, *_nature(field)) for field in message.fields}


def _nature(field: FieldDescriptor) -> tuple[object, ...]:
    oneof = field.containing_oneof.name if field.containing_oneof else None
    return field.is_repeated, oneof, field.message_type and field.message_type.name


POLICY = FileSystemStoragePathSourceConfig.DESCRIPTOR.nested_types_by_name["ServableVersionPolicy"]
MODEL = ModelConfigList.DESCRIPTOR.fields_by_name["config"].message_type


@pytest.mark.parametrize(
    ("own", "published"),
    [
        (ours.ModelServerConfig, ModelServerConfig.DESCRIPTOR),
        (ours.ModelConfigList, ModelConfigList.DESCRIPTOR),
        (ours.ModelConfig, MODEL),
        (ours.ServableVersionPolicy, POLICY),
        *(
            (getattr(ours.ServableVersionPolicy, name), POLICY.nested_types_by_name[name])
            for name in ("Latest", "All", "Specific")
        ),
    ],
)
def test_our_fields_are_tensorflows(own, published):
    """Names, numbers, types: the text and the bytes are the same."""
    theirs = shape(published)
    for name, found in shape(own.DESCRIPTOR).items():
        if name == "model_config_list":  # we have but one member of its oneof
            assert found[:2] == theirs[name][:2]
        else:
            assert found == theirs[name]


@pytest.mark.parametrize(
    ("own", "published"),
    [
        (
            ours.BatchingParameters,
            {
                "max_batch_size": (1, "Int64Value"),
                "batch_timeout_micros": (2, "Int64Value"),
                "max_enqueued_batches": (3, "Int64Value"),
                "num_batch_threads": (4, "Int64Value"),
                "thread_pool_name": (5, "StringValue"),
                "allowed_batch_sizes": (6, None),
                "pad_variable_length_inputs": (7, None),
                "enable_large_batch_splitting": (8, "BoolValue"),
                "max_execution_batch_size": (9, "Int64Value"),
            },
        ),
        (ours.MonitoringConfig, {"prometheus_config": (1, "PrometheusConfig")}),
        (ours.PrometheusConfig, {"enable": (1, None), "path": (2, None)}),
    ],
)
def test_fields_that_no_package_publishes_are_those_of_the_server(own, published):
    """From session_bundle_config.proto and monitoring_config.proto of the server."""
    assert {
        field.name: (field.number, field.message_type and field.message_type.name)
        for field in own.DESCRIPTOR.fields
    } == published
