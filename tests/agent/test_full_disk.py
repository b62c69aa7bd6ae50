"""A pod whose disk is full does not leave its Service: it could neither let go nor load.

And what it tells of its server is of now.
"""

from unittest.mock import Mock

import pytest

from generator.agent.agent import Agent
from generator.agent.decide.load_history import Refused
from generator.agent.decide.order import order_of
from generator.agent.decide.rules import Rules
from generator.agent.decide.swap.swap import Swap
from generator.agent.decide.view import View
from generator.agent.decide.wave import Wave
from generator.agent.download.data_source import DirectSource
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
LOADED = VersionState(LoadState.AVAILABLE, "")
SERVING = ServerModel({1: LOADED}, {"stable": 1})


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
def room():
    """Return the bytes of the pod: it is to swap, for both versions have no room in it."""
    return SIZE * 3 // 2


@pytest.fixture
def server():
    """Return a server that says the same until it says something else."""
    return Mock(return_value={"a": SERVING})


@pytest.fixture
def agent(tmp_path, clock, server, room):
    """Return the agent of a pod that serves version 1, and is to serve version 2."""
    pod = Pod(tmp_path / "pod", pull=False)
    weights = {"weights": b"x" * SIZE}
    pod.deliver(model("a", pod.publish("a", 1, extra=weights), stable=1))
    agent = Agent(
        Ports(
            DesiredFolder(pod.root / "desired", pull=False),
            Served(pod.root / "served"),
            DirectSource(),
            server,
            clock,
            peers=Beside(clock),
        ),
        wave=Wave(FIRST, RULES, swap=Swap(limit=room)),
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


@pytest.mark.parametrize("fails", [("remember", "write"), ("remember",), ("write",)])
def test_a_pod_leaves_when_it_can_note_that_and_write_its_config(agent, clock, monkeypatch, fails):
    """An agent that starts anew has to know; and who cannot write lets go of nothing."""
    with monkeypatch.context() as patched:
        for name in fails:
            patched.setattr(Served, name, full)
        assert rounds(agent, clock, 600) == []
        assert "No space left" in agent.report.problems["served"]
    assert rounds(agent, clock, 200)


@pytest.mark.parametrize("fails", [("remember", "write"), ("remember",), ("write",)])
def test_a_pod_that_has_left_comes_back_where_it_cannot_let_go(agent, clock, monkeypatch, fails):
    """It serves all that it did; whoever waits for its return waits no longer than for that."""
    while agent.wave.swap.leave is not Leave.OUT:
        rounds(agent, clock, 10)
    with monkeypatch.context() as patched:
        for name in fails:
            patched.setattr(Served, name, full)
        out = rounds(agent, clock, 600)
        assert len(out) <= RULES.margins.leaves / 10
        assert "a" in agent.report.served
    assert rounds(agent, clock, 200)


@pytest.mark.parametrize("room", [None])
def test_a_server_that_ends_while_the_disk_is_full_is_told_to_answer_no_more(
    agent, clock, server, monkeypatch
):
    """Others follow what has answered for the soak: they would load what has ended this one."""
    rounds(agent, clock, 10)
    server.return_value = {"a": ServerModel({1: LOADED, 2: LOADED}, {"stable": 1})}
    rounds(agent, clock, 60)
    [trial] = agent.report.wave.trials.values()
    assert trial.answering == 50.0
    server.return_value = Refused("nobody listens")
    with monkeypatch.context() as patched:
        for name in ("remember", "write"):
            patched.setattr(Served, name, full)
        for _ in range(int(RULES.soak / 10)):
            clock.now += 10.0
            agent.round()
            [trial] = agent.report.wave.trials.values()
            assert (trial.answering, agent.report.wave.answering) == (None, None)
