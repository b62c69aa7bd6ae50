"""The texts that a server reads, checked with TensorFlow Serving's own messages and parser."""

import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.protobuf import text_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_serving.config.file_system_storage_path_source_pb2 import (
    FileSystemStoragePathSourceConfig,
)
from tensorflow_serving.config.model_server_config_pb2 import (
    ModelConfigList,
    ModelServerConfig,
)

from generator.catalog.catalog import IndexRef, Version
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment, Mount, Source
from generator.environment.flags import TYPES
from generator.environment.serving import Batching, Monitoring, Polling, Serving
from generator.errors import InvalidInputError
from generator.lock.lock import ServedModel
from generator.serving import config as serving
from generator.serving import tensorflow_serving_pb2 as ours

ROOT = Path(__file__).parents[2]
MOUNTED = Source("s3://models", access="mount", mount=Mount(claim_name="models"))


def served(name, numbers, labels=(), base_path=None, platform="tensorflow"):
    """A model as it is to be served, of versions that are all alike."""
    path = name if base_path is None else base_path
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    versions = tuple(
        Version(
            path, str(number), IndexRef("index-1.csv", "e"), "sha256:0", 1, 1, moment, warmup=False
        )
        for number in numbers
    )
    return ServedModel(name, path, versions, tuple(labels), platform=platform)


# --- models.config ----------------------------------------------------------------------


def test_tensorflows_own_parser_reads_what_was_meant():
    """Names, paths, platform, explicit versions and labels, sorted."""
    models = [
        served("resnet", [50, 101], [("canary", 101), ("stable", 50)], "vision/resnet"),
        served("bert", [20170111173521]),
    ]
    config = text_format.Parse(serving.models_config(models, MOUNTED), ModelServerConfig())

    assert config.WhichOneof("config") == "model_config_list"
    bert, resnet = config.model_config_list.config
    assert (bert.name, bert.base_path, bert.model_platform) == (
        "bert",
        "/models/bert",
        "tensorflow",
    )
    assert list(bert.model_version_policy.specific.versions) == [20170111173521]
    assert dict(bert.version_labels) == {}
    assert resnet.base_path == "/models/vision/resnet"
    assert list(resnet.model_version_policy.specific.versions) == [50, 101]
    assert dict(resnet.version_labels) == {"stable": 50, "canary": 101}
    for model in (bert, resnet):
        assert model.model_version_policy.WhichOneof("policy_choice") == "specific"
        assert not model.HasField("logging_config")
        assert model.model_type == 0


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (MOUNTED, "/models/a/b"),
        (Source("gs://models/team/"), "gs://models/team/a/b"),
        (Source("gs://models", access="mount"), "/models/a/b"),
        (Source("s3://models", access="direct"), "s3://models/a/b"),
        (Source("s3://models/x"), "/models/a/b"),
        (Source("file:///srv/models"), "/models/a/b"),
    ],
)
def test_a_base_path_is_where_the_server_finds_the_model(source, expected):
    """Servers that read the store get its URL, all others a folder; never a slash too many."""
    assert serving.base_path(source, "a/b") == expected


def test_no_models_are_a_list_without_models():
    """An empty or comment-only file stops a server, or deadlocks it later."""
    text = serving.models_config([], MOUNTED)

    assert "model_config_list {" in text
    config = text_format.Parse(text, ModelServerConfig())
    assert config.WhichOneof("config") == "model_config_list"


def test_the_file_says_who_wrote_it_in_a_comment():
    """Text format has `#` comments; the parser that reads them is TensorFlow's."""
    assert serving.models_config([], MOUNTED).startswith("# Written by tfs-gitops.")


@pytest.mark.parametrize(
    ("models", "problem"),
    [
        ([served("", [1], base_path="a")], "model '' has no name"),
        ([served("a", [1]), served("a", [1], base_path="b")], "model 'a' is here twice"),
        ([served("a", [1], base_path="/")], "model 'a' has no base path"),
        ([served("a", [1], platform="")], "model 'a' has no platform"),
        ([served("a", [])], "model 'a' has no version"),
        ([served("a", [1, 1])], "model 'a' has a version twice"),
        ([served("a", [1], [("stable", 2)])], "model 'a' has a label on another version"),
    ],
)
def test_a_state_that_breaks_a_server_is_never_written(models, problem):
    """Each of these is an outage, or a file that a server refuses for ever."""
    with pytest.raises(InvalidInputError) as caught:
        serving.models_config(models, MOUNTED)
    assert problem in caught.value.problems
    assert "models.lock.json" in caught.value.hint


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
NUMBERS = st.integers(0, 2**63 - 1)


