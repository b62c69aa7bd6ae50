"""What `check` refuses beyond the schema: each rule with its place and its words."""

import copy
from typing import Any

import pytest
import yaml

from generator.environment import checks, checks_serving, flags, load, parse
from generator.environment.arguments import owned
from generator.environment.environment import Environment
from generator.environment.project_folder import texts
from generator.errors import InvalidInputError

DOCUMENT = """\
apiVersion: tfs-gitops/v1
kind: Environment
metadata: {name: prod}
spec:
  source: {url: "s3://models", access: mount, mount: {claimName: models}}
  delivery: {repository: "https://git.example/fleet.git"}
  serving: {image: "tensorflow/serving:2.19.1"}
  policy:
    - {match: "*", versions: {latest: 1}}
"""


def environment(**sections: Any) -> Environment:
    """An environment that passes, with keys of its sections replaced; None drops one."""
    document = copy.deepcopy(yaml.safe_load(DOCUMENT))
    for section, keys in sections.items():
        if section == "policy":
            document["spec"]["policy"] = keys
            continue
        merged = document["spec"][section] | keys
        document["spec"][section] = {k: v for k, v in merged.items() if v is not None}
    rules = document["spec"]["policy"]
    return parse.parse(document, "environments/prod.yaml", tuple(range(9, 9 + len(rules))))


def found(one: Environment) -> list[tuple[str, str]]:
    """The problems: the path with dots, and the sentence."""
    return [(".".join(map(str, path)), text) for path, text in checks.problems(one, "prod")]


def refused(one: Environment, path: str, *words: str) -> None:
    """The environment has this problem and no other."""
    ((place, text),) = found(one)
    assert place == path
    for word in words:
        assert word in text


def test_an_environment_that_keeps_the_rules_has_no_problem():
    """What the other tests change is sound to begin with."""
    assert found(environment()) == []
    assert list(checks.warnings(environment())) == []


def test_the_name_is_that_of_the_file():
    """The name is part of paths in the delivery repository."""
    ((path, text),) = checks.problems(environment(), "staging")
    assert path == ("metadata", "name")
    assert "found 'prod', expected the file's name, 'staging'" in text


@pytest.mark.parametrize(
    ("section", "key"), [("source", "url"), ("delivery", "repository"), ("serving", "image")]
)
def test_a_key_that_nothing_can_replace_is_asked_for(section, key):
    """A schema cannot demand them: an environment may get them from what it extends."""
    drop = {key: None} | ({"access": None, "mount": None} if key == "url" else {})
    path = f"spec.{section}.{key}"
    refused(environment(**{section: drop}), path, f"{path} is missing", "extends")


# --- access -----------------------------------------------------------------------------

GCS, S3 = "gcsfuse.csi.storage.gke.io", "s3.csi.aws.com"
GS: dict[str, Any] = {"url": "gs://models", "access": None, "mount": None}
UNSAID: dict[str, Any] = {"access": None, "mount": None}
GS_PULL: dict[str, Any] = GS | {"access": "pull"}
DIRECT: dict[str, Any] = {"access": "direct", "mount": None}


