"""The checkpoint of a wave: an agent that starts anew knows what its pod was in the middle of.

Each history is played with it and without: what it is there for is lost without it.
"""

import pytest

from tests.histories.waves.world import LATE, SOAK


def leader_with_what_fails(world):
    """Let Git want a version that fails to load, and return the pod in which it did."""
    world.publish("a", 2, "fails")
    world.commit({}, a=2, b=1)
    world.wait(20)
    [pod] = [it for it in world.pods if ("a", 2) in it.history.failures]
    return pod


def leader(world, kind):
    """Let Git want a version of this kind, and return the pod whose server has it loaded."""
    world.publish("a", 2, kind)
    world.commit({}, a=2, b=1)
    for _ in range(30):
        world.wait(1)
        for pod in world.pods:
            if pod.server and 2 in pod.server.available().get("a", ()):
                return pod
    raise AssertionError(world.log)


@pytest.mark.parametrize("with_wave", [True, False])
def test_labels_go_back_though_the_agent_has_started_anew(world, with_wave):
    """The version ends the server within the soak; what was served before is still loaded then."""
    pod = leader(world, "kills-late")
    world.wait(3)
    pod.restart_agent(with_wave=with_wave)
    world.wait(LATE)

    assert world.reached == {("a", 2): {pod.name}}
    assert pod.config["a"].state.versions == ({1} if with_wave else {2})


@pytest.mark.parametrize("with_wave", [True, False])
def test_a_version_soaks_on_though_the_agent_has_started_anew(world, with_wave):
    """From its beginning: nobody knows how well it answered while no agent was there."""
    pod = leader(world, "good")
    world.wait(SOAK - 4)
    pod.restart_agent(with_wave=with_wave)
    world.wait(SOAK - 4)

    assert pod.config["a"].state.versions == ({1, 2} if with_wave else {2})
    assert len(world.naming(2)) == (1 if with_wave else 3)
    world.until_settled(60)


@pytest.mark.parametrize("with_wave", [True, False])
def test_what_failed_elsewhere_is_refused_though_that_pod_is_gone(world, with_wave):
    """Each pod keeps what it was told."""
    pod = leader_with_what_fails(world)
    world.remove(pod)
    world.wait(30)
    for other in world.pods:
        other.restart_agent(with_wave=with_wave)
    world.wait(30)

    failed = [it for it in world.pods if ("a", 2) in it.history.failures]
    assert len(failed) == (0 if with_wave else 1)


@pytest.mark.parametrize(("with_wave", "more"), [(True, 0), (False, 2)])
def test_what_ended_a_server_twice_is_tried_after_its_pause(world, with_wave, more):
    """Also by an agent that starts anew: it costs the pod no more ends of its server."""
    world.publish("a", 2, "kills")
    world.commit({}, a=2, b=1)
    world.wait(60)
    told = sum("('a', 2) ends" in line for line in world.log)
    assert told == 2
    for pod in world.pods:
        pod.restart_agent(with_wave=with_wave)
    world.wait(30)
    assert sum("('a', 2) ends" in line for line in world.log) == told + more


@pytest.mark.parametrize("with_wave", [True, False])
def test_what_is_served_meanwhile_is_told_though_the_agents_have_started_anew(world, with_wave):
    """The lock that named it is gone by then."""
    leader_with_what_fails(world)
    for pod in world.pods:
        pod.restart_agent(with_wave=with_wave)
    world.wait(5)
    kept = [it["version"] for pod in world.pods for it in pod.status["wave"]["keeps"]]
    assert kept == ([1, 1, 1] if with_wave else [])


@pytest.mark.parametrize("with_wave", [True, False])
def test_the_way_back_is_short_though_the_agents_have_started_anew(world, with_wave):
    """What a pod served well before needs no soak."""
    leader(world, "good")
    world.until_settled()
    for pod in world.pods:
        pod.restart_agent(with_wave=with_wave)
    world.wait(12)
    world.commit({}, a=1, b=1)
    world.wait(12)

    assert (not [*world.differences()]) is with_wave
