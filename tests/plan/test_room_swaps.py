"""`swap: drain`: what has no room beside what it replaces is planned, with what it costs pods."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.environment.environment import Choice
from generator.environment.serving import Rollout
from generator.lock.lock import LockState
from generator.plan import room
from generator.plan.context import Context, Inputs
from generator.plan.pod_memory import OVERFULL
from generator.plan.swap import Swap
from generator.report.as_json import plan_json
from generator.report.words import swap_texts
from generator.text.timestamp import timestamp
from tests.kit import strategies
from tests.kit.rooms import (
    HOUR,
    KIB,
    NEW,
    NOW,
    OLD,
    SETTLE,
    no_room,
    planned,
    serves,
    version,
)

DRAIN = {"agent": True, "rollout": Rollout(), "swap": "drain", "replicas": 3}
KNOWN = {"source": {"url": "s3://models"}, "serving": {"agent": True, "memory": "1Gi"}}
KNOWN["serving"]["swap"] = "drain"
"""The settings of pods that know of swaps."""


def swapping(memory, served, catalog, past=(), *, settings=KNOWN, **keys):
    """Return the plan of an environment whose pods know of swaps; and what the policy wants."""
    return planned(memory, served, catalog, past, settings=settings, **DRAIN | keys)


def test_what_has_no_room_beside_the_old_version_is_swapped_and_the_plan_says_what_it_costs():
    """The figures are those by which `refuse` holds it."""
    plan, wanted = swapping(18, [OLD], [OLD, NEW])

    assert (no_room(plan), plan.warnings) == ([], wanted.warnings)
    assert serves(plan) == {("a", 2)}
    assert plan.swaps == (Swap("a", 19 * KIB, 18 * KIB, 9 * KIB, (3, 3)),)
    assert plan.memory == (10 * KIB, 10 * KIB, 9 * KIB)
    [text] = swap_texts(plan)
    assert text.startswith("a: old and new would be 19.0 KiB of 18.0 KiB: 3 pods, one at a time")
    assert text.endswith("each out of the Service for 30 s and as long as it loads 9.0 KiB")
    [told] = plan_json(plan)["swaps"]
    assert (told["bytesOfBoth"], told["pods"]) == (19 * KIB, {"min": 3, "max": 3})


def test_what_has_room_is_not_swapped():
    """Pods have both, as ever."""
    plan, _ = swapping(19, [OLD], [OLD, NEW])
    assert (plan.swaps, serves(plan)) == ((), {("a", 2)})


@pytest.mark.parametrize(
    ("keys", "memory", "told"),
    [
        ({"replicas": 1}, 18, "takes a second pod"),
        ({"rollout": None}, 18, "takes a second pod"),
        ({"agent": False}, 18, "takes a second pod"),
        ({"swap": "refuse"}, 18, "serving.memory is"),
        ({}, 8, "serving.memory is 8.0 KiB"),
    ],
)
def test_who_cannot_swap_holds_it(keys, memory, told):
    """One pod, no waves, no agents; or the new version has no room alone."""
    plan, _ = swapping(memory, [OLD], [OLD, NEW], **keys)

    assert (no_room(plan), plan.swaps, serves(plan)) == ([("a", 2)], (), {("a", 1)})
    assert told in plan.held[0].problems[0]


def test_pods_that_know_of_no_swap_are_waited_for():
    """They would load the new version beside the old one: the commit that tells them comes first.

    After that, for as long as it takes to reach every pod.
    """
    ages = (SETTLE - timedelta(minutes=4), SETTLE + timedelta(minutes=1))
    lock = strategies.served(strategies.model("a", OLD))
    unknown, known = LockState(NOW - HOUR, lock), replace(lock, settings=KNOWN)
    began, over = ([LockState(NOW - age, known), unknown] for age in ages)
    refused = KNOWN | {"serving": KNOWN["serving"] | {"swap": "refuse"}}
    for settings, past, due in (
        (None, (), None),
        (refused, (), None),
        ({"serving": {"swap": "drain"}}, [unknown], None),
        (KNOWN, [unknown], None),
        (KNOWN, began, NOW + timedelta(minutes=4)),
    ):
        plan, _ = swapping(18, [OLD], [OLD, NEW], past, settings=settings)
        assert (no_room(plan), plan.swaps, plan.due) == ([("a", 2)], (), due)
        begins = f"at {timestamp(due)}" if due else "10m after the commit that sets it"
        assert f"`swap: drain` begins {begins}" in plan.held[0].problems[0]
        assert plan.held[0].remedy_in("prod") == "leave it: a sync after that takes it"
    for past in (over, began[:1]):
        plan, _ = swapping(18, [OLD], [OLD, NEW], past)
        assert (no_room(plan), serves(plan)) == ([], {("a", 2)})


def test_what_no_swap_makes_room_for_waits_for_no_pod():
    """The time at which swaps begin is none for it."""
    plan, _ = swapping(8, [OLD], [OLD, NEW], settings=None)
    assert (no_room(plan), plan.due) == ([("a", 2)], None)
    assert "drain" not in plan.held[0].problems[0]


def test_a_model_that_moves_to_another_place_is_not_swapped():
    """A pod could not go back to what it had."""
    moved = replace(NEW, base_path="z")
    environment = strategies.environment(strategies.rule(versions=Choice(latest=1)))
    environment = replace(
        environment, serving=replace(environment.serving, memory=18 * KIB, **DRAIN)
    )
    lock = replace(strategies.served(strategies.model("a", OLD)), settings=KNOWN)
    after = replace(strategies.model("a", moved), base_path="z")
    _, wanted = swapping(18, [OLD], [OLD, NEW])
    change = replace(wanted.changes[0], after=after)
    wanted = replace(wanted, changes=(change,), lock=replace(wanted.lock, models=(after,)))
    inputs = Inputs(environment, lock, strategies.catalog(OLD, moved), Context(now=NOW))
    plan = room.fitting(wanted, inputs, ())
    assert (no_room(plan), plan.swaps) == ([("a", 2)], ())


@pytest.mark.parametrize(
    ("keys", "way"),
    [
        ({"swap": "refuse"}, "set `serving.swap: drain`"),
        ({"replicas": 1}, "give it a second pod"),
        ({"rollout": None}, "set `serving.reload: rolling`"),
    ],
)
def test_who_goes_back_reads_what_makes_room_for_that(keys, way):
    """First what costs no pod more than its turn; with `drain` nothing is held."""
    held, _ = swapping(18, [NEW], [OLD], **keys)
    assert f"to go back all the same, {way}" in held.held[0].remedy_in("prod")
    back, _ = swapping(18, [NEW], [OLD])
    assert ([it.model for it in back.swaps], serves(back)) == (["a"], {("a", 1)})


def test_a_new_pod_of_a_rolling_deployment_swaps_nothing():
    """It has the new version only, and the way back names no reload that is set already."""
    fits, _ = swapping(18, [OLD], [OLD, NEW], reload="rolling")
    assert (fits.swaps, serves(fits)) == ((), {("a", 2)})
    held, _ = swapping(8, [version("a", 2, 7)], [OLD], reload="rolling")
    assert "all the same, raise `serving.memory`" in held.held[0].remedy_in("prod")


SIZES = st.lists(st.integers(0, 9), min_size=4, max_size=4)


@given(SIZES, SIZES, st.integers(1, 40))
def test_swaps_end_in_what_fits_and_hold_less_than_refuse(olds, news, memory):
    """Whatever is small before or after; what ends within the limit brings no warning."""
    names = "abcd"
    served = [version(it, 1, size) for it, size in zip(names, olds, strict=True) if size]
    new = [version(it, 2, size) for it, size in zip(names, news, strict=True) if size]
    plan, _ = swapping(memory, served, [*served, *new])
    before = sum(it.bytes for it in served)
    after = sum(it.bytes for model in plan.lock.models for it in model.versions)
    swapped = {it.model for it in plan.swaps}
    both = {
        it.path: it.bytes
        for change in plan.changes
        if change.model not in swapped
        for model in (change.before, change.after)
        for it in (model.versions if model else ())
    }

    if before <= memory * KIB:
        assert after <= memory * KIB
        assert sum(both.values()) <= memory * KIB
        assert not [it for it in plan.warnings if it.code == OVERFULL and plan.swaps]
    assert {it.model for it in plan.held}.isdisjoint(swapped)
    refused, _ = swapping(memory, served, [*served, *new], swap="refuse")
    assert len(no_room(plan)) <= len(no_room(refused)) or swapped
