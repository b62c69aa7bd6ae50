"""`tfs-gitops status --kube`: pods that kubectl finds and reaches, and servers that answer."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from generator.status.kube.kubectl import Kubectl, KubectlError
from generator.status.kube.pods import Pod
from tests.kit.schemas import schema
from tests.servers.kubectl import cluster as new_cluster


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """Return a cluster without a pod; its kubectl comes first."""
    found = new_cluster(tmp_path / "kubectl")
    monkeypatch.setenv("PATH", str(found.folder), prepend=os.pathsep)
    yield found
    assert found.forwards() == []


def status(fleet, *words, code=0):
    """Return the JSON of a status of dev, which keeps its schema."""
    result = fleet.project.run("status", "dev", "--kube", *words, "--format", "json")
    assert result.exit_code == code, result.output
    found = json.loads(result.stdout)
    schema("status").validate(found)
    return found


def port_of(running):
    """Return the port at which a server answers."""
    return int(running.url.rpartition(":")[2])


def test_each_pod_of_the_environment_is_asked_by_its_name(fleet, cluster):
    """Found by labels and namespace; who reads it knows pods, and no forwarded ports."""
    fleet.deliver(1, 2)
    with fleet.serving() as one, fleet.serving() as two:
        cluster.run("tf-serving-a", port_of(one))
        cluster.run("tf-serving-b", port_of(two))
        cluster.run("tf-serving-c", port_of(two), environment="prod")
        cluster.run("tf-serving-d", port_of(two), namespace="other")
        found = status(fleet, "--context", "prod")
        text = fleet.project.run("status", "dev", "--kube").stdout

    assert found["agrees"]
    assert [one["url"] for one in found["servers"]] == ["pod/tf-serving-a", "pod/tf-serving-b"]
    assert {model["verdict"] for one in found["servers"] for model in one["models"]} == {"in-sync"}
    assert "\npod/tf-serving-a\n  a  1  AVAILABLE\n" in text
    assert text.endswith("2 of 2 servers in-sync\n")
    asked = [call["words"][0] for call in cluster.calls()]
    assert asked[:3] == ["--context=prod"] * 3
    assert "--context=prod" not in asked[3:]


def test_git_and_pods_are_asked_and_neither_store_nor_forge(fleet, cluster):
    """What is held is the store's to say: a job that waits for pods has no right to it."""
    fleet.deliver(1)
    with fleet.serving() as running:
        cluster.run("one", port_of(running))
        fleet.project.store.rename(fleet.project.root / "gone")
        found = status(fleet)

    assert found["models"][0]["versions"] == [1]
    assert (found["held"], found["problems"]) == (None, [])


@pytest.mark.parametrize(
    ("phase", "more", "told"),
    [
        (
            "Pending",
            {"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff",
                                                          "message": "no such image"}}}]},
            "Pending: ImagePullBackOff: no such image",
        ),
        (
            "Pending",
            {"conditions": [{"type": "PodScheduled", "status": "False",
                             "message": "0/3 nodes are available"}]},
            "Pending: 0/3 nodes are available",
        ),
        ("Unknown", {}, "Unknown"),
    ],
)  # fmt: skip
def test_a_pod_that_does_not_run_is_told_with_its_reason(fleet, cluster, phase, more, told):
    """It is among the servers, and differs: nobody takes its silence for less to ask."""
    fleet.deliver(1)
    with fleet.serving() as running:
        cluster.run("one", port_of(running))
        cluster.run("two", None, phase=phase, **more)
        found = status(fleet, code=10)

    assert [one["unanswered"] for one in found["servers"]] == [None, told]
    assert found["servers"][1]["url"] == "pod/two"


def test_a_pod_that_ends_or_is_over_is_not_asked(fleet, cluster):
    """A rollout leaves them for a while, and an eviction for longer."""
    fleet.deliver(1)
    with fleet.serving() as running:
        cluster.run("one", port_of(running))
        cluster.run("evicted", None, phase="Failed")
        cluster.run("ending", None)
        cluster.pods[-1]["metadata"]["deletionTimestamp"] = "2026-11-29T00:00:00Z"
        cluster.show()
        assert [one["url"] for one in status(fleet)["servers"]] == ["pod/one"]


