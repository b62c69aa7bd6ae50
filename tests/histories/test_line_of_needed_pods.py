"""A pod that alone serves a model is not the one that tries what is new, while others can."""

import pytest

from generator.agent.decide.precedence import Precedence
from generator.serving.reported import Unanswered
from tests.histories.waves.swaps import in_line
from tests.histories.waves.world import SOAK, BrokenPromiseError, WaveWorld

SECONDS = 400
"""In which pods that hear each other take a version one after another."""


def begun(pods=3, *names):
    """Return pods with room for all that is wanted, and these in the order of their turns."""
    world = WaveWorld()
    world.begin(*(names or "ab"), pods=pods)
    world.wait(20)
    world.excused = 1e6
    return world, in_line(world)


def lose(world, name, *pods):
    """Let *pods* lose a model, one after another, for a fault of their machines."""
    for pod in pods:
        pod.lose(name)
        world.wait(20)


def kill_by_a(world, needed, name):
    """Let a version of `a` end servers, while one pod is needed for a model."""
    world.publish("a", 2, "kills")
    world.commit({}, **{it: 2 if it == "a" else 1 for it in world.wanted.config})
    for _ in range(SECONDS):
        world.wait(1)
        if not needed.answers(name, "stable"):
            raise BrokenPromiseError(f"nobody answers for {name}")


def alone(world=None):
    """Let the first pod in the line be left alone with `b` when a version comes that kills."""
    world, [first, *others] = begun()
    lose(world, "b", *others)
    kill_by_a(world, first, "b")
    return world, first


def test_another_pod_leads_than_the_one_that_alone_serves_a_model():
    """A version that ends servers takes nothing away; what is good comes to all, that pod last."""
    world, first = alone()
    [reached] = world.reached["a", 2]
    assert reached != first.name
    world.publish("a", 3, "good")
    world.commit({}, a=3, b=1)
    order = []
    for _ in range(SECONDS):
        world.wait(1)
        order += [it for it in world.naming(3) if it not in order]
    assert order[-1] is first
    assert all(pod.answers("a", "stable") for pod in world.pods)


def test_the_last_pod_that_is_ready_leaves_the_lead_to_one_that_is_not():
    """It is served nothing by that one: so there it harms nobody."""
    world, [first, other] = begun(2)
    other.lose("b")
    world.wait(2)
    assert not other.readiness.ready
    kill_by_a(world, first, "a")
    assert world.reached["a", 2] == {other.name}


def test_where_each_pod_is_needed_the_first_in_the_line_leads():
    """Somebody has to; it says why it does not do so at once."""
    world, [one, two] = begun(2, "a", "b", "c")
    lose(world, "b", one)
    lose(world, "c", two)
    world.publish("a", 2, "good")
    world.commit({}, a=2, b=1, c=1)
    world.wait(3)
    assert "no other pod serves c" in one.status["waits"]["a"]
    world.wait(SOAK)
    world.wait(10)
    assert world.naming(2) == [one]
    world.wait(SECONDS)
    assert world.naming(2) == [one, two] or world.naming(2) == [two, one]


def test_a_pod_with_a_new_model_on_trial_leads_with_the_next_one_too():
    """Its trial puts nothing at risk that others could serve."""
    world, [first, *_] = begun()
    world.publish("c", 1, "good")
    world.commit({}, a=1, b=1, c=1)
    while "c" not in first.config:
        world.wait(1)
    world.wait(5)
    world.publish("a", 2, "good")
    world.commit({}, a=2, b=1, c=1)
    world.wait(5)
    assert world.naming(2) == [first]
    world.until_settled()


def test_a_pod_that_misses_one_answer_of_its_server_is_needed_all_the_same(monkeypatch):
    """In that second it is not ready, and in the next one it knows that it was not."""
    world, [first, *others] = begun()
    lose(world, "b", *others)
    world.publish("a", 2, "kills")
    world.commit({}, a=2, b=1)
    world.wait(4)
    assert "a" in first.status["waits"]
    with monkeypatch.context() as silence:
        heard, late = type(first)._reported, {"b": Unanswered("no answer in 5 s")}
        silence.setattr(type(first), "_reported", lambda pod, names: heard(pod, names) | late)
        world.wait(1)
    assert not first.readiness.ready
    world.wait(SECONDS)
    assert first.name not in world.reached["a", 2]
    assert first.answers("b", "stable")


def test_the_rule_that_is_switched_off_is_caught(monkeypatch):
    """Then the pod that is needed leads."""
    monkeypatch.setattr(Precedence, "given", lambda _, turns, __: turns)
    with pytest.raises(BrokenPromiseError, match="nobody answers for b"):
        alone()
