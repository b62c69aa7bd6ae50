"""Agents of the release before beside those of this one, which yield: nobody waits in a ring."""

from itertools import permutations

import pytest
from msgspec.structs import replace

from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.order import order_of
from generator.agent.decide.others import Others
from generator.agent.decide.own_state import OwnState
from generator.agent.decide.precedence import Precedence
from generator.agent.decide.rules import Rules
from generator.agent.decide.standing import NewVersion
from generator.agent.decide.swap.look import Look
from generator.agent.decide.taking_turns import turn
from generator.agent.decide.turn import Go
from generator.agent.decide.view import View
from generator.agent.decide.yielding import Yielding
from generator.serving.wave_state import Peer, WaveState, remembered
from tests.kit.agent_steps import entry, model, reports, revision

RULES = Rules()
NEW = NewVersion(("b", 1), "sha256:1", 5)
NAMES = sorted(["x", "y", "z"], key=order_of)
NOW = 1000.0
WANTED = revision(model("a", 1))
NAMED = {"a": entry(1)}
POD = Observation(NAMED, {"a": reports(v1="AVAILABLE")}, None, WANTED.contents, NOW)
LOOK = Look(POD, WANTED, NAMED, LoadHistory(), {})


def pod(name, *, yields):
    """Return a pod that has served for long; its agent is an older one if *yields* is None."""
    wave = WaveState(name, was_ready=True, answering=NOW, yields=yields)
    return Peer(name, ready=True, generation=5, served={"a": frozenset({1})}, wave=wave)


def yields(name, *others):
    """Return whether a pod tells that it yields, which is held for long and sees these others."""
    seen = View(others, told_at=dict.fromkeys(NAMES, NOW))
    precedence = Precedence(name, LOOK, Others(seen, RULES, NOW))
    return precedence.after(Yielding(since=0.0), is_held=True).is_told


@pytest.mark.parametrize(("held", "older", "free"), [*permutations(NAMES)])
def test_somebody_goes_where_one_is_held_and_one_knows_no_yielding(held, older, free):
    """The older agent waits for whoever is before it in the order, whatever that one tells."""
    others = pod(older, yields=None), pod(free, yields=False)
    pods = [*others, pod(held, yields=yields(held, *others))]
    going = []
    for me in pods:
        seen = [it for it in pods if it is not me]
        if me.yields is None:
            seen = [replace(it, wave=replace(it.wave, yields=None)) for it in seen]
        own = OwnState(me.pod, was_ready=True, answering=NOW, yields=me.yields)
        found = turn(own, View(seen), NEW, RULES)
        going += [me.pod] if isinstance(found, Go) else []
    assert len(going) == 1


def test_a_pod_yields_where_all_that_it_hears_know_what_that_is():
    """One that was heard by the agent before this one alone tells nothing, of whatever release."""
    others = [pod(name, yields=False) for name in NAMES[1:]]
    assert yields(NAMES[0], *others)
    assert yields(NAMES[0], others[0], remembered(NAMES[2]))
    assert not yields(NAMES[0], others[0], pod(NAMES[2], yields=None))
