"""The leave of a pod: only what others tell now is evidence that they serve on."""

import pytest
from msgspec.structs import replace

from generator.agent.decide.leave import doubt, hindrance
from generator.agent.decide.order import order_of
from generator.agent.decide.rules import Rules
from generator.agent.decide.turn import View
from generator.serving.wave_state import Leave, Peer, Trial, WaveState

RULES = Rules()
FIRST, SECOND = sorted(("pod-1", "pod-2"), key=order_of)
SERVING = Peer(
    SECOND,
    ready=True,
    generation=1,
    served={"a": frozenset({1})},
    wave=WaveState(SECOND, was_ready=True, answering=100.0),
)


def with_wave(peer=SERVING, **keys):
    """Return a pod that tells something else of its wave."""
    return replace(peer, wave=replace(peer.wave, **keys))


def test_a_pod_may_leave_where_another_serves_the_model():
    """It is ready, answers for a while, and tries nothing."""
    assert doubt(View([SERVING]), ["a"], RULES) == ""
    assert hindrance(FIRST, View([SERVING]), ["a"], RULES) == ""


@pytest.mark.parametrize(
    "peer",
    [
        replace(SERVING, ready=False),
        replace(SERVING, served={"b": frozenset({1})}),
        replace(SERVING, served={"a": frozenset({1}), "b": frozenset()}),
        replace(SERVING, served={"a": frozenset()}),
        replace(SERVING, wave=None),
        with_wave(answering=None),
        with_wave(answering=RULES.margins.counted - 1),
        with_wave(trials={("b", 1): Trial("sha256:1")}),
        with_wave(is_restless=True),
    ],
)
def test_who_is_not_sure_to_serve_on_is_no_reason_to_leave(peer):
    """A pod of an agent that makes no waves is none either, nor one without another model."""
    found = doubt(View([peer]), ["a", "b"], RULES)
    assert found.startswith("no other pod is ready, tries nothing new and serves ")
    both = replace(SERVING, served={"a": frozenset({1}), "b": frozenset({1})})
    assert doubt(View([both, peer]), ["a", "b"], RULES) == ""


def test_several_pods_serve_on_what_none_of_them_has_alone():
    """All models of a pod leave with it, not only that which it swaps."""
    other = replace(SERVING, pod="pod-9", served={"b": frozenset({1})})
    assert doubt(View([SERVING]), ["a", "b"], RULES).endswith("and serves b")
    assert doubt(View([SERVING, other]), ["a", "b"], RULES) == ""


@pytest.mark.parametrize(("is_silent", "late"), [(True, []), (False, ["pod-9"])])
def test_silence_keeps_a_pod_in_whoever_else_serves(is_silent, late):
    """It may be out itself, and have told so to nobody yet."""
    view = View([SERVING, replace(SERVING, pod="pod-9", is_silent=is_silent)], late=late)
    assert "not heard of late: pod pod-9" in doubt(view, ["a"], RULES)


def test_no_pod_leaves_that_may_not_see_all():
    """An address at which nobody was heard is one of somebody."""
    assert "not all pods are heard" in doubt(View([SERVING], is_whole=False), ["a"], RULES)
    assert "10.0.0.9" in doubt(View([SERVING], strangers=["10.0.0.9"]), ["a"], RULES)
    assert "no other pod" in doubt(View(), ["a"], RULES)


def test_one_pod_is_out_at_a_time():
    """Of two that ask, the first in the order goes; whoever is out comes back first."""
    out = with_wave(replace(SERVING, pod="pod-9"), leave=Leave.OUT)
    assert "pod-9 is out" in doubt(View([SERVING, out]), ["a"], RULES)
    asks = with_wave(leave=Leave.ASKS)
    assert hindrance(FIRST, View([asks]), ["a"], RULES) == ""
    before = replace(with_wave(leave=Leave.ASKS), pod=FIRST)
    assert hindrance(SECOND, View([before]), ["a"], RULES) == f"pod {FIRST} leaves first"
