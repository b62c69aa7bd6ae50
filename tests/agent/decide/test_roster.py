"""The roster: a pod that was heard stays until it is gone for sure."""

import pytest
from msgspec.structs import replace

from generator.agent.decide.roster import Roster, Sighting
from generator.agent.decide.rules import Margins
from generator.serving.wave_state import Peer, Trial, WaveState

ME, A, B = "10.0.0.1:9090", "10.0.0.2:9090", "10.0.0.3:9090"
ALL = frozenset({ME, A, B})
KEY = ("m", 2)


def pod(name, *, trial=False, **more):
    """Return what an agent tells."""
    trials = {KEY: Trial("sha256:2")} if trial else {}
    wave = WaveState(name, was_ready=True, answering=100.0, trials=trials)
    return Peer(name, ready=True, generation=1, served={}, wave=wave, **more)


def seen(roster, *looks):
    """Return the roster after looks: second, what is listed, and who is heard."""
    for at, listed, heard in looks:
        roster = roster.after(Sighting(listed, heard, at))
    return roster


@pytest.fixture
def roster():
    """Return that of a pod that has heard all."""
    return seen(Roster("me", 0.0), (1.0, ALL, {ME: pod("me"), A: pod("a"), B: pod("b")}))


def names(roster, now):
    """Return who is seen, with a `?` behind who is silent."""
    return [f"{it.pod}{'?' if it.is_silent else ''}" for it in roster.view(now).peers]


def test_all_that_were_heard_are_seen_and_the_pod_itself_is_not(roster):
    """And these are all."""
    assert names(roster, 2.0) == ["a", "b"]
    assert roster.view(2.0).is_whole


@pytest.mark.parametrize("listed", [None, frozenset(), frozenset({A})])
def test_a_name_that_does_not_have_this_pod_takes_nobody_away(roster, listed):
    """No answer, an empty one, an old one: and nobody leads by it."""
    later = seen(roster, *((float(at), listed, {}) for at in range(10, 300, 10)))
    assert names(later, 300.0) == ["a?", "b?"]
    assert not later.view(300.0).is_whole


def test_who_is_off_the_list_and_heard_no_more_is_gone_after_a_minute(roster):
    """Who was heard of late may come back."""
    listed = frozenset({ME, A})
    looks = [(float(at), listed, {ME: pod("me"), A: pod("a")}) for at in range(2, 80, 2)]
    assert names(seen(roster, *looks[:20]), 41.0) == ["a", "b?"]
    later = seen(roster, *looks)
    assert names(later, 79.0) == ["a"]
    assert later.view(79.0).is_whole


def test_a_name_that_lacks_a_pod_which_answers_may_lack_others(roster):
    """Nobody leads by it; a pod that ends answers for a moment, and then these are all."""
    listed, all_answer = frozenset({ME, A}), {ME: pod("me"), A: pod("a"), B: pod("b")}
    assert not seen(roster, (2.0, listed, all_answer)).view(2.0).is_whole
    assert seen(roster, (2.0, listed, {ME: pod("me"), A: pod("a")})).view(2.0).is_whole


@pytest.mark.parametrize(("listed", "is_whole"), [({ME, A}, True), ({ME}, False)])
def test_a_pod_that_was_taken_out_of_the_name_stops_nothing_after_a_minute(
    roster, listed, is_whole
):
    """A person gave it another label, to look at it; a name that has lost all others is wrong."""
    answering = {ME: pod("me"), A: pod("a"), B: pod("b")}
    later = seen(roster, *((float(at), frozenset(listed), answering) for at in range(2, 70, 2)))
    assert names(later, 69.0) == ["a", "b"]
    assert not later.view(60.0).is_whole
    assert later.view(69.0).is_whole is is_whole


def test_who_is_listed_and_silent_stays(roster):
    """Its machine may be cut off from this one alone."""
    looks = ((float(at), ALL, {ME: pod("me"), A: pod("a")}) for at in range(2, 2000, 10))
    assert names(seen(roster, *looks), 2000.0) == ["a", "b?"]


def test_what_a_pod_had_on_trial_when_its_machine_died_is_told(roster):
    """It was silent long before it was off the list; one that is deleted is not."""
    trying = (2.0, ALL, {ME: pod("me"), A: pod("a"), B: pod("b", trial=True)})
    silent = [(float(at), ALL, {ME: pod("me"), A: pod("a")}) for at in range(4, 300, 10)]
    off = [(float(at), ALL - {B}, {ME: pod("me"), A: pod("a")}) for at in range(300, 400, 10)]
    [(key, refusal)] = seen(roster, trying, *silent, *off).view(400.0).lost
    assert (key, refusal.pod, refusal.digest) == (KEY, "b", "sha256:2")
    soon = [(at - 290.0, *rest) for at, *rest in off]
    assert not seen(roster, trying, *soon).view(120.0).lost


