"""The turn of a pod, by what it sees of the others: each rule that makes it wait, and none more."""

import pytest
from msgspec.structs import replace

from generator.agent.decide.order import order_of
from generator.agent.decide.own_state import OwnState
from generator.agent.decide.rules import Rules
from generator.agent.decide.standing import NewVersion
from generator.agent.decide.taking_turns import turn
from generator.agent.decide.turn import NOBODY, Go, Wait
from generator.agent.decide.view import View
from generator.serving.wave_state import Peer, Refusal, Trial, WaveState

RULES = Rules()
NEW = NewVersion(("a", 2), "sha256:2", 5)
OTHER = NewVersion(("b", 9), "sha256:9", 5)
NAMES = sorted(["x", "y", "z"], key=order_of)
FIRST, SECOND, THIRD = NAMES
LONG = 1000.0


def me(name, **more):
    """Return a pod that has served for long."""
    return OwnState(name, **{"was_ready": True, "answering": LONG, **more})


def other(name, *versions, trial=None, doubted=None, **more):
    """Return a peer that serves *versions* of `a`; *trial* is for how long 2 has answered.

    *doubted* is the digest of those objects of 2 with which its server ended before.
    """
    told = {"was_ready": True, "answering": LONG}
    told |= {key: more.pop(key) for key in ("was_ready", "answering") if key in more}
    trials = {} if trial is None else {NEW.key: Trial(NEW.digest, trial or None)}
    doubts = {} if doubted is None else {NEW.key: doubted}
    wave = WaveState(name, **told, trials=trials, doubted=doubts)
    served = {"a": frozenset(versions or (1,))}
    return Peer(name, ready=True, generation=5, served=served, wave=wave, **more)


def of(who, *peers, rules=RULES, **view):
    """Return the turn of *who*, which sees *peers*."""
    return turn(me(who) if isinstance(who, str) else who, View(peers, **view), NEW, rules)


def test_the_first_leads_and_the_others_wait_for_it():
    """All by the same order, whoever computes it."""
    for name in NAMES:
        found = of(name, *(other(it) for it in NAMES if it != name))
        if name == FIRST:
            assert found == Go(NEW.digest, leads=True)
        else:
            assert isinstance(found, Wait)
            assert found.pod == FIRST


@pytest.mark.parametrize(
    ("trial", "goes"), [(0, False), (1.0, False), (119.9, False), (120.0, True)]
)
def test_the_second_goes_when_the_first_has_it_for_the_soak(trial, goes):
    """Answering without a break, as that pod tells of itself."""
    found = of(SECOND, other(FIRST, 1, 2, trial=trial), other(THIRD))
    assert isinstance(found, Go) is goes
    if goes:
        assert found == Go(NEW.digest)
    else:
        assert "turn 2 of 3" in found.why


def test_the_third_waits_for_the_second_but_for_no_soak_of_it():
    """With `all` it does not wait for it either."""
    first, loads = other(FIRST, 1, 2, trial=LONG), other(SECOND, 1, 2, trial=0)
    assert of(THIRD, first, loads).pod == SECOND
    assert of(THIRD, first, other(SECOND, 1, 2, trial=1.0)) == Go(NEW.digest)
    assert of(THIRD, first, loads, rules=replace(RULES, one_by_one=False)) == Go(NEW.digest)


def test_who_has_it_already_leads_whatever_the_order_says():
    """It may have begun before a pod came that has a place before it."""
    found = of(FIRST, other(SECOND, 1, 2, trial=5.0), other(THIRD))
    assert found.pod == SECOND
    assert found.why.endswith("which soaks for 120 s")


@pytest.mark.parametrize("answering", [LONG, None])
def test_who_doubts_it_comes_first_though_its_git_does_not_want_it_yet(answering):
    """Git wanted it, then not, and now again: that pod is to hear so yet. Other objects are new."""
    found = of(FIRST, other(SECOND, doubted=NEW.digest, answering=answering), other(THIRD))
    assert (found.pod, found.is_doubt) == (SECOND, True)
    assert found.why.endswith("which tries it again")
    assert of(FIRST, other(SECOND, doubted="sha256:x"), other(THIRD)) == Go(NEW.digest, leads=True)


def test_a_doubt_of_what_git_wants_no_more_holds_up_no_other_version():
    """That pod tries nothing: the last one beside it may lead."""
    found = turn(me(FIRST), View([other(SECOND, doubted="sha256:2")]), OTHER, RULES)
    assert found == Go(OTHER.digest, leads=True)


def test_who_tried_it_and_lost_its_server_keeps_its_place():
    """Nobody goes on without it, also where others would."""
    found = of(SECOND, other(FIRST, 1, trial=0, answering=None), other(THIRD))
    assert (found.pod, found.is_doubt) == (FIRST, True)


