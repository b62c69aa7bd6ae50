"""Probes of a policy beside real agents: they come by the lock, and a bad one stops at one pod."""

import pytest
from msgspec.structs import replace

from generator.serving.probe.policy_probe import OFF, PolicyProbe
from tests.kit.probed_pods import answered, hurried, probing
from tests.kit.strategies import model

RIGHT = '{"request": {"instances": [1.0, 2.0]}, "response": {"predictions": [2.5, 3.0]}}'
NEAR = '{"request": {"instances": [1.0]}, "response": {"predictions": [2.0]}}'
WIDE = NEAR[:-1] + ', "rtol": 0.5}'


@pytest.fixture
def pod(tmp_path):
    """Return a pod whose agent is in a hurry, and in which nothing runs yet."""
    yield from hurried(tmp_path / "pod")


def asked(text, name, *versions, **labels):
    """Return a model whose policy has a probe."""
    probe = PolicyProbe.parse(text) if text else OFF
    return replace(model(name, *versions, **labels), probe=probe)


@pytest.mark.slow
def test_a_version_is_asked_by_the_policy_until_that_asks_otherwise(pod):
    """Also by an agent that has no files; what has answered well stays, whatever it is asked."""
    pod.pull = False
    one, two = pod.publish("a", 1), pod.publish("a", 2, extra=probing("lies"))
    pod.deliver(asked(RIGHT, "a", one, stable=1))
    pod.watch()
    pod.serve("store")
    pod.in_sync()
    assert answered(pod) == {1: "yes"}

    pod.deliver(asked(RIGHT, "a", two, stable=2))
    pod.until(lambda: pod.status()["failed"] and pod.loaded("a") == {1})
    assert "predictions[0] is 3.5, expected 2.5" in pod.status()["failed"][0]["error"]
    assert pod.label("a", "stable") == 1
    pod.deliver(asked("", "a", two, stable=2))
    pod.in_sync()
    [told] = pod.status()["probes"]
    assert (told["answered"], told["words"]) == ("noProbe", "its policy says `probe: off`")
    assert (pod.label("a", "stable"), pod.status()["failed"]) == (2, [])

    pod.deliver(asked(NEAR, "a", two, stable=2))
    pod.until(lambda: answered(pod) == {2: "no"})
    assert (pod.label("a", "stable"), pod.loaded("a")) == (2, {2})
    pod.until(lambda: "predictions[0] is 3.5" in pod.status()["waits"].get("a", ""))
    assert 'tfs_gitops_agent_probe_wrong{model="a",version="2"} 1' in pod.get("/metrics")[1]


@pytest.mark.nightly
def test_a_bad_probe_stops_at_one_pod_and_a_mended_one_goes_on(environment):
    """A wave stops with the words of the server; the version is not refused for what is mended."""

    def deliver(text):
        for each in (*environment.pods, environment.fourth):
            each.deliver(asked(text, "a", each.publish("a", 2), stable=2))

    deliver(NEAR)
    words = "predictions[0] is 2.5, expected 2.0"
    environment.pods[0].until(
        lambda: environment.refusing() == 2 and sum(words in it for it in environment.waits()) == 3,
        environment.waits,
    )
    assert {it.label("a", "stable") for it in environment.pods} == {1}
    deliver(WIDE)
    for each in environment.pods:
        each.in_sync()
        assert each.label("a", "stable") == 2
        assert answered(each) == {2: "yes"}