def test_a_label_of_version_0_says_so():
    """The text of a default is left out elsewhere, and a reviewer looks for the version."""
    text = serving.models_config([served("m", [0, 1], [("a", 1), ("b", 0), ("c", 0)])], MOUNTED)
    lines = [line.strip() for line in text.splitlines()]
    assert [line for line in lines if line.startswith(("key", "value"))] == [
        *('key: "a"', "value: 1", 'key: "b"', "value: 0", 'key: "c"', "value: 0"),
    ]
    [model] = text_format.Parse(text, ModelServerConfig()).model_config_list.config
    assert dict(model.version_labels) == {"a": 1, "b": 0, "c": 0}


@st.composite
def fleets(draw):
    """Models with any names, paths, versions and labels."""
    names = draw(st.lists(TEXTS, unique=True, max_size=5))
    models = []
    for name in names:
        numbers = sorted(draw(st.sets(NUMBERS, min_size=1, max_size=4)))
        labels = draw(st.dictionaries(TEXTS, st.sampled_from(numbers), max_size=3))
        path = draw(TEXTS.filter(lambda path: path.strip("/")))
        models.append(served(name, numbers, sorted(labels.items()), path))
    return models


@given(models=fleets(), random=st.randoms())
def test_any_fleet_goes_through_tensorflows_parser_unchanged(models, random):
    """Whatever the texts hold, the server reads it back; the order of models is no matter."""
    text = serving.models_config(models, MOUNTED)
    config = text_format.Parse(text, ModelServerConfig())
    found = {
        item.name: (
            item.base_path,
            tuple(item.model_version_policy.specific.versions),
            dict(item.version_labels),
        )
        for item in config.model_config_list.config
    }

    assert found == {
        model.name: (f"/models/{model.base_path}", model.numbers, dict(model.labels))
        for model in models
    }
    assert len(config.model_config_list.config) == len(models)
    shuffled = random.sample(models, len(models))
    assert serving.models_config(shuffled, MOUNTED) == text
    assert text_format.Parse(text, ours.ModelServerConfig()).SerializeToString(
        deterministic=True
    ) == config.SerializeToString(deterministic=True)


@given(text=TEXTS)
def test_a_reviewer_sees_every_character(text):
    """No direction mark or line separator hides in a diff: what is not visible is escaped."""
    config = serving.models_config([served("a", [1], base_path=f"b/{text}")], MOUNTED)
    assert all(character.isprintable() for character in config.replace("\n", ""))


def test_letters_of_any_script_stay_readable():
    """Only what is not visible is escaped."""
    assert '"/models/名前/ü"' in serving.models_config(
        [served("a", [1], base_path="名前/ü")], MOUNTED
    )


# --- batching.config and monitoring.config ----------------------------------------------


def test_batching_is_what_the_environment_sets():
    """Wrapped values, each of its key; the server's parser requires the wrappers."""
    batching = Batching(
        max_batch_size=128,
        batch_timeout_micros=5000,
        max_enqueued_batches=1000,
        num_batch_threads=4,
        thread_pool_name="batch",
        allowed_batch_sizes=(32, 128),
        pad_variable_length_inputs=True,
        enable_large_batch_splitting=True,
        max_execution_batch_size=127,
    )
    text = serving.batching_config(batching)
    config = text_format.Parse(text, ours.BatchingParameters())

    for item in fields(Batching):
        value = getattr(config, item.name)
        expected = getattr(batching, item.name)
        found = tuple(value) if isinstance(expected, tuple) else getattr(value, "value", value)
        assert found == expected, item.name
    assert "max_batch_size {\n  value: 128\n}" in text
    assert "allowed_batch_sizes: 32\nallowed_batch_sizes: 128" in text


