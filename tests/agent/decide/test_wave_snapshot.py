"""The snapshot of a pod's waves: what it knows of itself, and tells nobody, counts for its turn."""

import pytest

from generator.agent.decide.load_history import LoadHistory, Refused
from generator.agent.decide.observation import Observation
from generator.agent.decide.order import order_of
from generator.agent.decide.rules import Rules
from generator.agent.decide.turn import Go, Wait
from generator.agent.decide.uptime import Uptime
from generator.agent.decide.view import View
from generator.agent.decide.wave import Wave
from generator.agent.decide.wave_snapshot import WaveSnapshot
from generator.agent.decide.yielding import Yielding
from generator.serving.wave_state import Peer, WaveState
from tests.kit.agent_steps import entry, model, reports, revision

FIRST, SECOND = sorted(["x", "y"], key=order_of)
NOW = 1000.0
WANTED, KEY = revision(model("a", 1, 2)), ("a", 2)
SERVING = {"a": reports(v1="AVAILABLE")}


def other(name, *, ready=True):
    """Return a pod that has served for long, and has nothing new."""
    wave = WaveState(name, was_ready=True, answering=NOW, yields=False)
    served = {"a": frozenset({1})}
    return Peer(name, ready=ready, generation=0, served=served, wave=wave)


def turn(reported, peer, yielding=None):
    """Return the turn of the first pod with what is new, which sees *peer*."""
    yielding = yielding or Yielding()
    wave = Wave(FIRST, Rules(), was_ready=True, uptime=Uptime(0.0), yielding=yielding)
    view = View([peer], told_at={peer.pod: NOW})
    pod = Observation({"a": entry(1)}, reported, None, WANTED.contents, NOW, view=view)
    return WaveSnapshot(wave, pod).turns([KEY])[KEY]


@pytest.mark.parametrize("reported", [SERVING, {"a": reports(v1="LOADING")}, Refused("no")])
def test_only_a_pod_that_serves_nothing_leads_where_no_other_is_ready(reported):
    """There is nothing to lose then."""
    found = turn(reported, other(SECOND, ready=False))
    assert isinstance(found, Wait if reported is SERVING else Go)


@pytest.mark.parametrize("before", [Yielding(), Yielding(is_recalled=True), Yielding(told_at=1.0)])
def test_a_pod_stands_behind_for_as_long_as_others_may_think_so(before):
    """Not only while it tells so: what they heard last is what they go by."""
    found = turn(SERVING, other(SECOND), before)
    assert isinstance(found, Wait if before.is_behind else Go)


def test_what_only_the_pod_knows_is_not_told():
    """Agents of other releases read what is told."""
    wave = Wave(FIRST, Rules(), was_ready=True, yielding=Yielding(is_recalled=True))
    pod = Observation({"a": entry(1)}, SERVING, None, WANTED.contents, NOW)
    told = WaveSnapshot(wave, pod).told(LoadHistory(), {"a": entry(1)})
    assert type(told) is WaveState
    assert told.yields is False
