"""A pod whose disk is full does not leave its Service: it could neither let go nor load."""

import pytest

from generator.agent.decide.order import order_of
from generator.agent.decide.rules import Rules
from generator.agent.decide.swap.swap import Swap
from generator.agent.decide.turn import View
from generator.agent.decide.wave import Wave
from generator.agent.download.data_source import DirectSource
from generator.agent.loop import Agent
from generator.agent.pod.config_map import DesiredFolder
from generator.agent.pod.served import Served
from generator.agent.ports import Nobody, Ports
from generator.serving.reported import LoadState, ServerModel, VersionState
from generator.serving.wave_state import Leave, Peer, WaveState
from tests.kit.pod_processes import Pod
from tests.kit.strategies import model

FIRST, OTHER = sorted(("pod-1", "pod-2"), key=order_of)
SIZE = 1000
RULES = Rules()
SERVING = ServerModel({1: VersionState(LoadState.AVAILABLE, "")}, {"stable": 1})


class Beside(Nobody):
    """Another pod that serves what this one does, and is heard all the time."""

    def __init__(self, clock):
        self.clock = clock

    def view(self, wanted, *, hurry):  # noqa: ARG002  it is heard all the time
        """Return that it is there."""
        wave = WaveState(OTHER, was_ready=True, answering=1000.0, yields=False)
        peer = Peer(
            OTHER,
            ready=True,
            generation=wanted.revision.lock.generation,
            served={"a": frozenset({1})},
            labels={"a": frozenset({"stable"})},
            wave=wave,
        )
        return View([peer], told_at={OTHER: self.clock()})


class Clock:
    """A clock that stands."""

    now = 0.0

    def __call__(self):
        """Return the time."""
        return self.now


@pytest.fixture
def clock():
    """Return the agent's clock."""
    return Clock()


@pytest.fixture
def agent(tmp_path, clock):
    """Return the agent of a pod that serves version 1, and is to swap it: it has no room for 2."""
    pod = Pod(tmp_path / "pod", pull=False)
    weights = {"weights": b"x" * SIZE}
    pod.deliver(model("a", pod.publish("a", 1, extra=weights), stable=1))
    agent = Agent(
        Ports(
            DesiredFolder(pod.root / "desired", pull=False),
            Served(pod.root / "served"),
            DirectSource(),
            lambda _: {"a": SERVING},
            clock,
            peers=Beside(clock),
        ),
        wave=Wave(FIRST, RULES, swap=Swap(limit=SIZE * 3 // 2)),
    )
    rounds(agent, clock, 100)
    assert agent.report.in_sync
    pod.deliver(model("a", pod.publish("a", 2, extra=weights), stable=2))
    return agent


def rounds(agent, clock, seconds):
    """Let the agent make rounds, and return at which of them it was out of the Service."""
    out = []
    for _ in range(0, seconds, 10):
        clock.now += 10.0
        agent.round()
        assert agent.report.readiness.ready == (agent.wave.swap.leave is not Leave.OUT)
        if not agent.report.readiness.ready:
            out.append(clock.now)
    return out


def full(*_):
    """Raise what a disk without room does."""
    raise OSError(28, "No space left on device")


def test_a_pod_leaves_when_it_has_noted_that_it_does(agent, clock, monkeypatch):
    """An agent that starts anew has to know; and what cannot be noted cannot be let go of."""
    with monkeypatch.context() as patched:
        for name in ("remember", "write"):
            patched.setattr(Served, name, full)
        assert rounds(agent, clock, 600) == []
        assert "No space left" in agent.report.problems["served"]
    assert rounds(agent, clock, 200)


def test_a_pod_that_has_left_comes_back_where_it_cannot_let_go(agent, clock, monkeypatch):
    """It serves all that it did; whoever waits for its return waits no longer than for that."""
    while agent.wave.swap.leave is not Leave.OUT:
        rounds(agent, clock, 10)
    with monkeypatch.context() as patched:
        for name in ("remember", "write"):
            patched.setattr(Served, name, full)
        out = rounds(agent, clock, 600)
        assert len(out) <= RULES.margins.leaves / 10
        assert "a" in agent.report.served
    assert rounds(agent, clock, 200)