@pytest.mark.parametrize(
    ("source", "path", "words"),
    [
        (
            {"url": "file:///srv", "access": None, "mount": None},
            "access",
            ["the default for file://", "`access: mount`"],
        ),
        (
            {"url": "file:///srv", "access": "direct", "mount": None},
            "access",
            ["cannot see file://", "`access: mount`"],
        ),
        (
            {"access": "direct", "mount": None},
            "access",
            [
                "'tensorflow/serving:2.19.1' cannot read s3://",
                "2.7.0",
                "`access: mount`",
                "2.6.x",
                "`serving.s3: true`",
            ],
        ),
        ({"mount": None}, "mount", ["needs `mount:`", "`driver`", "`claimName`"]),
        (
            {"pull": {"size": "1Ti"}},
            "pull",
            ["pull has no effect with access: mount", "`access: pull`"],
        ),
        (
            {"url": "gs://models", "access": None},
            "mount",
            ["no effect with access: direct", "`access: mount`"],
        ),
        (
            {"mount": {"driver": GCS}},
            "mount",
            [f"'{GCS}' cannot mount s3://", f"use '{S3}'"],
        ),
        (
            {"url": "gs://models", "mount": {"driver": S3}},
            "mount",
            [f"'{S3}' cannot mount gs://", f"use '{GCS}'"],
        ),
        (
            {"url": "file:///srv", "mount": {"driver": S3}},
            "mount",
            ["cannot mount file://", "`claimName`"],
        ),
        (
            {"url": "s3://models/a b", "mount": {"driver": S3}},
            "url",
            ["'s3://models/a b'", "a space or a comma", "`claimName`"],
        ),
        (
            {"url": "gs://models/a,uid=0", "mount": {"driver": GCS}},
            "url",
            ["'gs://models/a,uid=0'", "a space or a comma"],
        ),
    ],
)
def test_an_access_that_cannot_work_names_its_ways_out(source, path, words):
    """Servers that cannot read their store never open a port."""
    refused(environment(source=source), f"spec.source.{path}", *words)


@pytest.mark.parametrize(
    ("source", "serving"),
    [
        ({"url": "file:///srv"}, {}),
        ({"url": "gs://models", "access": None, "mount": None}, {}),
        ({"mount": {"driver": S3}}, {}),
        ({"url": "gs://models/a", "mount": {"driver": GCS}}, {}),
        ({"url": "s3://models/a b"}, {}),
        ({"access": "direct", "mount": None}, {"s3": True}),
        ({"access": "direct", "mount": None}, {"image": "tensorflow/serving:2.6.5-gpu"}),
        ({"access": "direct", "mount": None}, {"image": "registry:5000/serving:2.5.1"}),
    ],
)
def test_an_access_that_works_is_no_problem(source, serving):
    """Each way out of the test above is one."""
    assert found(environment(source=source, serving=serving)) == []


@pytest.mark.parametrize(
    "image",
    ["tensorflow/serving", "serving@sha256:" + "2" * 64, "serving:latest", "serving:2.7.0"],
)
def test_an_image_that_is_not_known_to_read_s3_is_not_trusted(image):
    """No version, no promise: `serving.s3` says so where the tag cannot."""
    one = environment(source={"access": "direct", "mount": None}, serving={"image": image})
    refused(one, "spec.source.access", f"{image!r} cannot read s3://")


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"repository": "https://bot:hush@git.example/fleet.git"}, "repository"),
        ({"repository": "HTTPS://hush@git.example/fleet.git"}, "repository"),
        ({"forge": {"apiUrl": "https://bot:hush@git.example/api/v4"}}, "forge.apiUrl"),
    ],
)
def test_a_token_comes_from_the_environment_alone(keys, path):
    """A file in Git is no place for it; and the problem does not show it."""
    one = environment(delivery=keys)

    refused(one, f"spec.delivery.{path}", "credentials", "TFS_GITOPS_TOKEN")

    assert "hush" not in found(one)[0][1]


def test_the_user_of_an_ssh_url_is_no_secret():
    """Every one has it."""
    assert found(environment(delivery={"repository": "ssh://git@git.example/fleet.git"})) == []


@pytest.mark.parametrize("path", [".", "a/../b", "..", "a//b", ".git", "a/.GIT/b", "a\\b"])
def test_the_delivery_path_stays_inside_the_repository(path):
    """No sync writes beside its folder, or into Git's own."""
    refused(environment(delivery={"path": path}), "spec.delivery.path", repr(path), "not a folder")


@pytest.mark.parametrize("path", ["", "tf-serving", "/tf-serving/", "a/b.c/..d"])
def test_folders_of_the_repository_are_no_problem(path):
    """Slashes at the ends are dropped."""
    assert found(environment(delivery={"path": path})) == []


