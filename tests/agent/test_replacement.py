"""`tfs-gitops agent --reload rolling` as a process: the pod takes the place of one that serves."""

import time

import pytest

from tests.kit.pod_processes import BROKEN, Pod
from tests.kit.strategies import model


@pytest.fixture
def pod(tmp_path):
    """Return a pod of a Deployment that rolls, in which nothing runs yet."""
    pod = Pod(tmp_path / "pod", options=("--reload", "rolling"))
    yield pod
    pod.stop()


def test_a_new_pod_is_ready_only_when_nothing_failed_in_it(pod):
    """The good model answers, the reason is told, and Kubernetes keeps the old pod."""
    pod.deliver(model("good", pod.publish("good", 1)), model("bad", pod.publish("bad", 1, BROKEN)))
    pod.watch()
    pod.serve()
    pod.until(lambda: pod.loaded("good") == {1} and len(pod.status().get("failed", ())) == 1)

    code, text = pod.get("/readyz")
    assert code == 503
    assert "bad" in text


def test_a_later_commit_is_not_for_this_pod(pod):
    """It has what it started with; `/status` says which generation that is."""
    pod.deliver(model("a", pod.publish("a", 1), stable=1))
    pod.watch()
    pod.serve()
    pod.in_sync()
    assert pod.get("/readyz")[0] == 200
    before = pod.status()

    pod.deliver(model("a", pod.publish("a", 2), stable=2))
    time.sleep(1.5)  # three rounds, and a poll of the server
    assert pod.status()["generation"] == before["generation"]
    assert (pod.loaded("a"), pod.label("a", "stable")) == ({1}, 1)
