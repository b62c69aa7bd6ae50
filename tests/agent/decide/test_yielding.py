"""The place in the line that a pod gives to those behind it, and when it is its own again."""

import pytest
from msgspec.structs import replace

from generator.agent.decide.order import comes_before, order_of
from generator.agent.decide.view import View
from generator.agent.decide.yielding import Yielding
from generator.serving.wave_state import Peer, WaveState

ENOUGH = 90.0
FIRST, SECOND = sorted(("pod-1", "pod-2"), key=order_of)


def after(before, now, *, is_held, hears_all=True):
    """Return the yielding after one more look."""
    return before.after(now, ENOUGH, is_held=is_held, hears_all=hears_all)


def held(since, until):
    """Return the yielding of a pod that was held at both moments."""
    return after(after(Yielding(), since, is_held=True), until, is_held=True)


def test_a_pod_that_is_held_for_a_moment_keeps_its_place():
    """Another one that tries something new is at rest in a while."""
    assert not held(0.0, ENOUGH - 1).is_told
    assert not held(0.0, ENOUGH - 1).is_behind
    assert held(0.0, ENOUGH).is_told
    again = after(after(held(0.0, 80.0), 81.0, is_held=False), 82.0, is_held=True)
    assert not after(again, 100.0, is_held=True).is_told


def test_a_pod_is_behind_as_soon_as_it_tells_so_and_until_all_know_that_it_does_not():
    """Others go by what they heard of it; what they took by that it has heard by then."""
    now = after(held(0.0, ENOUGH), 100.0, is_held=False)
    assert (now.is_told, now.is_behind) == (False, True)
    assert after(now, 100.0 + ENOUGH - 0.1, is_held=False).is_behind
    assert not after(now, 100.0 + ENOUGH, is_held=False).is_behind


def test_what_a_pod_tells_on_while_it_makes_no_look_counts_until_the_next_one():
    """Its server did not answer, or its disk was full: others heard that it yields all the time."""
    now = after(held(0.0, ENOUGH), 1000.0, is_held=False)
    assert (now.is_told, now.is_behind) == (False, True)
    assert after(now, 1000.0 + ENOUGH - 0.1, is_held=False).is_behind
    assert not after(now, 1000.0 + ENOUGH, is_held=False).is_behind


def test_a_pod_that_does_not_hear_all_stays_behind():
    """Who is silent may have gone by its word."""
    now = after(held(0.0, ENOUGH), 100.0, is_held=False)
    now = after(now, 1000.0, is_held=False, hears_all=False)
    assert now.is_behind
    assert not after(now, 1001.0, is_held=False).is_behind


def test_what_nobody_can_tell_begins_no_yielding_and_ends_none():
    """Nobody serves more or less for that, and who hears others late at times is held as before."""
    assert not after(after(Yielding(), 0.0, is_held=None), 1000.0, is_held=None).is_told
    assert not after(held(0.0, 50.0), 1000.0, is_held=None).is_told
    late = after(held(0.0, 50.0), 80.0, is_held=None)
    assert not after(late, ENOUGH - 1, is_held=True).is_told
    assert after(late, ENOUGH, is_held=True).is_told
    assert after(held(0.0, ENOUGH), 1000.0, is_held=None).is_told


def test_an_agent_that_starts_anew_is_behind_for_what_the_one_before_told():
    """By its own clock, from its first look on."""
    left = held(0.0, ENOUGH).lasting
    assert left.is_behind
    assert Yielding().lasting == Yielding()
    now = after(left, 7.0, is_held=False)
    assert after(now, 7.0 + ENOUGH - 0.1, is_held=False).is_behind
    assert not after(now, 7.0 + ENOUGH, is_held=False).is_behind


def pod(name, **keys):
    """Return another pod."""
    return Peer(name, ready=True, generation=1, served={}, wave=WaveState(name, **keys))


@pytest.mark.parametrize(
    ("its", "mine", "first"),
    [
        *((False, False, FIRST), (True, True, FIRST)),
        *((True, False, SECOND), (False, True, FIRST)),
        *((None, False, FIRST), (None, True, FIRST)),
    ],
)
def test_who_yields_stands_behind_those_that_do_not(its, mine, first):
    """Of two that do, or do not, the order of all pods says which comes first."""
    me = WaveState(SECOND, yields=mine)
    assert comes_before(pod(FIRST, yields=its), me) == (first == FIRST)


def test_nobody_stands_behind_a_pod_whose_agent_knows_nothing_of_it():
    """That one waits for whoever is before it in the order: both would wait for ever."""
    me = WaveState(FIRST, yields=True)
    assert not comes_before(pod(SECOND), me)
    assert not comes_before(replace(pod(SECOND), wave=None), me)
    assert comes_before(pod(SECOND, yields=False), me)


def test_what_a_pod_told_long_ago_gives_nobody_its_place():
    """It may have taken it again."""
    found = View([pod(FIRST, yields=True)], told_at={FIRST: 10.0})
    assert [it.yields for it in found.as_of(54.0, 45.0).peers] == [True]
    assert [it.yields for it in found.as_of(55.0, 45.0).peers] == [False]
    silent = View([replace(found.peers[0], is_silent=True)], told_at={FIRST: 10.0})
    assert [it.yields for it in silent.as_of(11.0, 45.0).peers] == [False]
