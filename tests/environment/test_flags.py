"""`generator.environment.flags`: what a server does not take, or takes for something else."""

import pytest

from generator.environment import checks, flags
from generator.environment.arguments import owned
from tests.kit.environments import environment, found, refused


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("enable_bacthing", True, ["no server has it", "did you mean 'enable_batching'?"]),
        ("grpc_max_thread", 8, ["would be ignored", "did you mean 'grpc_max_threads'?"]),
        ("zzz", 1, ["no server has it: it would be ignored"]),
        ("use_tflite_model", True, ["no server has it", "'prefer_tflite_model'"]),
        ("servable_versions_always_present", True, ["no server has it"]),
        ("port", 9000, ["set by this program", "always 8500", "the Service"]),
        ("rest_api_port", 0, ["set by this program", "always 8501", "the Service"]),
        ("model_config_file", "/x", ["set by this program", "`policy`"]),
        ("model_config_file_poll_wait_seconds", 0, ["by this program", "`serving.polling.config`"]),
        ("file_system_poll_wait_seconds", -1, ["by this program", "`serving.polling.files`"]),
        ("allow_version_labels_for_unavailable_models", False, ["by this program", "always true"]),
        ("tensorflow_plugins", "/x.so", ["no server has it", "a patch of `args`"]),
        ("enable_batching", True, ["not to be set", "`serving.batching`"]),
        ("batching_parameters_file", "/x", ["not to be set", "`serving.batching`"]),
        ("monitoring_config_file", "/x", ["not to be set", "`serving.monitoring`"]),
        ("model_name", "x", ["not to be set", "model config"]),
        ("model_base_path", "/x", ["not to be set", "model config"]),
        ("platform_config_file", "/x", ["not to be set", "batching"]),
        ("version", True, ["not to be set", "exit"]),
        ("num_load_threads", 1, ["at least 2", "one broken version"]),
        ("num_load_threads", 0, ["at least 2"]),
        ("num_unload_threads", "2", ["found '2', expected an integer"]),
        ("num_unload_threads", True, ["found True, expected an integer"]),
        ("num_unload_threads", 2.5, ["found 2.5"]),
        ("num_unload_threads", 2**31, ["2147483648 does not fit into 32 bits"]),
        ("load_retry_interval_micros", 2**63, ["does not fit into 64 bits"]),
        ("enable_profiler", 1, ["found 1, expected a boolean"]),
        ("enable_profiler", "true", ["found 'true', expected a boolean"]),
        ("saved_model_tags", 1, ["found 1, expected a text"]),
        ("saved_model_tags", "a\nb", ["one line of text"]),
        ("per_process_gpu_memory_fraction", "0.9", ["expected a number"]),
        ("per_process_gpu_memory_fraction", True, ["expected a number"]),
        ("per_process_gpu_memory_fraction", -0.5, ["a share of the memory"]),
        ("per_process_gpu_memory_fraction", float("nan"), ["a share of the memory"]),
        ("grpc_channel_arguments", "a=1,b", ["found 'b', expected key=value", "crashes"]),
        ("grpc_channel_arguments", "a=1,", ["found '', expected key=value"]),
        ("mixed_precision", "float16", ["found 'float16', expected 'bfloat16'"]),
        ("enable_per_model_batching_parameters", True, ["no effect without `serving.batching`"]),
    ],
)
def test_a_flag_that_a_server_would_not_take_is_refused(name, value, words):
    """A server ignores what it does not know, and stops at a value it cannot read."""
    one = environment(serving={"flags": {name: value}})
    refused(one, f"spec.serving.flags.{name}", f"flags.{name}", *words)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_load_threads", 2),
        ("max_num_load_retries", 0),
        ("load_retry_interval_micros", 2**31),
        ("load_retry_interval_micros", -1),
        ("enable_profiler", False),
        ("per_process_gpu_memory_fraction", 0.9),
        ("per_process_gpu_memory_fraction", 1),
        ("grpc_channel_arguments", "grpc.max_connection_age_ms=1000,a=b"),
        ("grpc_channel_arguments", ""),
        ("mixed_precision", "bfloat16"),
        ("saved_model_tags", "serve,gpu"),
        ("prefer_tflite_model", True),
    ],
)
def test_a_flag_that_a_server_takes_is_no_problem(name, value):
    """Every other flag of the server can be set."""
    assert found(environment(serving={"flags": {name: value}})) == []


