"""Restarts of containers take no pod out of the Service: real processes, real files."""

import json
import os
import shutil
import time

import pytest

from generator.agent.pod.served import CHECKPOINT
from tests.kit.pod_processes import Pod
from tests.kit.strategies import model

_ROUNDS = 1.5  # s in which an agent looks several times


@pytest.fixture
def pod(tmp_path):
    """Return a pod that serves version 1 of `a`, by its label, and is ready."""
    pod = Pod(tmp_path / "pod")
    pod.deliver(model("a", pod.publish("a", 1), stable=1))
    pod.watch()
    pod.serve()
    pod.in_sync()
    assert pod.get("/readyz")[0] == 200
    yield pod
    pod.stop()


def _loading(pod):
    """Let the server load version 2 for longer than a test takes."""
    two = pod.publish("a", 2, slow=120)
    pod.deliver(model("a", two, stable=2))
    pod.until(lambda: pod.answers("a").get(2) == "LOADING")


def _fetching(pod):
    """Let the agent fetch version 2 for longer than a test takes: an object that never ends."""
    object_ = pod.root / "store/a/2/endless"
    object_.parent.mkdir()
    object_.write_bytes(b"")
    two = pod.publish("a", 2)
    object_.unlink()
    os.mkfifo(object_)
    pod.deliver(model("a", two, stable=2))
    _until_it_waits(pod)


def _away(pod):
    """Let the store go away before version 2 is fetched."""
    two = pod.publish("a", 2)
    (pod.root / "store").rename(pod.root / "gone")
    pod.deliver(model("a", two, stable=2))
    _until_it_waits(pod)


def _until_it_waits(pod):
    waits = {"a": "version 2: its data is not here yet"}
    pod.until(lambda: pod.status().get("waits") == waits)


def _agent(pod):
    pod.kill(pod.agent)
    pod.watch()
    pod.until(lambda: pod.status().get("generation") == pod.generation_wanted())


def _server(pod):
    pod.kill(pod.server)
    pod.until(lambda: pod.get("/readyz")[0] == 503)
    pod.serve()


def _both(pod):
    pod.kill(pod.agent)
    pod.kill(pod.server)
    pod.watch()
    pod.serve()


@pytest.mark.parametrize(
    ("meanwhile", "restart"),
    [
        (_loading, _agent),
        (_fetching, _server),
        *(
            pytest.param(*it, marks=pytest.mark.slow)
            for it in ((_loading, _server), (_fetching, _agent), (_away, _agent), (_away, _server))
        ),
        (_away, _both),  # a server that starts does not listen while its newest version loads
    ],
)
def test_a_pod_is_ready_again_as_soon_as_its_last_good_state_answers(pod, meanwhile, restart):
    """A new version that is not there yet, or never comes, is no reason to be out."""
    meanwhile(pod)
    assert pod.get("/readyz")[0] == 200

    restart(pod)

    pod.until(lambda: pod.get("/readyz")[0] == 200, lambda: pod.get("/readyz"))
    assert (pod.loaded("a"), pod.label("a", "stable")) == ({1}, 1)
    time.sleep(_ROUNDS)
    code, told = pod.get("/readyz")
    assert (code, "version 2" in told) == (200, True)


@pytest.mark.slow
def test_a_pod_that_lost_its_last_good_state_is_not_ready_after_a_restart(pod):
    """It went while the agent was away; what is new is not there yet either."""
    _loading(pod)
    pod.kill(pod.agent)
    pod.config.write_text("model_config_list {}\n")
    pod.until(lambda: not pod.loaded("a"))
    shutil.rmtree(pod.root / "models/a/1")
    pod.watch()
    pod.until(lambda: pod.status().get("waits"))
    time.sleep(_ROUNDS)
    code, told = pod.get("/readyz")
    assert (code, "a: it served before, and does not now" in told) == (503, True)


@pytest.mark.parametrize(
    "meanwhile",
    [_loading, *(pytest.param(it, marks=pytest.mark.slow) for it in (_fetching, _away))],
)
def test_a_fresh_pod_is_not_ready_before_it_serves_what_git_says(pod, meanwhile):
    """Nor are its agent and its server after a restart: it has no last good state."""
    meanwhile(pod)
    pod.kill(pod.agent)
    pod.kill(pod.server)
    for name in ("served", "models"):
        shutil.rmtree(pod.root / name)
        (pod.root / name).mkdir()

    pod.watch()
    pod.serve()
    for _ in range(2):
        pod.until(lambda: pod.status().get("waits"))
        time.sleep(_ROUNDS)
        assert pod.get("/readyz")[0] == 503
        _agent(pod)
    assert json.loads((pod.root / "served" / CHECKPOINT).read_text())["good"] is None


def test_a_model_that_is_new_takes_no_pod_out_after_a_restart(pod):
    """It was not in the last good state."""
    one, new = pod.publish("a", 1), pod.publish("b", 1, slow=120)
    pod.deliver(model("a", one, stable=1), model("b", new))
    pod.until(lambda: pod.answers("b").get(1) == "LOADING")
    _agent(pod)
    pod.until(lambda: pod.get("/readyz")[0] == 200)


def test_an_agent_that_starts_anew_beside_a_broken_desired_folder_keeps_its_pod_in(pod):
    """What is served is still the last good state."""
    pod.swap({})
    pod.kill(pod.agent)
    pod.watch()
    pod.until(lambda: pod.get("/readyz")[0] == 200)
    assert "desired" in pod.status()["problems"]
