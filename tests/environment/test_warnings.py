"""Warnings of an environment: what no careful operator leaves so, and what polling costs."""

from typing import Any

import pytest

from generator.environment import checks, polling_cost
from tests.kit.environments import DIRECT, environment, found, refused

GS: dict[str, Any] = {"url": "gs://models", "access": None, "mount": None}

UNSAID: dict[str, Any] = {"access": None, "mount": None}

GS_PULL: dict[str, Any] = GS | {"access": "pull"}


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
            {"delivery": {"onFailure": "commit"}},
            "no-effect",
            ["spec.delivery.onFailure has no effect", "serving.agent or delivery.verified"],
        ),
        (
            {
                "serving": {"agent": True},
                "delivery": {"verified": {"context": "kustomization/models-prod/*"}},
            },
            "applied-only",
            ["spec.delivery.verified.context is what Flux posts", "`serving.verify`"],
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
    """A warning stops nothing; it names the key."""
    one = environment(**sections)
    (doubt,) = checks.doubts(one)

    assert found(one) == []
    assert doubt.code == code
    assert doubt.path[0] == "spec"
    for word in words:
        assert word in doubt.text


@pytest.mark.parametrize(
    ("context", "serving"),
    [
        ("kustomization/models-prod/*", {"agent": True, "verify": {"timeout": "10m"}}),
        ("kustomization/models-prod/*", {"agent": True, "reload": "rolling"}),
        ("kustomization/models-prod/*", {}),
        ("served/prod", {"agent": True}),
    ],
)
def test_a_status_that_may_tell_of_pods_is_not_doubted(context, serving):
    """By the Job, by pods that are ready when all is loaded, beside `settle`, or by a person."""
    one = environment(serving=serving, delivery={"verified": {"context": context}})
    assert [it for it in checks.doubts(one) if it.code == "applied-only"] == []


@pytest.mark.parametrize(
    "image",
    ["tensorflow/serving:2.19.1", "registry:5000/s:2.19", "s:latest@sha256:1", "s@sha256:1"],
)
def test_a_version_or_a_digest_pins_an_image(image):
    """Then Git says what runs."""
    assert list(checks.doubts(environment(serving={"image": image}))) == []


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
    assert list(checks.doubts(one)) == []


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
    (doubt,) = checks.doubts(environment(source=source, serving=serving))

    assert doubt.code == "polling-cost"
    assert doubt.text.startswith("spec.serving.polling.files: ")
    for word in words:
        assert word in doubt.text


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
    assert list(checks.doubts(environment(source=source, serving=serving))) == []


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
    assert polling_cost.dollars_a_month(models, pods, seconds) == pytest.approx(dollars, abs=0.01)
