"""The words for models that go back by themselves, on a terminal, in a commit and for reviewers."""

import pytest

from generator.lock.changes import Change
from generator.lock.notes import Failed
from generator.plan.plan import Deferred, Plan, WaysBack
from generator.render.templates import Templates
from generator.report import ways_back
from generator.report.commit_message import commit_message, subject
from generator.report.markdown import plan_markdown
from generator.report.plan_lines import plan_lines
from tests.kit.strategies import MOMENT, model, served, version

ONE, TWO, THREE = (version("m", number) for number in (1, 2, 3))
FAILED = Failed("m", 2, TWO.digest, ("pod-a",), "no such op")
BACK = Change("m", model("m", TWO), model("m", ONE), ("why",))
SAID = "pod pod-a tells that it fails: no such op"
GOES = f"m goes from 2, which failed, to 1: {SAID}"


def plan(by, *changes, **more):
    """Return a plan in which m goes back *by* a mode."""
    ways = WaysBack({"m": (FAILED,)}, by)
    return Plan("prod", served(model("m", ONE)), changes, back=ways, **more)


@pytest.mark.parametrize("by", ["commit", "pull-request"])
@pytest.mark.parametrize("alone", [True, False])
def test_a_way_back_says_what_makes_it_wherever_a_plan_is_told(by, alone):
    """A commit asks nobody; a pull request makes it when a person merges it."""
    found = plan(by, BACK, goes_by=by if alone else None)
    [told] = ways_back.texts(found)
    assert ("nobody is asked" in told) is (by == "commit")
    assert ("when it is merged" in told) is (by == "pull-request")
    assert ("of its own" in told) is alone
    assert f"delivery.onFailure: {by}" in told
    assert told in [line.text for line in plan_lines(found, MOMENT)]
    body = plan_markdown(found, Templates())
    assert "way back of m" in body
    assert "m goes from 2, which failed, to 1: pod pod\\-a tells that it fails" in body
    assert subject(found) == "models(prod): m back 2→1"


def test_who_goes_back_is_told_how_to_try_again_and_not_how_to_roll_back():
    """A rollback of a way back would ask for what failed."""
    other = Change("n", model("n", version("n", 1)), model("n", version("n", 2)), ("why",))
    body = plan_markdown(plan("pull-request", BACK, other), Templates())
    assert "\ntfs-gitops sync prod --retake m\n" in body
    assert "rollback prod m" not in body
    assert "\ntfs-gitops rollback prod n\n" in body


def test_a_way_back_that_comes_later_is_told_once():
    """After what is new; one that waits as others do is told among those."""
    [told] = ways_back.texts(plan("pull-request"))
    assert "the next sync proposes it" in told
    waits = Deferred("m", (1,), (), None, "a freeze")
    assert [*ways_back.texts(plan("pull-request", deferred=(waits,)))] == []


def test_a_change_leads_away_from_what_failed_whatever_comes_in_its_place():
    """An older version, a newer one, or nothing; other objects of that number are another one."""
    newer = Change("m", model("m", ONE, TWO), model("m", ONE, THREE), ())
    gone = Change("m", model("m", TWO), None, ())
    stays = Change("m", model("m", TWO), model("m", TWO, THREE), ())
    anew = Change("m", model("m", TWO), model("m", version("m", 2, "anew")), ())
    told = [ways_back.leaving(it, [FAILED]) for it in (BACK, newer, gone, stays, anew)]
    assert told[0] == GOES
    assert told[1:4] == [
        f"m goes from 2, which failed, to {it}: {SAID}" for it in ("1,3", "none")
    ] + [""]
    assert told[4].startswith("m goes from 2")


def test_what_is_forgotten_is_the_subject_of_a_commit_that_does_nothing_else():
    """And one of its lines, beside others."""
    found = Plan("prod", served(model("m", TWO)), forgotten=(FAILED,))
    text = commit_message(found, Templates())
    assert text.startswith(
        f"models(prod): forget that m 2 failed\n\nforget that m 2 failed: {SAID}\n"
    )
    assert f"forget that m 2 failed: {SAID}" in [line.text for line in plan_lines(found, MOMENT)]
    assert "forget that m 2 failed" in plan_markdown(found, Templates())