# --- image versions ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("tensorflow/serving:2.19.1", (2, 19)),
        ("tensorflow/serving:2.19.1-gpu", (2, 19)),
        ("tensorflow/serving:2.6", (2, 6)),
        ("tensorflow/serving:v2.10.0", (2, 10)),
        ("tensorflow/serving:2.19.1@sha256:" + "1" * 64, (2, 19)),
        ("registry.example:5000/team/serving:2.8.0-custom", (2, 8)),
        ("tensorflow/serving@sha256:" + "1" * 64, None),
        ("registry.example:5000/team/serving", None),
        ("10.2.3.4:5000/serving", None),
        ("tensorflow/serving:latest", None),
        ("tensorflow/serving:nightly-gpu", None),
        ("tensorflow/serving", None),
    ],
)
def test_the_version_is_read_from_the_tag(image, version):
    """Not from a registry's port, an address or a digest."""
    assert checks.image_version(image) == version


# --- batching ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("batching", "key", "words"),
    [
        (
            {"enableLargeBatchSplitting": True},
            "enableLargeBatchSplitting",
            ["needs maxBatchSize", "every request fails"],
        ),
        (
            {"enableLargeBatchSplitting": True, "maxBatchSize": 8, "maxEnqueuedBatches": 0},
            "maxEnqueuedBatches",
            ["crashes the server", "at least 1"],
        ),
        (
            {"enableLargeBatchSplitting": True, "maxBatchSize": 8, "maxExecutionBatchSize": 9},
            "maxExecutionBatchSize",
            ["9 is over maxBatchSize (8)", "crashes the server"],
        ),
        (
            {"maxBatchSize": 8, "maxExecutionBatchSize": 9},
            "maxExecutionBatchSize",
            ["9 is over maxBatchSize (8)"],
        ),
        (
            {"maxExecutionBatchSize": 1001},
            "maxExecutionBatchSize",
            ["1001 is over maxBatchSize (1000)"],
        ),
        (
            {"maxBatchSize": 8, "allowedBatchSizes": [2, 4]},
            "allowedBatchSizes",
            ["the last, 4, must equal maxBatchSize (8)"],
        ),
        ({"allowedBatchSizes": [2, 4]}, "allowedBatchSizes", ["4, must equal maxBatchSize (1000)"]),
        (
            {"maxBatchSize": 8, "allowedBatchSizes": [4, 2, 8]},
            "allowedBatchSizes",
            ["[4, 2, 8] must increase"],
        ),
        (
            {"maxBatchSize": 8, "allowedBatchSizes": [4, 4, 8]},
            "allowedBatchSizes",
            ["[4, 4, 8] must increase"],
        ),
        (
            {
                "enableLargeBatchSplitting": True,
                "maxBatchSize": 8,
                "maxExecutionBatchSize": 4,
                "allowedBatchSizes": [4, 8],
            },
            "maxExecutionBatchSize",
            ["4 must equal the last of allowedBatchSizes (8)"],
        ),
    ],
)
def test_batching_that_stops_or_crashes_a_server_is_refused(batching, key, words):
    """Each would take every model of the server down when it restarts."""
    path = f"spec.serving.batching.{key}"
    refused(environment(serving={"batching": batching}), path, *words)


@pytest.mark.parametrize(
    "batching",
    [
        {},
        {"maxBatchSize": 8, "allowedBatchSizes": [2, 8]},
        {"allowedBatchSizes": [1000]},
        {"maxEnqueuedBatches": 1},
        {"maxExecutionBatchSize": 1000},
        {"enableLargeBatchSplitting": True, "maxBatchSize": 8, "maxExecutionBatchSize": 4},
        {
            "enableLargeBatchSplitting": True,
            "maxBatchSize": 8,
            "maxExecutionBatchSize": 8,
            "allowedBatchSizes": [4, 8],
        },
        {"enableLargeBatchSplitting": True, "maxBatchSize": 8, "allowedBatchSizes": [8]},
    ],
    ids=str,
)
def test_batching_that_a_server_takes_is_no_problem(batching):
    """The safe set: all three sizes equal, or no allowed sizes."""
    assert found(environment(serving={"batching": batching})) == []


