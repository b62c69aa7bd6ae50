"""The snapshot of a pod's waves: what it knows of itself, and tells nobody, counts for its turn."""

import pytest
from msgspec.structs import replace

from generator.agent.decide.load_history import LoadHistory, Refused
from generator.agent.decide.observation import Observation
from generator.agent.decide.order import order_of
from generator.agent.decide.rules import Rules
from generator.agent.decide.swap.swap import Swap, Swapped
from generator.agent.decide.turn import Go, Wait
from generator.agent.decide.uptime import Uptime
from generator.agent.decide.view import View
from generator.agent.decide.wave import Wave
from generator.agent.decide.wave_snapshot import WaveSnapshot
from generator.agent.decide.yielding import Yielding
from generator.serving.wave_state import Peer, Trial, WaveState
from tests.kit.agent_steps import entry, model, reports, revision

FIRST, SECOND = sorted(["x", "y"], key=order_of)
NOW = 1000.0
WANTED, KEY = revision(model("a", 1, 2)), ("a", 2)
SERVING = {"a": reports(v1="AVAILABLE")}


def other(name, *, ready=True, trying=False):
    """Return a pod that has served for long, and has nothing new but what it is *trying*."""
    trials = {("b", 7): Trial("sha256:7")} if trying else {}
    wave = WaveState(name, was_ready=True, answering=NOW, trials=trials, yields=False)
    served = {"a": frozenset({1})}
    return Peer(name, ready=ready, generation=0, served=served, wave=wave)


def turn(reported, peer, yielding=None, out_since=None):
    """Return the turn of the first pod with what is new, which sees *peer*."""
    wave = Wave(FIRST, Rules(), was_ready=True, uptime=Uptime(0.0), out_since=out_since)
    wave = replace(wave, yielding=yielding or Yielding())
    view = View([peer], told_at={peer.pod: NOW})
    pod = Observation({"a": entry(1)}, reported, None, WANTED.contents, NOW, view=view)
    return WaveSnapshot(wave, pod).turns([KEY])[KEY]


@pytest.mark.parametrize("reported", [SERVING, {"a": reports(v1="LOADING")}, Refused("no")])
def test_only_a_pod_that_serves_nothing_leads_where_no_other_is_ready(reported):
    """There is nothing to lose then."""
    found = turn(reported, other(SECOND, ready=False))
    assert isinstance(found, Wait if reported is SERVING else Go)


@pytest.mark.parametrize(("out_since", "leads"), [(None, False), (NOW, False), (0.0, True)])
def test_a_pod_that_gets_no_requests_leads_where_no_other_is_ready(out_since, leads):
    """It serves one model, and lost another: else each would wait for the other to be ready."""
    found = turn(SERVING, other(SECOND, ready=False), out_since=out_since)
    assert isinstance(found, Go) is leads
    assert isinstance(turn(SERVING, other(SECOND, trying=True), out_since=out_since), Wait)


@pytest.mark.parametrize(
    ("leads", "is_back", "tells"), [(1, 0, True), (0, 0, False), (1, 1, False)]
)
def test_what_a_pod_has_let_go_for_to_lead_with_it_is_on_trial_there(leads, is_back, tells):
    """Its server may go down before that is named: who does not know of it would lead too."""
    digest = WANTED.contents[KEY].digest
    it = Swapped(model("a", 1), {KEY: digest}, {KEY: Go(digest, leads=bool(leads))})
    swap = Swap(limit=1, of={"a": replace(it, is_back=bool(is_back))})
    pod = Observation({}, SERVING, None, WANTED.contents, NOW)
    told = WaveSnapshot(Wave(FIRST, Rules(), was_ready=True, swap=swap), pod)
    assert (KEY in told.told(LoadHistory(), {}).trials) is tells
    assert KEY not in told.told(LoadHistory(loaded=frozenset({KEY})), {}).trials


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
