"""No wave keeps a pod out of the Service for ever, nor an environment at what it has.

Each of these is an environment that stood still, or lost a model pod by pod.
"""

from itertools import combinations

import pytest
from msgspec.structs import replace

from generator.agent.decide.config import Revision
from generator.agent.decide.fallback import fallback
from generator.agent.decide.order import order_of
from generator.serving.paths import MODELS
from generator.serving.wave_reading import peer
from tests.histories.waves.pod import OVERDUE
from tests.histories.waves.world import SOAK, TIMEOUT, WaveWorld

FOR_EVER = 1e6


@pytest.fixture
def world():
    """Return three new pods that are to serve version 1 of two models."""
    world = WaveWorld(excused=FOR_EVER)
    for name in "ab":
        world.publish(name, 1, "good")
    world.commit({}, a=1, b=1)
    for _ in range(3):
        world.add()
    return world


@pytest.fixture
def serving(world):
    """Return them when they have served it for a while."""
    world.until_settled()
    world.wait(20)
    return world


def test_a_probe_that_nobody_answers_holds_up_no_other_version(world):
    """All pods took it at the first start: it is on trial in none, and pods come in addition."""
    world.kinds["b", 1] = "mute"
    world.wait(OVERDUE + 30)
    assert all(pod.readiness.ready for pod in world.pods)
    world.publish("a", 2, "good")
    world.commit({}, a=2, b=1)
    world.wait(200)
    world.add()
    world.wait(OVERDUE + 60)
    assert all(pod.answers("a", "stable") for pod in world.pods)
    assert all(pod.config["a"].state.versions == {2} for pod in world.pods)


def test_one_bad_machine_takes_no_model_from_the_pods_that_come_after(serving):
    """What others serve well is taken, whatever one says; and those do not repeat its word."""
    bad = serving.add()
    serving.until_settled()
    bad.lose("b")
    serving.wait(20)
    assert "b" not in bad.config
    for old in serving.pods[:3]:
        serving.add()
        serving.wait(40)
        serving.remove(old)
        serving.wait(30)
    came = [pod for pod in serving.pods if pod is not bad]
    assert all(pod.answers("b", "stable") for pod in came)
    serving.remove(bad)
    assert not any(pod.wave.refused for pod in serving.pods)


def test_the_way_back_is_taken_whatever_another_pod_says_of_it(serving):
    """A pod knows what it has served well itself."""
    serving.publish("b", 2, "good")
    serving.commit({}, a=1, b=2)
    serving.until_settled()
    one, two, three = serving.pods
    serving.commit({two.name: 60.0, three.name: 60.0}, a=1, b=1)
    serving.wait(5)
    one.lose("b")
    serving.wait(70)
    assert all(pod.config["b"].state.versions == {1} for pod in (two, three))


@pytest.mark.parametrize("kind", ["fails", "kills", "hangs", "kills-late"])
def test_pods_that_are_replaced_take_what_the_others_serve_of_a_model(serving, kind):
    """While a version is refused, or on trial for ever: or none would serve the model at last."""
    serving.publish("a", 2, kind)
    serving.commit({}, a=2, b=1)
    serving.wait(60)
    for old in serving.pods[:3]:
        came = serving.add()
        serving.wait(20)
        assert came.readiness.ready
        assert came.answers("a", "stable")
        serving.remove(old)
        serving.wait(20)
    assert all(pod.server.label("a", "stable") == 1 for pod in serving.pods)
    serving.publish("a", 3, "good")
    serving.commit({}, a=3, b=1)
    serving.until_settled()


@pytest.mark.parametrize(("kind", "reached"), [("hungry", 1), ("kills", 2)])
def test_pods_of_another_template_try_again_what_ended_servers(serving, kind, reached):
    """More memory, or another image: one pod of them tries it, as at the first time."""
    serving.publish("a", 2, kind)
    serving.commit({}, a=2, b=1)
    serving.wait(60)
    assert all(("a", 2) in pod.wave.refused for pod in serving.pods)
    serving.template = "large"
    for old in serving.pods[:3]:
        came = serving.add()
        serving.wait(20)
        assert came.answers("a", "stable")
        serving.remove(old)
        serving.wait(20)
    if kind == "hungry":
        serving.until_settled()
    serving.wait(60)
    assert len(serving.reached["a", 2]) == reached
    assert all(("a", 2) in pod.wave.refused for pod in serving.pods) is (kind == "kills")


@pytest.mark.parametrize("pods", [1, 3])
def test_a_version_that_mends_is_tried_though_no_server_lives_a_minute(serving, pods):
    """What ends all servers by now is let go of in one pod, and there the other one soaks."""
    for pod in serving.pods[pods:]:
        serving.remove(pod)
    serving.wait(30)
    serving.worn.add(("a", 1))
    serving.wait(60)
    assert all(pod.wave.uptime.is_restless for pod in serving.pods)
    serving.publish("a", 2, "kills")
    serving.commit({}, a=2, b=1)
    serving.wait(150)
    assert len(serving.reached["a", 2]) == 1
    serving.publish("a", 3, "good")
    serving.commit({}, a=3, b=1)
    serving.until_settled(200)