@pytest.mark.parametrize(
    "batching",
    [
        "maxBatchSize: 0",
        "maxBatchSize: -1",
        "maxBatchSize: 2147483648",
        "batchTimeoutMicros: -1",
        "maxEnqueuedBatches: -1",
        "numBatchThreads: 0",
        "maxExecutionBatchSize: 0",
        "allowedBatchSizes: [0, 8]",
        "allowedBatchSizes: [-8]",
    ],
)
def test_single_values_that_stop_or_crash_a_server_are_refused(batching, tmp_path):
    """By the schema: line, column and key are in the message."""
    place = "  serving:\n    image: x:1.1\n    batching:\n      "
    text = DOCUMENT.replace(
        '  serving: {image: "tensorflow/serving:2.19.1"}\n', f"{place}{batching}\n"
    )
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/prod.yaml").write_text(text)

    with pytest.raises(InvalidInputError) as caught:
        load.load(texts(tmp_path), "prod")
    (problem,) = caught.value.problems
    assert problem.startswith("environments/prod.yaml:10:")
    assert batching.partition(":")[0] in problem


def test_a_problem_is_told_with_the_place_of_its_key(tmp_path):
    """All problems of a file at once, each with line and column."""
    flag = '  serving: {image: "tensorflow/serving:2.19.1", flags: {prot: 1}}\n'
    text = DOCUMENT.replace('  serving: {image: "tensorflow/serving:2.19.1"}\n', flag)
    text = text.replace("access: mount", "access: direct")
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/prod.yaml").write_text(text)

    with pytest.raises(InvalidInputError) as caught:
        load.load(texts(tmp_path), "prod")
    expected = {5: ("access: ", "mount: "), 7: ("prot: ",)}
    places = [
        f"environments/prod.yaml:{line}:{text.splitlines()[line - 1].index(key) + 1}: "
        for line, keys in expected.items()
        for key in keys
    ]
    starts = ("access: direct: ", "mount has no effect", "flags.prot: ")
    for problem, place, start in zip(caught.value.problems, places, starts, strict=True):
        assert problem.startswith(place + start)


# --- flags ------------------------------------------------------------------------------


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
    told = {warned.code: warned.message for warned in checks.warnings(one)}
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


# --- gpu, tls, autoscaling --------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("keys", "path", "words"),
    [
        ({"tls": {}}, "tls", ["tls.secretName is missing"]),
        ({"autoscaling": {"minReplicas": 2}}, "autoscaling", ["maxReplicas is missing"]),
        (
            {"autoscaling": {"minReplicas": 5, "maxReplicas": 4}},
            "autoscaling.minReplicas",
            ["minReplicas: 5 is over maxReplicas (4)"],
        ),
        (
            {"autoscaling": {"maxReplicas": 4}, "replicas": 6},
            "autoscaling.minReplicas",
            ["6, from `replicas`, is over maxReplicas (4)"],
        ),
        (
            {"gpu": {"count": 2}, "resources": {"limits": {"nvidia.com/gpu": 1}}},
            "resources.limits.nvidia.com/gpu",
            ["1 is not gpu.count (2)"],
        ),
        (
            {"gpu": {}, "resources": {"requests": {"nvidia.com/gpu": "2"}}},
            "resources.requests.nvidia.com/gpu",
            ["2 is not gpu.count (1)"],
        ),
        (
            {"tls": {"secretName": "x"}, "flags": {"use_alts_credentials": True}},
            "flags.use_alts_credentials",
            ["the server does not start"],
        ),
    ],
    ids=str,
)
def test_keys_that_kubernetes_or_a_server_would_not_take_are_refused(keys, path, words):
    """The apply would fail, or the pods never start."""
    refused(environment(serving=keys), f"spec.serving.{path}", *words)


