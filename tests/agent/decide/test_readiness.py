"""A pod is ready when what it had last, or what is wanted, answers."""

import pytest

from generator.agent.decide import config as configs
from generator.agent.decide.config import Entry
from generator.agent.decide.load_history import Down
from generator.agent.decide.readiness import Readiness, Targets, judge
from generator.serving.reported import ServerModel, Unanswered
from tests.kit.agent_steps import ERROR, entry, reports


def good(**models: Entry) -> Readiness:
    """Return the verdict on a pod whose last good state is *models*."""
    return Readiness(ready=True, reason="", reached=configs.states(models))


def verdict(before, wanted, reported, served=None, failed=None, waits=None) -> Readiness:
    """Judge once; without *served*, the file says what is wanted."""
    targets = Targets(wanted, wanted if served is None else served, failed or {})
    return judge(before, targets, reported, waits or {})


READY = good(a=entry(1, stable=1))
WANTED = {"a": entry(1, stable=1)}
NEW = {"a": entry(2, stable=2)}
BETWEEN = {"a": entry(1, 2, stable=1)}


@pytest.mark.parametrize(
    ("reported", "failed", "ready"),
    [
        (reports({"stable": 1}, v1="AVAILABLE"), {}, True),
        (reports(v1="AVAILABLE"), {}, False),
        (reports(v1="LOADING"), {}, False),
        (reports(v1="failed"), {("a", 1): ERROR}, False),
        (Unanswered("nonsense"), {}, False),
    ],
)
def test_a_fresh_pod_is_ready_when_all_is_loaded(reported, failed, ready):
    """Each version and label, or its failure while something else serves."""
    assert verdict(Readiness(), WANTED, {"a": reported}, failed=failed).ready is ready


@pytest.mark.parametrize("failed", [("a", 2), ("b", 1)])
def test_a_pod_that_takes_the_place_of_another_is_ready_when_nothing_failed(failed):
    """The old one serves what was before; once it is gone, this one stays ready like any other."""
    wanted = {"a": entry(1, 2, stable=1), "b": entry(1)}
    reported = {
        "a": reports({"stable": 1}, v1="AVAILABLE", v2="AVAILABLE"),
        "b": reports(v1="AVAILABLE"),
    }
    well = Targets(wanted, wanted, {}, is_replacement=True)
    ill = Targets(wanted, wanted, {failed: ERROR}, is_replacement=True)

    assert not judge(Readiness(), ill, reported, {}).ready
    fresh = judge(Readiness(), well, reported, {})
    assert fresh.ready
    assert judge(fresh, ill, reported, {}).ready


@pytest.mark.parametrize(
    ("served", "reported", "lost"),
    [
        (BETWEEN, reports({"stable": 1}, v1="AVAILABLE", v2="LOADING"), ""),
        (BETWEEN, reports({"stable": 1}, v1="AVAILABLE"), ""),
        (WANTED, reports({"stable": 1}, v1="AVAILABLE"), ""),  # its data is not here yet
        (WANTED, reports({"stable": 1}, v1="AVAILABLE", v2="failed"), ""),
        (BETWEEN, reports({"stable": 2}, v1="AVAILABLE", v2="AVAILABLE"), ""),
        ({"a": entry(2)}, reports(v1="AVAILABLE", v2="LOADING"), ""),  # to another base path
        (BETWEEN, reports(v1="AVAILABLE", v2="LOADING"), "label stable"),
        (BETWEEN, reports(v2="AVAILABLE"), "version 1, label stable"),
        (BETWEEN, reports(v1="LOADING", v2="LOADING"), "version 1, label stable"),
        ({"a": entry(2)}, reports(v1="END", v2="LOADING"), "it"),
        ({}, ServerModel(), "it"),
        (BETWEEN, Unanswered("nonsense"), "version 1, label stable"),
    ],
)
def test_a_pod_stays_ready_while_its_last_good_state_answers(served, reported, lost):
    """Whatever comes beside it, and only while nothing of it that the file has is lost."""
    found = verdict(READY, NEW, {"a": reported}, served, waits={"a": "version 2: it comes"})
    waits = "a: version 2: it comes"
    told = f"a: {lost} served before, and does not now; {waits}" if lost else waits
    assert (found.ready, found.reason) == (not lost, told)
    if lost:
        assert found.reached == READY.reached


