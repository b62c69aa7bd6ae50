"""The precedence of others: who is needed for what it serves does not lead while they can."""

import pytest
from msgspec.structs import replace

from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.others import Others
from generator.agent.decide.precedence import Precedence
from generator.agent.decide.readiness import Readiness
from generator.agent.decide.rules import Rules
from generator.agent.decide.swap.look import Look
from generator.agent.decide.turn import Go, Wait
from generator.agent.decide.view import View
from generator.agent.decide.wave import Wave
from generator.agent.decide.yielding import Yielding
from generator.serving.reported import Unanswered
from generator.serving.wave_state import Leave, Peer, Trial, WaveState
from tests.kit.agent_steps import entry, model, reports, revision

NOW = 1000.0
NEW = ("b", 1)
WANTED = revision(model("a", 1, stable=1), model("b", 1))
NAMED = {"a": entry(1, stable=1)}
SERVED = {"a": reports({"stable": 1}, v1="AVAILABLE")}
LOADED = LoadHistory(loaded=frozenset({("a", 1)}))
LEADS = {NEW: Go("sha256:1", leads=True)}
OTHER = Peer(
    "pod-2",
    ready=True,
    generation=1,
    served={"a": frozenset({1})},
    labels={"a": frozenset({"stable"})},
    wave=WaveState("pod-2", was_ready=True, answering=100.0, yields=False),
)


def precedence(*peers, history=LOADED, ago=0.0, is_out=False, served=SERVED):
    """Return that of a pod which serves `a` by its label, and sees these others."""
    pod = Observation(NAMED, served, None, WANTED.contents, NOW)
    view = View(peers, told_at={it.pod: NOW - ago for it in peers})
    look, others = Look(pod, WANTED, NAMED, history, {}), Others(view, Rules(), NOW)
    return Precedence("pod-1", look, others, is_out)


def with_wave(**keys):
    """Return the other pod, which tells something else of its waves."""
    return replace(OTHER, wave=replace(OTHER.wave, **keys))


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (replace(OTHER, served={}), "no other pod serves a and"),
        (replace(OTHER, ready=False), "no other pod serves a and"),
        (replace(OTHER, labels={}), "no other pod serves a by its label stable and"),
        (with_wave(trials={NEW: Trial("sha256:1")}), "no other pod serves a and"),
    ],
)
def test_a_pod_that_is_needed_lets_others_lead(other, why):
    """Whatever they do not serve on: the model, or just one label of it."""
    found = precedence(other).given(LEADS, Yielding())[NEW]
    assert isinstance(found, Wait)
    assert (found.pod, found.why.startswith(why)) == ("pod-1", True)
    behind = Yielding(since=0.0, is_told=True, told_at=NOW)
    assert precedence(other).given(LEADS, behind) == LEADS


@pytest.mark.parametrize(
    "others",
    [
        (),
        (OTHER,),
        (replace(with_wave(was_ready=False), served={}),),
        (replace(with_wave(is_restless=True), served={}),),
        (replace(with_wave(yields=None), served={}),),
        (replace(with_wave(leave=Leave.OUT), served={}),),
    ],
    ids=["alone", "served", "fresh", "restless", "older agent", "out for a while"],
)
def test_a_pod_leads_where_it_is_not_needed_or_nobody_goes_first(others):
    """A pod that is out is no evidence: what it serves is seen when it is back."""
    assert precedence(*others).given(LEADS, Yielding()) == LEADS


def test_a_pod_is_not_needed_for_what_it_has_on_trial():
    """That is at risk here in any case; and of what nobody heard of late, nobody can tell."""
    nothing = replace(OTHER, served={})
    assert precedence(nothing, history=LoadHistory()).given(LEADS, Yielding()) == LEADS
    assert precedence(nothing, ago=90.0).given(LEADS, Yielding()) == LEADS


def test_a_model_of_which_the_server_does_not_tell_counts_as_its_file_has_it():
    """No answer is no proof that it is not served, nor that nobody asks for it."""
    untold = precedence(replace(OTHER, labels={}), served={"a": Unanswered("late")})
    assert isinstance(untold.given(LEADS, Yielding())[NEW], Wait)
    assert untold.serving == {"a": frozenset({"stable"})}


def test_a_pod_gets_no_requests_when_it_has_not_been_ready_for_a_while():
    """One look at which it is not takes it out of nothing; one at which it is puts it back."""
    down, up = Readiness(reason="a 1 does not answer"), Readiness(ready=True)
    wave = Wave().of_a_pod(down, 10.0).of_a_pod(down, 12.0)
    assert wave.out_since == 10.0
    assert wave.of_a_pod(up, 13.0).out_since is None
    assert Wave().of_a_pod(Readiness(), 10.0).out_since is None


def test_a_pod_that_gets_no_requests_is_not_needed():
    """Whatever its server has: so it goes before those that get some."""
    nothing = replace(OTHER, served={})
    out = precedence(nothing, is_out=True)
    assert out.given(LEADS, Yielding()) == LEADS
    waits = {NEW: Wait("pod-2", "it comes first")}
    assert out.is_held(waits, {NEW}, has_room=True) is False
    assert out.is_held(waits, {NEW}, has_room=False) is True
    assert not Readiness().is_out  # an agent that starts anew does not know yet
    assert Readiness(reason="a 1 does not answer").is_out


def test_a_pod_follows_as_it_is_needed():
    """What is proven in others is no risk."""
    follows = {NEW: Go("sha256:1")}
    assert precedence(replace(OTHER, served={})).given(follows, Yielding()) == follows


@pytest.mark.parametrize(
    ("other", "has_room", "is_held"),
    [
        (OTHER, True, False),
        (OTHER, False, True),
        (OTHER, None, None),
        (replace(OTHER, served={}), None, True),
        (replace(OTHER, ready=False), True, True),
        (with_wave(leave=Leave.OUT), True, None),
    ],
)
def test_a_pod_is_held_by_want_of_room_or_by_what_it_is_needed_for(other, has_room, is_held):
    """One of both is enough; else what nobody can tell of either is not known."""
    waits = {NEW: Wait("pod-2", "it comes first")}
    found = precedence(other).is_held(waits, {NEW}, has_room=has_room)
    assert found is is_held
    assert precedence(other).is_held(waits, set(), has_room=has_room) is None  # it takes it now
    assert precedence(other).is_held({}, {NEW}, has_room=True) is False
