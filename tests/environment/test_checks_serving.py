"""`generator.environment.checks_serving`: batching, GPUs, TLS and autoscaling."""

import pytest

from generator.environment import load
from generator.environment.project_folder import texts
from generator.errors import InvalidInputError
from tests.kit.environments import DIRECT, DOCUMENT, environment, found, refused


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