@pytest.mark.parametrize(
    "keys",
    [
        {"gpu": {"count": 2}, "resources": {"limits": {"nvidia.com/gpu": "2"}}},
        {"gpu": {"resource": "amd.com/gpu"}, "resources": {"limits": {"nvidia.com/gpu": 3}}},
        {"autoscaling": {"maxReplicas": 2}},
        {"autoscaling": {"maxReplicas": 1}, "replicas": 0},
        {"autoscaling": {"minReplicas": 1, "maxReplicas": 4}, "replicas": 6},
    ],
    ids=str,
)
def test_keys_that_kubernetes_takes_are_no_problem(keys):
    """Equal counts are said twice and mean one thing; an autoscaler replaces `replicas`."""
    assert found(environment(serving=keys)) == []


def test_the_gpu_image_is_the_one_that_is_checked():
    """It is the one that runs: its version has the flags, and reads s3:// or does not."""
    old = {"image": "tensorflow/serving:2.19.1", "gpu": {"image": "serving:2.6.5-gpu"}}
    refused(
        environment(serving=old | {"flags": {"mixed_precision": "bfloat16"}}),
        "spec.serving.flags.mixed_precision",
        "the image is 2.6",
    )
    assert found(environment(source=DIRECT, serving=old)) == []
    new = {"image": "tensorflow/serving:2.6.5", "gpu": {"image": "serving:2.19.1-gpu"}}
    refused(
        environment(source=DIRECT, serving=new),
        "spec.source.access",
        "'serving:2.19.1-gpu' cannot read s3://",
    )
    assert found(environment(serving={"image": None, "gpu": {"image": "serving:2.19.1"}})) == []


# --- rules of the policy ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "key", "words"),
    [
        (
            {"exclude": True, "versions": {"latest": 1}},
            "exclude",
            ["'*' is excluded", "`versions` and `labels` can never hold"],
        ),
        ({"exclude": True, "labels": {"stable": 1}}, "exclude", ["'*' is excluded"]),
        (
            {"versions": {"pin": [1, 2]}, "labels": {"stable": 3}},
            "labels",
            ["label 'stable' wants version 3", "`pin` leaves out"],
        ),
        (
            {"versions": {"latest": 1}, "labels": {"stable": "previous"}},
            "labels",
            ["label 'stable' wants the previous version", "one alone"],
        ),
        (
            {"versions": {"pin": [4]}, "labels": {"stable": "previous"}},
            "labels",
            ["label 'stable' wants the previous version"],
        ),
    ],
)
def test_a_rule_that_can_never_hold_is_refused(rule, key, words):
    """Its model would be held for ever."""
    rules = [{"match": "*", "versions": {"latest": 1}}, {"match": "*"} | rule]
    refused(environment(policy=rules), f"spec.policy.1.{key}", *words)


@pytest.mark.parametrize(
    "rule",
    [
        {"exclude": True},
        {"exclude": False, "versions": {"latest": 1}},
        {"labels": {"stable": "previous"}},
        {"versions": {"latest": 2}, "labels": {"stable": "previous", "canary": "latest"}},
        {"versions": {"pin": [1, 2]}, "labels": {"stable": 1, "canary": "latest"}},
        {"versions": {"pin": [1, 2]}, "labels": {"stable": "previous"}},
        {"versions": {"all": True}, "labels": {"stable": 7}},
        {"versions": {"latest": 1}, "labels": {"stable": 7}},
    ],
    ids=str,
)
def test_a_rule_that_can_hold_is_no_problem(rule):
    """What only the store can tell is told by `plan`."""
    assert found(environment(policy=[{"match": "*"} | rule])) == []