@pytest.mark.parametrize(("answering", "age", "leads"), [(60, 0, 1), (60, 5, 0), (65, 5, 1)])
def test_who_has_just_begun_to_take_turns_leads_when_it_has_heard_of_all_since(
    answering, age, leads
):
    """Another one may have gone on without it before: what it told is older than its turn."""
    found = of(me(FIRST, answering=float(answering)), other(SECOND, age=float(age)))
    assert isinstance(found, Go) == bool(leads)
    if not leads:
        assert (found.pod, found.is_doubt) == (SECOND, False)
        assert "may not have heard yet" in found.why


def test_a_pod_waits_for_none_that_takes_nothing_for_what_it_did_in_itself():
    """That one follows if it fails here no more; each would wait for the other."""

    def refusing(pod):
        peer = other(FIRST)
        refused = {NEW.key: Refusal(NEW.digest, pod, "no")}
        return replace(peer, wave=replace(peer.wave, refused=refused))

    assert of(SECOND, refusing(SECOND), other(THIRD)) == Go(NEW.digest, leads=True)
    assert of(SECOND, refusing(FIRST), other(THIRD)).pod == FIRST


def test_nobody_goes_on_without_a_pod_that_has_just_named_again_what_ended_its_server():
    """However long it was waited for before: the second end is the version's."""
    peer = other(FIRST, 1, 2, trial=0)
    trials = {NEW.key: Trial(NEW.digest, is_again=True)}
    again = replace(peer, wave=replace(peer.wave, trials=trials))
    assert [of(SECOND, it, other(THIRD)).is_doubt for it in (peer, again)] == [False, True]


def test_a_pod_that_is_heard_no_more_keeps_its_place():
    """Unless it had the version for the soak."""
    assert of(SECOND, other(FIRST, is_silent=True), other(THIRD)).pod == FIRST
    steady = other(FIRST, 1, 2, trial=LONG, is_silent=True)
    assert of(SECOND, steady, other(THIRD)) == Go(NEW.digest)


@pytest.mark.parametrize(
    ("answering", "age", "goes"),
    [(LONG, 900.0, True), (100.0, 40.0, True), (100.0, 41.0, False), (60.0, 20.0, False)],
)
def test_nobody_leads_beside_a_silent_pod_that_may_not_count_it_in(answering, age, goes):
    """It fell silent before this pod took turns, and may lead without it; not with a retry."""
    silent = other(THIRD, is_silent=True, age=age)
    found = of(me(FIRST, answering=answering), other(SECOND), silent)
    assert found == Go(NEW.digest, leads=True) if goes else found.pod == THIRD
    again = me(FIRST, answering=answering, trials={NEW.key: Trial(NEW.digest)})
    assert of(again, other(SECOND), silent) == Go(NEW.digest, leads=True)


def test_nobody_leads_who_may_not_see_all_pods():
    """To follow what others have needs no more than those."""
    assert of(FIRST, other(SECOND), is_whole=False).pod == NOBODY
    steady = other(SECOND, 1, 2, trial=LONG)
    assert of(FIRST, steady, is_whole=False) == Go(NEW.digest)


def test_nobody_leads_who_is_cut_off_from_a_pod_that_is_listed():
    """Each would, where agents may not reach each other; a fresh pod serves nobody by it."""
    found = of(FIRST, strangers=["10.0.0.9:9090"])
    assert (found.pod, "10.0.0.9:9090" in found.why) == (NOBODY, True)
    assert of(OwnState(FIRST), strangers=["10.0.0.9:9090"]) == Go(NEW.digest)


def test_the_last_pod_that_serves_does_not_lead():
    """One that is alone does: there is no other to wait for."""
    down = other(SECOND, answering=None)
    assert "no other pod serves now" in of(FIRST, down).why
    assert of(FIRST) == Go(NEW.digest, leads=True)


def test_two_do_not_lead_where_there_are_but_two():
    """One serves on."""
    two = replace(RULES, first=2)
    assert isinstance(of(SECOND, other(FIRST), rules=two), Wait)
    assert of(SECOND, other(FIRST), other(THIRD), rules=two) == Go(NEW.digest, leads=True)


@pytest.mark.parametrize(("answering", "goes"), [(None, False), (59.0, False), (60.0, True)])
def test_a_pod_takes_turns_when_its_server_has_answered_for_a_minute(answering, goes):
    """Others count it in before."""
    found = of(me(FIRST, answering=answering), other(SECOND))
    assert isinstance(found, Go) is goes


@pytest.mark.parametrize(("answering", "counts"), [(None, False), (29.0, False), (30.0, True)])
def test_others_count_a_pod_in_after_half_a_minute(answering, counts):
    """What a pod knows of another is older than what that one knows of itself."""
    found = of(SECOND, other(FIRST, answering=answering), other(THIRD))
    assert isinstance(found, Wait) is counts


@pytest.mark.parametrize(("answering", "goes"), [(60.0, False), (119.0, False), (120.0, True)])
def test_a_pod_whose_server_did_not_stay_up_takes_turns_after_two_minutes(answering, goes):
    """Others count it in before."""
    found = of(me(FIRST, answering=answering, is_restless=True), other(SECOND))
    assert isinstance(found, Go) is goes
    assert goes or found.why.endswith("answered for 120 s")