def test_the_last_good_state_is_what_answers_and_the_file_has():
    """What is on its way out may go; what came is not to be lost again."""
    both = reports({"stable": 2}, v1="AVAILABLE", v2="AVAILABLE")
    moved = verdict(READY, NEW, {"a": both}, NEW)
    assert moved.reached == configs.states(NEW)
    gone = {"a": reports({"stable": 2}, v1="END", v2="AVAILABLE")}
    assert verdict(moved, WANTED, gone, BETWEEN).ready
    added = {**WANTED, "b": entry(1, base="b")}
    reported = {"a": reports({"stable": 1}, v1="AVAILABLE"), "b": reports(v1="AVAILABLE")}
    assert verdict(READY, added, reported).reached == configs.states(added)
    assert verdict(good(**added), WANTED, {"a": reported["a"]}).ready  # nobody wants b any more
    nothing = verdict(good(), {}, {})
    assert (nothing.ready, nothing.reached) == (True, {})
    by_hand = judge(READY, Targets(NEW, None, {}), {"a": both}, {})
    assert by_hand.reached == READY.reached


def test_a_new_model_takes_no_pod_out_of_the_service():
    """All pods see the commit at once; a broken one beside a good one keeps none from starting."""
    wanted = {"a": entry(1), "b": entry(1, base="b")}
    reported = {"a": reports(v1="AVAILABLE"), "b": reports(v1="LOADING")}
    assert verdict(good(a=entry(1)), wanted, reported).ready
    assert not verdict(Readiness(), wanted, reported).ready
    fresh = verdict(
        Readiness(), wanted, reported, failed={("b", 1): ERROR}, waits={"b": "it failed"}
    )
    assert (fresh.ready, fresh.reason) == (True, "b: it failed")
    assert fresh.reached == configs.states({"a": entry(1)})


def test_no_restart_of_a_server_forgets_the_last_good_state():
    """It is not ready before it answers again, and then it is, whatever else is wanted."""
    for silence in (Down("refused"), Unanswered("no answer in time")):
        down = verdict(READY, NEW, silence, BETWEEN)
        assert (down.ready, down.reached) == (False, READY.reached)
        starting = verdict(down, NEW, {"a": reports(v1="LOADING", v2="LOADING")}, BETWEEN)
        assert not starting.ready
        back = {"a": reports({"stable": 1}, v1="AVAILABLE", v2="LOADING")}
        assert verdict(starting, NEW, back, BETWEEN).ready


def test_a_model_that_fails_after_a_restart_stops_no_others():
    """As in a fresh pod: it is taken out, and told."""
    wanted = {"a": entry(1), "b": entry(1, base="b")}
    reported = {"a": reports(v1="AVAILABLE"), "b": reports(v1="failed")}
    served = {"a": entry(1)}
    assert not verdict(good(**wanted), wanted, reported, served).ready
    assert verdict(good(**wanted), wanted, reported, served, {("b", 1): ERROR}).ready


def test_silence_about_a_few_models_takes_no_pod_out_of_the_service():
    """A server with thousands answers for some too late; about most, it says nothing at all."""
    wanted = {name: entry(1, base=name) for name in "abc"}
    here, silent = reports(v1="AVAILABLE"), Unanswered("no answer in time")
    one = {"a": here, "b": silent, "c": here}
    found = verdict(good(**wanted), wanted, one, waits={"b": "it is silent"})
    assert (found.ready, found.reason) == (True, "b: it is silent")
    assert found.reached == configs.states(wanted)
    assert not verdict(good(**wanted), wanted, one | {"c": silent}).ready
    assert not verdict(Readiness(), wanted, one).ready
    assert not verdict(good(**wanted), wanted, one | {"a": ServerModel()}).ready