# --- warnings ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sections", "code", "words"),
    [
        (
            {"serving": {"image": "tensorflow/serving"}},
            "image-not-pinned",
            ["spec.serving.image 'tensorflow/serving'", "a version or a digest"],
        ),
        ({"serving": {"image": "registry:5000/serving"}}, "image-not-pinned", ["digest"]),
        ({"serving": {"image": "tensorflow/serving:latest"}}, "image-not-pinned", ["digest"]),
        ({"serving": {"image": "tensorflow/serving:nightly-gpu"}}, "image-not-pinned", ["digest"]),
        (
            {"delivery": {"repository": "http://git.example/fleet.git"}},
            "insecure-url",
            ["spec.delivery.repository", "in the clear"],
        ),
        (
            {"serving": {"image": "tensorflow/serving:2.3.0"}},
            "old-image",
            ["is 2.3: it ignores --num_load_threads", "since 2.6"],
        ),
        (
            {"serving": {"gpu": {}}},
            "gpu-image",
            ["spec.serving.image 'tensorflow/serving:2.19.1'", "set `gpu.image`"],
        ),
        (
            {"serving": {"gpu": {}, "image": "gpu.example/serving:2.19.1"}},
            "gpu-image",
            ["'gpu.example/serving:2.19.1'"],
        ),
        (
            {"serving": {"gpu": {"image": "serving:latest-gpu"}}},
            "image-not-pinned",
            ["spec.serving.gpu.image 'serving:latest-gpu'"],
        ),
        (
            {"serving": {"monitoring": {"enabled": False, "serviceMonitor": True}}},
            "no-effect",
            ["spec.serving.monitoring.serviceMonitor has no effect", "`enabled: false`"],
        ),
        (
            {"serving": {"autoscaling": {"maxReplicas": 3}}},
            "no-cpu-request",
            ["spec.serving.autoscaling scales by the CPU use", "`resources.requests.cpu`"],
        ),
        (
            {"source": {"credentialsSecret": "x"}},
            "no-effect",
            ["spec.source.credentialsSecret has no effect with access: mount"],
        ),
        (
            {
                "source": {
                    "url": "s3://models",
                    "access": "direct",
                    "endpoint": "https://s3.example",
                    "addressing": "virtual",
                    "mount": None,
                },
                "serving": {"s3": True},
            },
            "no-effect",
            ["spec.source.addressing: virtual is for the sync", "names the bucket in the path"],
        ),
    ],
)
def test_what_a_careful_operator_would_not_leave_is_warned_of(sections, code, words):
    """A warning stops nothing; it names the file and the key."""
    one = environment(**sections)
    (warning,) = checks.warnings(one)

    assert found(one) == []
    assert warning.code == code
    assert warning.message.startswith("environments/prod.yaml: ")
    for word in words:
        assert word in warning.message


@pytest.mark.parametrize(
    "image",
    ["tensorflow/serving:2.19.1", "registry:5000/s:2.19", "s:latest@sha256:1", "s@sha256:1"],
)
def test_a_version_or_a_digest_pins_an_image(image):
    """Then Git says what runs."""
    assert list(checks.warnings(environment(serving={"image": image}))) == []


@pytest.mark.parametrize(
    "serving",
    [
        {"gpu": {}, "image": "tensorflow/serving:2.19.1-gpu"},
        {"gpu": {"image": "own/serving:2.19.1"}},
        {"autoscaling": {"maxReplicas": 3}, "resources": {"requests": {"cpu": 1}}},
        {"autoscaling": {"maxReplicas": 3}, "resources": {"limits": {"cpu": 1}}},
        {"monitoring": {"serviceMonitor": True}},
    ],
    ids=str,
)
def test_what_a_careful_operator_would_leave_is_not_warned_of(serving):
    """The ways out of the warnings above are some."""
    one = environment(serving=serving)
    assert found(one) == []
    assert list(checks.warnings(one)) == []


# --- what polling costs -----------------------------------------------------------------

PULL = {"access": "pull", "mount": None}
CSI = {"mount": {"driver": "s3.csi.aws.com", "attributes": {"bucketName": "models"}}}