@pytest.mark.parametrize(("name", "since"), sorted(flags.SINCE.items()))
def test_a_flag_that_is_too_new_for_the_image_is_refused(name, since):
    """An older server prints the flag and goes on without it."""
    good = {"num_load_threads": 2, "mixed_precision": "bfloat16"}.get(name, True)
    serving = {"flags": {name: good}}
    old = f"tensorflow/serving:{since[0]}.{since[1] - 1}.3"
    new = f"registry:5000/serving:{since[0]}.{since[1]}.0-gpu"
    words = [f"the image is {since[0]}.{since[1] - 1}", f"since {since[0]}.{since[1]}"]

    refused(environment(serving=serving | {"image": old}), f"spec.serving.flags.{name}", *words)
    assert found(environment(serving=serving | {"image": new})) == []
    assert found(environment(serving=serving | {"image": "serving@sha256:1"})) == []


@pytest.mark.parametrize("name", sorted(flags.TYPES))
def test_every_flag_has_a_type_that_is_checked(name):
    """No flag takes a list, whatever its type."""
    assert flags.problem(name, [], None), name  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("together", "key", "words"),
    [
        (
            {"use_alts_credentials": True, "ssl_config_file": "/x"},
            "ssl_config_file",
            ["with use_alts_credentials the server does not start"],
        ),
        (
            {
                "tensorflow_inter_op_parallelism": 1,
                "tensorflow_intra_op_parallelism": 2,
                "tensorflow_session_parallelism": 3,
            },
            "tensorflow_inter_op_parallelism",
            ["does not start with all of", "tensorflow_session_parallelism"],
        ),
    ],
)
def test_flags_that_stop_a_server_together_are_refused(together, key, words):
    """Alone, each of them is fine."""
    refused(environment(serving={"flags": together}), f"spec.serving.flags.{key}", *words)
    for name in together:
        rest = {other: value for other, value in together.items() if other != name}
        assert found(environment(serving={"flags": rest})) == []


def test_per_model_batching_goes_with_batching():
    """It is read only where batching is on."""
    keys = {"batching": {}, "flags": {"enable_per_model_batching_parameters": True}}
    assert found(environment(serving=keys)) == []


@pytest.mark.parametrize(
    ("value", "way_out"),
    [
        ("50*1024*1024", "write 52428800"),
        ("50 * 1024", "write 51200"),
        ("1_000", "write 1000"),
        ("50MB", "write the number itself"),
        ("64Mi", "write the number itself"),
        ("1e6", "write the number itself"),
        ("0.5", "write the number itself"),
        ("-1", None),
        ("52428800", None),
        ("round_robin", None),
        ("", None),
    ],
)
def test_a_number_that_a_server_takes_for_text_is_a_warning(value, way_out):
    """Where an integer is wanted, gRPC ignores a text, and nobody is told."""
    arguments = f"a=1,grpc.max_send_message_length={value}"
    one = environment(serving={"flags": {"grpc_channel_arguments": arguments}})
    told = {doubt.code: doubt.text for doubt in checks.doubts(one)}
    assert ("doubtful-flag" in told) == (way_out is not None)
    assert (way_out or "") in told.get("doubtful-flag", "")


def test_each_flag_that_this_program_sets_says_what_to_do_instead():
    """Whatever keys an environment has."""
    keys = {"batching": {}, "tls": {"secretName": "x"}, "gpu": {"memoryFraction": 0.5}}
    keys |= {"tflite": True, "warmup": False, "monitoring": {}}
    for name in owned(environment(serving=keys).serving):
        assert name == "num_load_threads" or not flags.owned_problem(name).endswith("leave it out")


@pytest.mark.parametrize("name", ["enable_batching", "batching_parameters_file"])
def test_flags_of_batching_are_ours_where_it_is_set(name):
    """The file is in a ConfigMap of ours."""
    keys = {"batching": {}, "flags": {name: True}}
    refused(environment(serving=keys), f"spec.serving.flags.{name}", "set by this program")


@pytest.mark.parametrize(
    ("keys", "name", "value"),
    [
        ({"tls": {"secretName": "x"}}, "ssl_config_file", "/x"),
        ({"gpu": {"memoryFraction": 0.5}}, "per_process_gpu_memory_fraction", 0.9),
        ({"tflite": True}, "prefer_tflite_model", False),
        ({"warmup": False}, "enable_model_warmup", True),
        ({"monitoring": {}}, "monitoring_config_file", "/x"),
    ],
)
def test_a_flag_that_a_key_sets_is_not_set_twice(keys, name, value):
    """A server takes the last of two, and nobody would see which."""
    one = environment(serving=keys | {"flags": {name: value}})
    refused(one, f"spec.serving.flags.{name}", "set by this program, from other keys")
