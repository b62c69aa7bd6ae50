"""`serving.memory`: what has no room in a pod beside what it holds is held, with the figures."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.environment.environment import Choice
from generator.environment.serving import Autoscaling, Rollout
from generator.lock.lock import LockState
from generator.lock.notes import Failed
from generator.plan import room
from generator.plan.context import Facts, Inputs
from generator.plan.plan import WaysBack
from generator.plan.pod_memory import OVERFULL
from tests.kit import strategies
from tests.kit.decisions import decide
from tests.kit.rooms import HOUR, KIB, NEW, NOW, OLD, SETTLE, no_room, planned, serves, version


@pytest.mark.parametrize(("memory", "fits"), [(None, True), (19, True), (18, False)])
def test_a_version_is_held_that_has_no_room_beside_the_one_it_replaces(memory, fits):
    """To the byte; nothing else of the model changes, and no commit is made."""
    plan, wanted = planned(memory, [OLD], [OLD, NEW])

    if fits:
        assert plan == wanted
        return
    assert no_room(plan) == [("a", 2)]
    assert (plan.changes, plan.unchanged, serves(plan)) == ((), 1, {("a", 1)})
    assert plan.lock.models[0].versions == (OLD,)
    [hold] = plan.held
    assert hold.problems == (
        (
            "9.0 KiB and what pods hold meanwhile, 10.0 KiB, are 19.0 KiB; "
            "serving.memory is 18.0 KiB (environments/prod.yaml)"
        ),
    )
    assert hold.due is None
    assert "reload: rolling" in hold.remedy_in("prod")


@pytest.mark.parametrize(
    ("served", "new", "fits"),
    [
        (version("a", 1, 5), version("a", 2, 9), True),
        (version("a", 1, 5), version("a", 2, 10), False),
        (version("a", 1, 20), version("a", 2, 10), True),
    ],
)
def test_a_new_pod_of_a_rolling_deployment_has_only_the_new_version(served, new, fits):
    """So that it needs room for that one alone; one that is smaller always has."""
    plan, _ = planned(9, [served], [served, new], reload="rolling")

    assert (no_room(plan) == []) is fits
    assert serves(plan) == {("a", 2 if fits else 1)}


def test_what_has_room_is_not_held_for_what_has_none():
    """Each model is taken if it fits beside those that were."""
    catalog = [version("a", 1, 9), version("b", 1, 20), version("c", 1, 10), version("d", 1, 2)]
    plan, _ = planned(20, [], catalog)

    assert serves(plan) == {("a", 1), ("c", 1)}
    assert no_room(plan) == [("b", 1), ("d", 1)]


def test_what_pods_may_still_hold_takes_room_until_they_have_settled():
    """A version that the last commit took away; the hold is due when it is gone."""
    before = strategies.served(strategies.model("gone", version("gone", 1, 10)))
    served = strategies.served(strategies.model("a", OLD))
    past = [LockState(NOW - SETTLE / 2, served), LockState(NOW - HOUR, before)]

    late, _ = planned(25, [OLD], [OLD, NEW], past)
    free, _ = planned(25, [OLD], [OLD, NEW], past[:1])

    assert no_room(late) == [("a", 2)]
    assert late.held[0].due == late.due == NOW + SETTLE / 2
    assert no_room(free) == []


@pytest.mark.parametrize(
    ("keys", "minutes"),
    [
        ({}, 10),
        ({"agent": True}, 10 + 60),
        ({"agent": True, "rollout": Rollout(timeout=20 * 60), "replicas": 3}, 10 + 3 * 20),
        ({"agent": True, "rollout": Rollout(), "autoscaling": Autoscaling(8)}, 10 + 8 * 30),
        ({"rollout": Rollout()}, 10),
    ],
)
def test_an_agent_may_keep_what_was_replaced_for_as_long_as_its_turn_takes_to_come(keys, minutes):
    """In a wave each pod waits for those before it; without one, it has to load the new one."""
    before = strategies.served(strategies.model("gone", version("gone", 1, 10)))
    served = strategies.served(strategies.model("a", OLD))
    taken_away = NOW - timedelta(minutes=9)
    past = [LockState(taken_away, served), LockState(NOW - HOUR, before)]

    plan, _ = planned(25, [OLD], [OLD, NEW], past, **keys)

    assert no_room(plan) == [("a", 2)]
    assert plan.held[0].due == plan.due == taken_away + timedelta(minutes=minutes)


def test_a_hold_is_due_when_enough_is_gone_and_not_before():
    """Each version is gone in its own time, after the commit that took it away."""
    one, two = version("one", 1, 6), version("two", 1, 6)
    locks = [
        strategies.served(strategies.model("a", OLD)),
        strategies.served(strategies.model("a", OLD), strategies.model("two", two)),
        strategies.served(strategies.model("one", one), strategies.model("two", two)),
    ]
    ages = [timedelta(minutes=it) for it in (2, 5, 60)]
    past = [LockState(NOW - age, lock) for age, lock in zip(ages, locks, strict=True)]

    one_has_to_go, _ = planned(26, [OLD], [OLD, NEW], past)
    both_have_to, _ = planned(20, [OLD], [OLD, NEW], past)

    assert one_has_to_go.due == NOW - ages[1] + SETTLE
    assert both_have_to.due == NOW - ages[0] + SETTLE


def test_versions_go_whatever_room_there_is_and_too_much_is_told():
    """A removal brings nothing; what is served above the limit stays, with a warning."""
    two = strategies.model("a", OLD, NEW)
    environment = strategies.environment(strategies.rule(versions=Choice(latest=1)))
    environment = replace(environment, serving=replace(environment.serving, memory=KIB))
    lock, found = strategies.served(two), strategies.catalog(OLD, NEW)
    plan = decide(environment, found, lock)
    kept = room.fitting(plan, Inputs(environment, lock, found), ())

    assert (serves(kept), no_room(kept)) == ({("a", 2)}, [])
    assert [it.code for it in kept.warnings] == [OVERFULL]


@pytest.mark.parametrize("reload", ["hot", "rolling"])
@pytest.mark.parametrize(("memory", "catalog"), [(8, [OLD]), (8, [OLD, NEW])])
def test_a_model_whose_new_name_has_no_room_keeps_the_old_one(memory, catalog, reload):
    """Where more is served than may be; it is not taken away for a name that does not come."""
    old = OLD if len(catalog) == 1 or reload == "hot" else version("a", 1, 7)
    catalog = [old, *catalog[1:]]
    plan, wanted = planned(memory, [old], catalog, reload=reload, name="b")

    assert {it.name for it in wanted.lock.models} == {"b"}
    fits_anew = reload == "rolling" and len(catalog) == 1
    assert serves(plan) == ({("b", 1)} if fits_anew else {("a", 1)})
    assert (plan.changes == ()) is not fits_anew


def test_two_names_of_one_version_take_its_room_twice():
    """A server loads them for each name; a new pod of a rolling Deployment has only the new one."""
    assert serves(planned(19, [OLD], [OLD], name="b")[0]) == {("a", 1)}
    assert serves(planned(20, [OLD], [OLD], name="b")[0]) == {("b", 1)}
    assert serves(planned(10, [OLD], [OLD], name="b", reload="rolling")[0]) == {("b", 1)}


def test_a_way_back_needs_no_room():
    """What failed in pods is not there; a limit that keeps it would keep the harm."""
    environment = strategies.environment(strategies.rule(versions=Choice(latest=1)))
    environment = replace(environment, serving=replace(environment.serving, memory=KIB))
    lock, found = strategies.served(strategies.model("a", OLD)), strategies.catalog(OLD, NEW)
    plan = replace(decide(environment, found, lock), back=WaysBack({"a": ()}))

    kept = room.fitting(plan, Inputs(environment, lock, found), ())

    assert (serves(kept), no_room(kept)) == ({("a", 2)}, [])


def test_a_person_goes_back_from_what_failed_in_pods_whatever_room_there_is():
    """These hold the one before; from what is served well it is held, and says how to pass."""
    held, plan = planned(18, [NEW], [OLD])
    assert no_room(held) == [("a", 1)]
    [hold] = held.held
    assert "to go back all the same" in hold.remedy_in("prod")
    environment = strategies.environment(strategies.rule(versions=Choice(latest=1)))
    serving = replace(environment.serving, memory=18 * KIB)
    lock = strategies.served(strategies.model("a", NEW))
    facts = Facts(failed={NEW.digest: Failed("a", 2, NEW.digest)})
    inputs = Inputs(replace(environment, serving=serving), lock, strategies.catalog(OLD))
    assert serves(room.fitting(plan, replace(inputs, facts=facts), ())) == {("a", 1)}
    newer = planned(18, [OLD], [NEW])[1]
    lock = strategies.served(strategies.model("a", OLD))
    facts = Facts(failed={OLD.digest: Failed("a", 1, OLD.digest)})
    found = room.fitting(newer, replace(inputs, lock=lock, facts=facts), ())
    assert no_room(found) == [("a", 2)]


SIZES = st.lists(st.integers(0, 9), min_size=4, max_size=4)


@given(SIZES, SIZES, st.integers(1, 40), st.sampled_from(["hot", "rolling"]))
def test_no_pod_ever_takes_more_than_it_may(olds, news, memory, reload):
    """If what is served fits, so does each moment of the change, and no version is lost."""
    names = "abcd"
    served = [version(it, 1, size) for it, size in zip(names, olds, strict=True) if size]
    catalog = [
        *served,
        *(version(it, 2, size) for it, size in zip(names, news, strict=True) if size),
    ]
    plan, wanted = planned(memory, served, catalog, reload=reload)
    bytes_before = sum(it.bytes for it in served)
    after = {it.path: it.bytes for model in plan.lock.models for it in model.versions}
    both = after if reload == "rolling" else {it.path: it.bytes for it in served} | after

    if bytes_before <= memory * KIB:
        assert sum(both.values()) <= memory * KIB
    assert set(no_room(plan)) | serves(plan) >= serves(wanted)