def test_a_server_that_does_not_listen_yet_is_unknown(fleet, cluster):
    """The forward is there, and nobody at its other end."""
    fleet.deliver(1)
    cluster.run("one", None)
    [server] = status(fleet, code=10)["servers"]

    assert server["unanswered"] is not None or server["models"][0]["verdict"] == "unknown"


def test_no_pod_is_as_it_is_to_be_where_nothing_was_ever_served(fleet, cluster):
    """Before the first sync; a cluster that does not answer is unknown all the same."""
    fleet.settle("10m")
    assert status(fleet)["servers"] == []

    cluster.down = True
    cluster.show()
    assert status(fleet, code=10)["servers"][0]["unanswered"]


def test_no_pod_and_no_cluster_are_no_agreement(fleet, cluster):
    """Absence is told with what was looked for, and exit 10."""
    fleet.deliver(1)
    [none] = status(fleet, code=10)["servers"]
    assert none["url"] == "namespace/serving-dev"
    assert none["unanswered"].startswith("no pod has the labels app.kubernetes.io/instance=dev,")
    assert none["models"][0]["remedy"].startswith("see that Flux or Argo CD has applied")

    cluster.down = True
    cluster.show()
    [down] = status(fleet, code=10)["servers"]
    assert down["unanswered"].startswith(
        "kubectl: The connection to the server localhost:8080 was refused"
    )
    cluster.down = False
    cluster.show()
    [unknown] = status(fleet, "--context", "nope", code=10)["servers"]
    assert unknown["unanswered"] == 'kubectl: context "nope" does not exist'


def test_what_kubectl_answers_beside_json_is_told(fleet, cluster):
    """A plugin or a wrapper in its place is no crash."""
    fleet.deliver(1)
    for text in ("hello", "[]", '{"items": [{"metadata": {}}]}', '{"items": 7}'):
        (cluster.folder / "kubectl").write_text(f"#!/bin/sh\necho '{text}'\n")
        [server] = status(fleet, code=10)["servers"]
        assert server["unanswered"].startswith("kubectl: ")


def test_a_forward_that_does_not_begin_is_given_up_and_ended(cluster):
    """In time, and with a reason."""
    cluster.run("one", 1)
    cluster.silent = True
    cluster.show()
    started = time.monotonic()
    with Kubectl(timeout=4).forwarded("serving-dev", [Pod("one"), Pod("gone")]) as ports:
        assert isinstance(ports["one"], KubectlError)
        assert 'pods "gone" not found' in str(ports["gone"])

    assert time.monotonic() - started < 20


def test_pods_are_looked_for_anew_while_it_waits(fleet, cluster):
    """A rollout replaces them: the old one is gone, and the new one is what agrees."""
    first = fleet.deliver(1)
    fleet.deliver(2)
    with fleet.serving(first) as old, fleet.serving() as new:
        cluster.run("old", port_of(old))

        def replace(_request):
            cluster.pods.clear()
            cluster.run("new", port_of(new))

        old.fault = replace
        found = status(fleet, "--wait", "60s")

    assert [one["url"] for one in found["servers"]] == ["pod/new"]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_ended_ends_its_forwards(fleet, cluster, ending):
    """Also by the signal of a runner that cancels a job."""
    fleet.deliver(1)
    cluster.run("one", 1)
    cluster.silent = True
    cluster.show()
    words = [sys.executable, "-m", "generator", "-C", str(fleet.project.root)]
    with subprocess.Popen([*words, "status", "dev", "--kube"], stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 30
        while not cluster.forwards() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert cluster.forwards()
        process.send_signal(ending)
        assert process.wait(20) in {130, 143}

    assert cluster.forwards() == []


def test_without_kubectl_the_option_says_so(fleet, monkeypatch, tmp_path):
    """Before anything is read."""
    monkeypatch.setenv("PATH", str(tmp_path))
    result = fleet.project.run("status", "dev", "--kube")

    assert result.exit_code == 2
    assert "--kube needs kubectl" in result.stderr