@pytest.mark.parametrize(
    ("source", "serving", "words"),
    [
        (GS, {}, ["2 pods", "every 60 s", "about 90 USD a month", "each 100 models"]),
        (DIRECT, {"s3": True, "replicas": 4}, ["4 pods", "about 180 USD"]),
        (GS, {"replicas": 1}, ["1 pod that looks", "about 45 USD"]),
        (GS, {"polling": {"files": 1}}, ["every 1 s", "about 5,391 USD"]),
        (GS, {"agent": True}, ["every 60 s", "about 90 USD"]),
        (CSI, {"agent": True}, ["every 5 s", "about 1,078 USD"]),
        (
            GS,
            {"autoscaling": {"maxReplicas": 9}, "resources": {"requests": {"cpu": 1}}},
            ["9 pods", "about 404 USD"],
        ),
    ],
)
def test_check_estimates_what_polling_costs(source, serving, words):
    """From models, pods and the interval; for the models, which no file tells, per hundred."""
    (warning,) = checks.warnings(environment(source=source, serving=serving))

    assert warning.code == "polling-cost"
    assert "environments/prod.yaml: spec.serving.polling.files: " in warning.message
    for word in words:
        assert word in warning.message


@pytest.mark.parametrize(
    ("source", "serving"),
    [
        ({}, {}),
        ({}, {"agent": True}),
        (CSI, {}),
        (PULL, {"agent": True}),
        (DIRECT | {"endpoint": "https://minio.example"}, {"s3": True}),
        (GS, {"replicas": 0}),
        (GS, {"polling": {"files": 86400}}),
    ],
    ids=str,
)
def test_polling_that_costs_nothing_is_not_told(source, serving):
    """A mounted or own store sends no bill for requests; a dollar is not worth a line."""
    assert list(checks.warnings(environment(source=source, serving=serving))) == []


@pytest.mark.parametrize(
    ("source", "serving", "polling"),
    [
        (DIRECT, {"s3": True}, (60, 60)),
        (DIRECT, {"s3": True, "agent": True}, (5, 60)),
        (GS, {"agent": True}, (5, 60)),
        ({}, {}, (60, 60)),
        ({}, {"agent": True}, (5, 5)),
        (PULL, {}, (5, 5)),
        (PULL, {"agent": True}, (5, 5)),
        (PULL, {"agent": True, "polling": {"config": 30}}, (30, 5)),
        (PULL, {"agent": True, "polling": {"files": 40}}, (5, 40)),
        (GS, {"agent": True, "polling": {"files": 7}}, (5, 7)),
        ({}, {"polling": {"config": 1}}, (1, 60)),
    ],
)
def test_beside_an_agent_a_server_looks_each_five_seconds(source, serving, polling):
    """At its config, and at folders unless a bucket is asked; else, each minute. Or as set."""
    found = environment(source=source, serving=serving).serving.polling
    assert (found.config, found.files) == polling


@pytest.mark.parametrize(
    ("source", "serving", "agent"),
    [
        (PULL, {}, True),
        (UNSAID, {}, True),
        (GS_PULL, {}, True),
        (PULL, {"agent": True}, True),
        (GS, {}, False),
        ({}, {}, False),
        ({}, {"agent": True}, True),
        (DIRECT, {"s3": True}, False),
    ],
)
def test_what_an_agent_is_to_download_turns_it_on(source, serving, agent):
    """Nobody else could; elsewhere there is none unless it is set."""
    chosen = environment(source=source, serving=serving)

    assert found(chosen) == []
    assert chosen.serving.agent is agent


@pytest.mark.parametrize(
    ("source", "words"), [(PULL, "access: pull needs"), (UNSAID, "(the default for s3://) needs")]
)
def test_an_agent_that_is_turned_off_cannot_download(source, words):
    """What a person wrote is told, not overridden."""
    chosen = environment(source=source, serving={"agent": False})

    out = "`serving.agent` is false: take that out, or use `access: mount`"
    refused(chosen, "spec.source.access", words, out)


@pytest.mark.parametrize(
    ("models", "pods", "seconds", "dollars"), [(1, 1, 1, 26.96), (50, 3, 60, 67.4), (0, 3, 60, 0)]
)
def test_a_month_of_polling_is_requests_times_their_price(models, pods, seconds, dollars):
    """5.2 million lists and 2.6 million heads for a model, a pod and a second (F92)."""
    assert checks_serving.polling_cost(models, pods, seconds) == pytest.approx(dollars, abs=0.01)