def test_what_is_not_set_is_left_to_the_server():
    """An unset key is the server's default; a zero is a zero."""
    empty = text_format.Parse(serving.batching_config(Batching()), ours.BatchingParameters())
    zero = Batching(batch_timeout_micros=0, enable_large_batch_splitting=False)
    zeros = text_format.Parse(serving.batching_config(zero), ours.BatchingParameters())

    assert not empty.ListFields()
    assert [field.name for field, _ in zeros.ListFields()] == [
        "batch_timeout_micros",
        "enable_large_batch_splitting",
    ]


@pytest.mark.parametrize("enabled", [True, False])
def test_monitoring_is_what_the_environment_sets(enabled):
    """Where metrics are, and whether they are there."""
    text = serving.monitoring_config(Monitoring(enabled, "/metrics"))
    config = text_format.Parse(text, ours.MonitoringConfig())

    assert config.prometheus_config.enable is enabled
    assert config.prometheus_config.path == "/metrics"


# --- arguments --------------------------------------------------------------------------


def an_environment(**values):
    """An environment with the serving keys *values*."""
    place = "environments/prod.yaml"
    image = Serving("tensorflow/serving:2.19.1", **values)
    return Environment("prod", place, MOUNTED, Delivery("fleet"), image, ())


def test_arguments_follow_from_the_keys_of_the_environment():
    """Batching and monitoring bring their flags; a person's flags come beside them."""
    environment = an_environment(
        batching=Batching(),
        monitoring=Monitoring(),
        polling=Polling(config=5, files=7),
        flags={
            "per_process_gpu_memory_fraction": 0.5,
            "prefer_tflite_model": True,
            "num_load_threads": 4,
        },
    )
    assert serving.arguments(environment) == (
        "--allow_version_labels_for_unavailable_models=true",
        "--batching_parameters_file=/config/start/batching.config",
        "--enable_batching=true",
        "--file_system_poll_wait_seconds=7",
        "--model_config_file=/config/models/models.config",
        "--model_config_file_poll_wait_seconds=5",
        "--monitoring_config_file=/config/start/monitoring.config",
        "--num_load_threads=4",
        "--per_process_gpu_memory_fraction=0.5",
        "--port=8500",
        "--prefer_tflite_model=true",
        "--rest_api_port=8501",
    )


def test_a_persons_flag_never_wins_over_one_of_ours():
    """`check` refuses it; a document that skipped the check does not get its way either."""
    environment = an_environment(flags={"model_config_file_poll_wait_seconds": 0})
    assert "--model_config_file_poll_wait_seconds=60" in serving.arguments(environment)


def test_beside_an_agent_a_broken_version_holds_nobody_up_unless_a_person_says_so():
    """One retry after a second; what a person sets wins, each for itself."""
    ours = {"max_num_load_retries": 1, "load_retry_interval_micros": 1_000_000}

    def retries(**values):
        found = serving.arguments(an_environment(**values))
        words = [item.removeprefix("--").partition("=") for item in found]
        return {name: int(value) for name, _, value in words if name in ours}

    assert retries() == {}
    assert retries(agent=True) == ours
    for name, value in (("max_num_load_retries", 3), ("load_retry_interval_micros", 2)):
        assert retries(agent=True, flags={name: value}) == ours | {name: value}


def test_our_flags_are_flags_of_a_server():
    """A server goes on without a flag that it does not know."""
    every = Serving(batching=Batching(), monitoring=Monitoring(), agent=True)
    assert set(serving.owned(every)) <= set(TYPES)


# --- the messages -----------------------------------------------------------------------


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


def test_every_batching_key_has_its_field():
    """A key of the environment that no message has could never reach a server."""
    names = {field.name for field in ours.BatchingParameters.DESCRIPTOR.fields}
    assert {item.name for item in fields(Batching)} == names


def test_a_versions_order_is_that_of_its_number():
    """Equal states have equal bytes, whatever the order they were read in."""
    model = served("a", [2, 10, 1])
    backwards = replace(model, versions=model.versions[::-1])
    texts = {serving.models_config([each], MOUNTED) for each in (model, backwards)}
    (text,) = texts
    assert text.index("versions: 1\n") < text.index("versions: 2\n") < text.index("versions: 10\n")
