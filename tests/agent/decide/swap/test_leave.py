"""The leave of a pod: only what others tell now is evidence that they serve on."""

import pytest
from msgspec.structs import replace

from generator.agent.decide.order import order_of
from generator.agent.decide.others import Others
from generator.agent.decide.rules import Rules
from generator.agent.decide.swap import leave
from generator.agent.decide.view import View
from generator.serving.wave_state import Leave, Peer, Trial, WaveState

RULES = Rules()
NOW = 1000.0
FIRST, SECOND = sorted(("pod-1", "pod-2"), key=order_of)
SERVING = Peer(
    SECOND,
    ready=True,
    generation=1,
    served={"a": frozenset({1})},
    labels={"a": frozenset({"stable"})},
    wave=WaveState(SECOND, was_ready=True, answering=100.0),
)


def seen(*peers, ago=0.0, **keys):
    """Return the view of *peers* whose last word is of so many seconds *ago*."""
    return View(peers, told_at={it.pod: NOW - ago for it in peers}, **keys)


def doubt(view, models, labels=()):
    """Return what makes it doubtful that others serve *models* on, each with some labels."""
    return leave.doubt(Others(view, RULES, NOW), dict.fromkeys(models, frozenset(labels)))


def hindrance(pod, view, models):
    """Return what hinders a pod that leaves with *models*."""
    return leave.hindrance(pod, Others(view, RULES, NOW), dict.fromkeys(models, frozenset()))


def with_wave(peer=SERVING, **keys):
    """Return a pod that tells something else of its wave."""
    return replace(peer, wave=replace(peer.wave, **keys))


def test_a_pod_may_leave_where_another_serves_the_model():
    """It is ready, answers for a while, and tries nothing."""
    assert doubt(seen(SERVING), ["a"]) == ""
    assert hindrance(FIRST, seen(SERVING), ["a"]) == ""


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
    found = doubt(seen(peer), ["a", "b"])
    assert found.startswith("no other pod is ready, tries nothing new and serves ")
    both = replace(SERVING, served={"a": frozenset({1}), "b": frozenset({1})})
    assert doubt(seen(both, peer), ["a", "b"]) == ""


def test_several_pods_serve_on_what_none_of_them_has_alone():
    """All models of a pod leave with it, not only that which it swaps."""
    other = replace(SERVING, pod="pod-9", served={"b": frozenset({1})})
    assert doubt(seen(SERVING), ["a", "b"]).endswith("and serves b")
    assert doubt(seen(SERVING, other), ["a", "b"]) == ""


def test_silence_keeps_a_pod_in_whoever_else_serves():
    """It may be out itself, and have told so to nobody yet."""
    silent = replace(SERVING, pod="pod-9", is_silent=True)
    assert "not heard of late: pod pod-9" in doubt(seen(SERVING, silent), ["a"])
    never = View([SERVING])
    assert f"not heard of late: pod {SECOND}" in doubt(never, ["a"])


def test_what_others_told_grows_old_while_this_pod_looks_at_its_server():
    """It counts at the moment of the decision, however long ago they were looked for."""
    fresh = RULES.margins.fresh
    assert doubt(seen(SERVING, ago=fresh - 0.1), ["a"]) == ""
    assert "not heard of late" in doubt(seen(SERVING, ago=fresh), ["a"])


def test_a_pod_stays_that_alone_has_a_label_of_a_model():
    """Requests ask for the label; a version that others serve without it answers none of them."""
    assert doubt(seen(SERVING), ["a"], ["stable"]) == ""
    assert doubt(seen(SERVING), ["a"], ["canary", "stable"]).endswith(
        "serves a by its label canary"
    )
    other = replace(SERVING, pod="pod-9", labels={"a": frozenset({"canary"})})
    assert doubt(seen(SERVING, other), ["a"], ["canary", "stable"]) == ""
    untold = replace(SERVING, labels=None)
    assert doubt(seen(untold), ["a"], ["stable"]).endswith("serves a by its label stable")


def test_no_pod_leaves_that_may_not_see_all():
    """An address at which nobody was heard is one of somebody."""
    assert "not all pods are heard" in doubt(seen(SERVING, is_whole=False), ["a"])
    assert "10.0.0.9" in doubt(seen(SERVING, strangers=["10.0.0.9"]), ["a"])
    assert "no other pod" in doubt(seen(), ["a"])


def test_one_pod_is_out_at_a_time():
    """Of two that ask, the first in the order goes; whoever is out comes back first."""
    out = with_wave(replace(SERVING, pod="pod-9"), leave=Leave.OUT)
    assert "pod-9 is out" in doubt(seen(SERVING, out), ["a"])
    asks = with_wave(leave=Leave.ASKS)
    assert hindrance(FIRST, seen(asks), ["a"]) == ""
    before = replace(with_wave(leave=Leave.ASKS), pod=FIRST)
    assert hindrance(SECOND, seen(before), ["a"]) == f"pod {FIRST} leaves first"