@pytest.mark.parametrize("goes_on", [False, True])
def test_agents_that_may_not_reach_each_other_hold_and_say_so(world, goes_on):
    """From the start, by a NetworkPolicy: each would lead, and none would know of the others."""
    world.goes_on = goes_on
    for pod in world.pods:
        pod.wave = replace(pod.wave, rules=world.rules)
    names = [pod.name for pod in world.pods]
    world.cut = set(map(frozenset, combinations(names, 2)))
    world.until_settled()
    world.publish("a", 2, "good")
    world.commit({}, a=2, b=1)
    world.wait(60)
    assert not world.naming(2)
    assert all("nobody has heard 10.0.0." in pod.status["waits"]["a"] for pod in world.pods)
    assert all("2 of 2 other pods" in pod.roster.view(pod.now).problem for pod in world.pods)
    world.wait(TIMEOUT)
    assert len(world.naming(2)) == (3 if goes_on else 0)
    world.cut.clear()
    world.until_settled()


@pytest.mark.parametrize(("template", "is_short"), [("small", True), ("large", False)])
def test_the_way_back_is_short_though_all_pods_were_replaced(serving, template, is_short):
    """They hear what pods of their template have served well; another template proves anew."""
    serving.publish("a", 2, "good")
    serving.commit({}, a=2, b=1)
    serving.until_settled()
    serving.template = template
    for old in serving.pods[:3]:
        serving.add()
        serving.wait(20)
        serving.remove(old)
        serving.wait(30)
    serving.commit({}, a=1, b=1)
    serving.wait(12)
    assert (not [*serving.differences()]) is is_short
    serving.until_settled()


def test_pods_with_less_memory_take_away_no_version_that_they_cannot_hold(serving):
    """It ends the server of one; the next waits outside of the Service while another serves it."""
    serving.template = "large"
    serving.leaving = list(serving.pods)
    serving.wait(60)
    serving.publish("a", 2, "hungry")
    serving.commit({}, a=2, b=1)
    serving.until_settled()
    serving.template = "small"
    serving.leaving = list(serving.pods)
    serving.wait(200)
    assert len(serving.reached["a", 2]) == 1
    assert any(pod.answers("a", "stable") for pod in serving.pods)
    assert not serving.pods[-1].readiness.ready
    assert "tells that it fails there" in serving.pods[-1].readiness.reason


def test_what_ended_a_server_is_refused_as_long_as_a_pod_serves_it(serving):
    """Git wants another one by now; a fresh pod would take what others serve meanwhile."""
    serving.template = "large"
    serving.leaving = list(serving.pods)
    serving.wait(60)
    serving.publish("a", 2, "hungry")
    serving.commit({}, a=2, b=1)
    serving.until_settled()
    serving.template = "small"
    one = serving.add()
    serving.wait(40)
    serving.publish("a", 3, "hangs")
    serving.commit({}, a=3, b=1)
    serving.wait(10)
    other = serving.add()
    serving.wait(60)
    assert serving.reached["a", 2] == {one.name}
    assert not other.readiness.ready
    assert f"version 2: pod {one.name} tells that it fails there" in other.readiness.reason


def test_a_fresh_pod_has_the_label_also_while_two_versions_are_on_trial(serving):
    """Those that lead have it on one that Git wants no more, and tell it of the one before."""
    serving.first = 2
    for pod in serving.pods:
        pod.wave = replace(pod.wave, rules=serving.rules)
    serving.publish("a", 2, "good")
    serving.commit({}, a=2, b=1)
    serving.wait(6)
    assert sum(pod.server.label("a", "stable") == 2 for pod in serving.pods) == 2
    serving.publish("a", 3, "hangs")
    serving.commit({}, a=3, b=1)
    serving.wait(3)
    fresh = serving.add()
    while not fresh.readiness.ready:
        serving.wait(1)
    assert fresh.answers("a", "stable")


@pytest.mark.parametrize("kind", ["hangs", "kills"])
def test_a_fresh_pod_waits_for_what_stands_in_while_others_have_a_later_state(serving, kind):
    """Ready without the model it would take the place of a pod that serves it.

    What ends servers is refused by the time that it has this state: it hears both at once.
    """
    serving.publish("a", 2, "hangs")
    serving.commit({}, a=2, b=1)
    fresh = serving.add()
    serving.wait(1)
    serving.publish("a", 3, kind)
    serving.commit({fresh.name: 30.0}, a=3, b=1)
    serving.wait(20)
    assert not fresh.readiness.ready
    assert "version 1: pod pod-1 has generation 3 of what Git says" in fresh.status["waits"]["a"]
    while not fresh.readiness.ready:
        serving.wait(1)
    assert fresh.answers("a", "stable")


