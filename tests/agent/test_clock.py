"""A wall clock that jumps is no clock of the agent: a machine may be set right at any time."""

import re
import time

import pytest

from tests.kit.pod_processes import Pod
from tests.kit.strategies import model

# Each look at the wall clock is a day later or, by turns, two days earlier than the last.
JUMPING = """
import itertools, sys, time
days = itertools.accumulate(itertools.cycle([1, -2, 3, -1]))
wall = time.time
time.time = lambda: wall() + 86400 * next(days)
time.time_ns = lambda: int(time.time() * 1e9)
from generator.__main__ import main
sys.exit(main())
"""


@pytest.fixture
def pod(tmp_path):
    """Return a pod whose agent runs by a wall clock that jumps."""
    pod = Pod(tmp_path / "pod", program=("-c", JUMPING))
    yield pod
    pod.stop()


@pytest.mark.slow
def test_a_clock_that_jumps_changes_nothing(pod):
    """No age is wrong, nothing counts as dead, nothing is tried before or after its time."""
    one, two = pod.publish("a", 1), pod.publish("a", 2)
    pod.deliver(model("a", one, stable=1))
    pod.watch()
    pod.serve()
    pod.in_sync()
    (pod.root / "store/a/2/saved_model.pb").unlink()
    pod.deliver(model("a", two, stable=2))
    pod.until(lambda: pod.status().get("unfetched"))
    for _ in range(20):
        status = pod.status()
        assert -1 < status["secondsSinceRound"] < 30
        assert -1 < status["secondsSinceSuccess"] < 60
        age = re.search(r"^tfs_gitops_agent_last_success_age_seconds (.+)$", *_metrics(pod))
        assert age
        assert -1 < float(age[1]) < 60
        assert (pod.get("/healthz")[0], pod.get("/readyz")[0]) == (200, 200)
        time.sleep(0.1)

    pod.publish("a", 2)  # it is there again, and is fetched when the pause is over
    pod.in_sync()
    assert (pod.loaded("a"), pod.label("a", "stable")) == ({2}, 2)
    pod.until(lambda: not (pod.root / "models/a/1").exists())


def _metrics(pod):
    return pod.get("/metrics")[1], re.MULTILINE