@pytest.mark.parametrize(
    ("answering", "more", "counts"),
    [
        (30.0, {}, False),
        (59.0, {}, False),
        (60.0, {}, True),
        (30.0, {"is_silent": True}, True),
        (0.0, {"trial": 0}, True),
    ],
)
def test_a_pod_whose_server_ends_again_and_again_keeps_no_turn_from_others(answering, more, counts):
    """It takes none itself; unless it tries the version, or may stay up by now, unheard."""
    versions = (1, 2) if "trial" in more else (1,)
    peer = other(FIRST, *versions, answering=answering, **more)
    peer = replace(peer, wave=replace(peer.wave, is_restless=True))
    assert isinstance(of(SECOND, peer, other(THIRD)), Wait) is counts


def test_a_fresh_pod_takes_what_others_serve_well_and_tries_nothing():
    """Whatever place its name has."""
    fresh = OwnState(FIRST)
    assert of(fresh, other(SECOND)).pod == SECOND
    assert of(fresh, other(SECOND, 1, 2, trial=5.0)).pod == SECOND
    assert of(fresh, other(SECOND, 2)) == Go(NEW.digest)


@pytest.mark.parametrize(
    ("doubter", "mine", "goes"),
    [
        ("small", "small", False),
        ("small", "", True),
        ("small", "large", True),
        ("", "small", False),
    ],
)
def test_what_its_own_template_doubts_a_fresh_pod_takes_from_no_other(doubter, mine, goes):
    """Pods of the other one may have more memory. One that nobody tells may be any."""
    fresh, version = OwnState(FIRST, template=mine), replace(NEW, template=mine)
    well = _of_template(other(SECOND, 2), "large")
    doubts = _of_template(other(THIRD, doubted=NEW.digest, was_ready=False), doubter)
    found = turn(fresh, View((well, doubts)), version, RULES)
    if goes:
        assert found == Go(NEW.digest)
    else:
        assert (found.pod, found.is_doubt) == (THIRD, True)
        assert found.why.endswith("which tries it again")


def test_what_a_template_doubts_goes_where_that_template_serves_it_well():
    """Or where the pod doubts it itself: two that wait for each other would wait for ever."""
    fresh, version = OwnState("w", template="small"), replace(NEW, template="small")
    large = _of_template(other(FIRST, 2), "large")
    doubts = _of_template(other(THIRD, doubted=NEW.digest, was_ready=False), "small")
    small = _of_template(other(SECOND, 2), "small")
    assert turn(fresh, View((large, small, doubts)), version, RULES) == Go(NEW.digest)
    again = replace(fresh, trials={NEW.key: Trial(NEW.digest)})
    assert turn(again, View((large, doubts)), version, RULES) == Go(NEW.digest)


def _of_template(peer, template):
    return replace(peer, wave=replace(peer.wave, template=template))


def test_where_nothing_was_ever_served_all_take_everything_at_once():
    """When it is known who is there."""
    fresh = OwnState(SECOND)
    assert of(fresh, other(FIRST, was_ready=False)) == Go(NEW.digest)
    assert of(fresh, is_whole=False).pod == NOBODY


def test_who_has_an_older_state_of_git_than_another_takes_nothing_new():
    """There the version may not be wanted any more, and what it did forgotten."""
    ahead = replace(other(SECOND, 1, 2, trial=LONG), generation=6)
    assert "generation 6" in of(FIRST, ahead).why


def test_a_version_with_other_objects_is_another_version():
    """The same number, uploaded again."""
    trial = {NEW.key: Trial("sha256:other", LONG)}
    peer = other(FIRST, 1, 2)
    peer = replace(peer, wave=replace(peer.wave, trials=trial))
    assert of(SECOND, peer, other(THIRD)).pod == FIRST


def test_an_agent_that_knows_no_waves_has_no_place_in_the_line():
    """A fresh pod believes what it serves, if nothing is said against it."""
    old = Peer("10.0.0.9:9090", ready=True, generation=5, served={"a": frozenset({2})})
    assert of(FIRST, old, other(SECOND)) == Go(NEW.digest, leads=True)
    assert of(OwnState(FIRST), old) == Go(NEW.digest)
    assert isinstance(of(OwnState(FIRST), replace(old, waits=frozenset({"a"}))), Wait)
    assert isinstance(of(OwnState(FIRST), replace(old, failed={NEW.key: "no"})), Wait)


def test_where_nobody_is_ready_one_that_serves_nothing_leads():
    """There is nothing to protect, and all would wait for each other for ever."""
    down = replace(other(SECOND), ready=False)
    found = [turn(me(FIRST, serves=it), View([down]), NEW, RULES) for it in (True, False)]
    assert isinstance(found[0], Wait)
    assert found[1] == Go(NEW.digest, leads=True)
    assert isinstance(of(SECOND, other(FIRST)), Wait)