def test_an_address_has_one_pod_at_a_time(roster):
    """Who had it before is gone at once."""
    assert names(seen(roster, (3.0, ALL, {ME: pod("me"), B: pod("c")})), 3.0) == ["a", "c"]


@pytest.mark.parametrize(
    ("answers", "strangers"), [(["10.0.0.4:9090"], []), ([], ["10.0.0.4:9090"])]
)
def test_an_address_at_which_nothing_answers_stays_a_stranger(roster, answers, strangers):
    """Where a machine says that nobody listens, nobody does; one that is mute may be cut off."""
    for at in range(2, 70, 2):
        heard = {ME: pod("me"), A: pod("a"), B: pod("b")}
        roster = roster.after(Sighting(ALL | {"10.0.0.4:9090"}, heard, float(at), answers))
    assert list(roster.view(69.0).strangers) == strangers
    assert ("10.0.0.4:9090" in roster.view(69.0).problem) is bool(strangers)


def test_who_is_listed_and_silent_is_told(roster):
    """Who is off the list is on its way out."""
    later = seen(roster, (30.0, ALL - {B}, {ME: pod("me")}))
    assert later.view(30.0).problem == "1 of 2 other pods that are listed do not answer: a"


def test_an_address_at_which_nobody_was_ever_heard_counts_for_a_minute(roster):
    """A pod whose image cannot be pulled stops nothing for ever."""
    stranger = ALL | {"10.0.0.4:9090"}
    heard = {ME: pod("me"), A: pod("a"), B: pod("b")}
    later = seen(roster, *((float(at), stranger, heard) for at in range(2, 70, 2)))
    assert not seen(roster, (2.0, stranger, heard)).view(10.0).is_whole
    assert later.view(69.0).is_whole


def test_what_a_pod_told_is_older_by_each_second_in_which_it_is_not_heard(roster):
    """Also where it is not silent yet."""
    assert [it.age for it in roster.view(8.5).peers] == [7.5, 7.5]


def test_an_agent_that_stands_still_is_as_good_as_silent(roster):
    """It answers with what it found long ago."""
    heard = {ME: pod("me"), A: pod("a", age=100.0), B: pod("b")}
    assert names(seen(roster, (2.0, ALL, heard)), 2.0) == ["a?", "b"]


def test_the_first_pod_of_all_waits_a_minute_for_its_name():
    """Then it is alone."""
    alone = seen(Roster("me", 0.0), (1.0, None, {}))
    assert not alone.view(59.0).is_whole
    assert alone.view(60.0).is_whole


def test_who_an_agent_before_this_one_had_heard_counts_from_the_start():
    """As one of whom nothing is known but that it may try anything."""
    recalled = Roster.recalled("me", {"a": A}, 50.0, Margins())
    [found] = recalled.view(50.0).peers
    assert (found.pod, found.is_silent, found.is_remembered) == ("a", True, True)
    assert names(seen(recalled, (51.0, ALL, {ME: pod("me"), A: pod("a")})), 51.0) == ["a"]


def test_what_an_address_told_before_it_knew_its_pod_is_no_pod_of_its_own():
    """An agent that has made no round yet has its address for a name: this pod's own one too."""
    unnamed = {at: Peer(at, ready=False, generation=0, served={}) for at in (ME, A)}
    named = {ME: pod("me"), A: pod("a")}
    found = seen(Roster("me", 0.0), (1.0, {ME, A}, unnamed), (2.0, {ME, A}, named))
    assert names(found, 60.0) == ["a?"]
    assert not found.view(3.0).problem


@pytest.mark.parametrize("has_heard", [False, True])
@pytest.mark.parametrize("listed", [None, frozenset(), frozenset({A})])
def test_a_name_that_does_not_have_this_pod_is_told_after_a_minute(roster, has_heard, listed):
    """Where no other was ever heard either, each pod would lead: that is not silent."""
    known = roster if has_heard else Roster("me", 0.0)
    refusing = Sighting(listed, {}, 30.0, [A])
    assert "their name" not in known.after(refusing).view(30.0).problem
    late = known.after(replace(refusing, at=61.0)).view(61.0)
    told = "their name gives no answer that has this pod in it: it "
    does = "leads with nothing new" if has_heard else "takes itself for alone"
    assert f"{told}{does}" in late.problem
    assert not seen(known.after(refusing), (61.0, {ME}, {ME: pod("me")})).view(61.0).is_unlisted
