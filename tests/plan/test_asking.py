"""Requests of people: which stand beside newer ones, and which a plan does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.lock.asked import REMOVALS, Asked, Kind, Via, asked_in
from generator.lock.changes import Change
from generator.lock.lock import Lock
from generator.lock.notes import OnHold, Removed
from generator.plan.asking import Requests
from generator.plan.plan import Plan
from generator.render.templates import Templates
from generator.report.commit_message import commit_message
from tests.kit.overviews import served

SUBJECTS = st.sampled_from(["a", "b"])
REQUESTS = st.lists(
    st.builds(Asked, st.sampled_from(Kind), SUBJECTS, st.sampled_from(["", "ada", "bob, eve"])),
    max_size=6,
    unique_by=lambda it: (it.kind, it.subject),
).map(tuple)


@given(REQUESTS)
def test_a_commit_tells_what_was_asked_for(asked):
    """As trailers, wherever they stand."""
    message = "\n".join(["subject", "", *(f"Tfs-Asked: {it.text}" for it in asked), "Tfs-Seal: x"])

    found = asked_in(message)

    assert found == asked
    assert {it.via for it in found} <= {Via.COMMIT}


@pytest.mark.parametrize("name", ["gh-1", "www.resnet", "a.www.b"])
def test_names_that_a_forge_would_act_on_come_back_from_a_commit_as_they_were(name):
    """A commit breaks them up: read as they stand there, the request would be for another model."""
    asked = Asked(Kind.HOLD, name, name)

    message = commit_message(Plan("dev", Lock("dev", "s3://b"), asked=(asked,)), Templates())

    assert asked.text not in message
    assert asked_in(message) == (asked,)


def test_what_another_release_asks_for_is_not_told():
    """Nobody knows what it would mean."""
    assert asked_in("Tfs-Asked: paint a by ada\nx Tfs-Asked: hold a by ada\n") == ()


@given(REQUESTS, REQUESTS)
def test_what_is_asked_now_stands_and_nothing_of_before_contradicts_it(now, before):
    """A hold and its end are in place of each other; a hold goes before a retake."""
    found = Requests(now, before).all

    assert found[: len(now)] == now
    kept = set(found[len(now) :])
    assert kept <= set(before)
    for it in now:
        assert not {other for other in kept if (other.kind, other.subject) == (it.kind, it.subject)}
        if it.kind in (Kind.HOLD, Kind.RELEASE):
            told = {other.kind for other in kept if other.subject == it.subject}
            assert not told & {Kind.HOLD, Kind.RELEASE}
            assert it.kind is Kind.RELEASE or Kind.RETAKE not in told


@pytest.mark.parametrize(
    ("gone", "is_allowed"),
    [
        ([served("a", 1)], True),
        ([served("a", 1), served("b", 1)], True),
        ([served("c", 1)], False),
        ([served("a", 1), served("c", 1)], False),
        ([replace(served("a", 1), generation=5)], False),
        ([], False),
    ],
)
def test_a_removal_that_is_proposed_is_allowed_for_just_those_models_as_they_were(gone, is_allowed):
    """By a tick of before; one of now is for what was shown."""
    removed = tuple(Removed(name, "", 1) for name in "ab")
    proposed = Lock("prod", "s3://models", removed=removed)
    goal = Plan("prod", proposed, changes=tuple(Change(it.name, it, None, ()) for it in gone))
    allow = (Asked(Kind.ALLOW, REMOVALS, "ada"),)

    assert Requests((), allow, proposed).allow_removals(goal) is is_allowed
    assert Requests(allow).allow_removals(goal)
    assert not Requests((), (), proposed).allow_removals(goal)
    assert not Requests((), allow).allow_removals(goal)


def test_a_plan_does_what_it_leads_to_and_nothing_that_is_so_already():
    """Who asks for what is there gets no line in a commit."""
    before = Lock("prod", "s3://models", on_hold=(OnHold("a", "ada"), OnHold("b", "ada")))
    after = replace(before, on_hold=(OnHold("a", "ada"), OnHold("c", "bob")))
    asked = tuple(Asked(kind, name, "x") for kind in (Kind.HOLD, Kind.RELEASE) for name in "abcd")

    done = Requests(asked).done_by(Plan("prod", after), before)

    assert [it.text for it in done] == ["hold c by x", "release b by x"]