def test_a_fresh_pod_waits_for_no_model_that_no_other_serves_yet(serving):
    """It is on trial where a pod leads with it, and has nothing before it."""
    serving.publish("c", 1, "hangs")
    serving.commit({}, a=1, b=1, c=1)
    serving.wait(30)
    fresh = serving.add()
    serving.wait(20)
    assert fresh.readiness.ready
    assert set(fresh.config) == {"a", "b"}


def test_a_fresh_pod_takes_nothing_that_a_pod_makes_up(serving):
    """What is told has to fit the model as Git has it, or is passed over."""
    serving.publish("a", 2, "hangs")
    serving.commit({}, a=2, b=1)
    serving.wait(30)
    [told] = [it for it in serving.pods[0].status["wave"]["keeps"] if it["model"] == "a"]
    versions = [
        {"basePath": "other"},
        {"platform": "other"},
        {"line": {}},
        {"line": {**told["line"], "directory": "../7"}},
        {"version": 9},
    ]
    for wrong in versions:
        row = {**told, **wrong}
        state = peer(
            {**serving.pods[0].status, "wave": {**serving.pods[0].status["wave"], "keeps": [row]}},
            "10.0.0.9:9090",
        )
        revision = serving.wanted
        assert fallback(revision, [state], {("a", 2)}, serving.rules).revision == revision


def test_a_fresh_pod_takes_what_is_served_though_all_servers_are_down(serving):
    """It is the way out of that: with another image, or more memory."""
    for pod in serving.pods:
        pod.end_server()
        pod.starts_at = FOR_EVER
    serving.wait(20)
    fresh = serving.add()
    serving.wait(20)
    assert fresh.readiness.ready


def test_a_fresh_pod_takes_after_the_timeout_what_those_that_serve_cannot(serving):
    """They have to start anew for it, as here, or lack the room; it serves nobody yet."""
    serving.publish("a", 2, "good")
    serving.commit({}, a=2, b=1)
    at = [replace(it, base_path="c") if it.name == "a" else it for it in serving.wanted.lock.models]
    serving.store.put(f"{MODELS}/c", 2)
    serving.due.clear()  # the others never get what Git says
    fresh = serving.add()
    fresh.revision = Revision(replace(serving.wanted.lock, models=tuple(at)), MODELS)
    serving.wait(TIMEOUT - 10)
    assert not fresh.readiness.ready
    serving.wait(60)
    assert fresh.readiness.ready
    assert fresh.config["a"].state.versions == {2}


@pytest.mark.parametrize(("kind", "seconds"), [("good", SOAK), ("hangs", 2 * TIMEOUT)])
def test_words_last_as_long_as_the_wait(serving, kind, seconds):
    """Each change of them is a line of the log, and a minute of looks at each model."""
    serving.publish("a", 2, kind)
    serving.commit({}, a=2, b=1)
    told = {pod.name: set() for pod in serving.pods}
    for _ in range(round(seconds)):
        serving.wait(1)
        for pod in serving.pods:
            told[pod.name].add(pod.readiness.reason)
    assert max(map(len, told.values())) <= 6


def test_a_trial_that_git_wants_no_more_ends_and_the_next_version_takes_its_turn(serving):
    """Nobody answers its probe: beside it no other pod would lead, and both would wait for ever."""
    gone, leader, other = serving.pods
    serving.remove(gone)
    serving.publish("b", 2, "mute")
    serving.commit({}, a=1, b=2)
    serving.wait(15)
    assert serving.pods[0].status["wave"]["trials"]
    first = serving.add()
    assert order_of(first.name) < order_of(leader.name) < order_of(other.name)
    serving.wait(15)
    serving.remove(other)
    serving.wait(15)
    serving.publish("b", 3, "good")
    serving.commit({}, a=1, b=3)
    serving.until_settled(100)


def test_a_pod_whose_server_ended_tries_the_version_first_when_git_wants_it_again(serving):
    """In between Git wanted another one, and the others may never have heard of that."""
    serving.publish("a", 2, "kills-late")
    serving.commit({}, a=2, b=1)
    while not serving.reached:
        serving.wait(1)
    [tried] = serving.reached["a", 2]
    serving.commit({}, a=1, b=1)
    serving.wait(40)
    [one] = [pod for pod in serving.pods if pod.name == tried]
    assert [it["version"] for it in one.status["wave"]["doubted"]] == [2]
    one.restart_agent()
    serving.commit({one.name: 30.0}, a=2, b=1)
    serving.wait(120)
    assert serving.reached["a", 2] == {tried}
    assert all(("a", 2) in pod.wave.refused for pod in serving.pods)
