"""Boxes with pull requests: what is ticked is proposed until that is merged or closed."""

import pytest

from tests.kit.reviewed_fleet import BRANCH

WAITS = "### Asked for, and not merged yet"


@pytest.mark.parametrize(
    "fleet", ["github", pytest.param("gitlab", marks=pytest.mark.slow)], indirect=True
)
def test_what_is_ticked_is_proposed_until_its_pull_request_is_merged_or_closed(fleet):
    """Told, kept by syncs that nobody asks, taken back by who closes it, done by who merges it."""
    [_, pull], [ticket] = fleet.pulls, fleet.forge.issues
    fleet.tick("hold a")
    fleet.sync()

    assert fleet.lock()["onHold"] == [{"model": "a", "by": "ada"}]
    assert "onHold" not in fleet.lock("main")
    assert "Tfs-Asked: hold a by ada" in fleet.origin.log(BRANCH)[0]
    assert pull.title == "models(dev): hold a by ada"
    assert "Asked for beside the policy:\n\n- hold a by ada\n" in pull.body
    assert fleet.said.startswith("hold `a`, ticked by ada: proposed in http")
    assert "[x]" not in ticket.body
    assert WAITS in ticket.body
    assert "hold `a`, asked for by ada: [its pull request](http" in ticket.body
    assert "- [ ] <!-- tfs-gitops release a --> let go of `a`" in ticket.body

    before = fleet.forge.tip(BRANCH), ticket.version
    fleet.forge.requests.clear()
    fleet.sync()
    assert fleet.written == []
    assert (fleet.forge.tip(BRANCH), ticket.version) == before

    fleet.project.publish("b", 1)
    fleet.sync()
    assert fleet.proposed() == [1]
    assert set(fleet.lock()["models"]) == {"a", "b"}
    assert "Tfs-Asked: hold a by ada" in fleet.origin.log(BRANCH)[0]
    assert "- hold a by ada\n" in pull.body

    pull.state = "closed"
    for _ in range(2):
        fleet.sync()
    assert "hold `a`: http" in fleet.said
    assert "was closed without a merge: it is not done" in fleet.said
    assert len(ticket.comments) == 2
    assert WAITS not in ticket.body
    assert fleet.proposed() == [1, 2]
    assert "onHold" not in fleet.lock()

    fleet.tick("hold a")
    fleet.sync()
    fleet.forge.merge(3)
    for _ in range(2):
        fleet.sync()
    assert fleet.lock("main")["onHold"] == [{"model": "a", "by": "ada"}]
    assert "is merged: it stays as it is until somebody ticks let go of `a` here" in fleet.said
    assert WAITS not in ticket.body

    fleet.forge.requests.clear()
    fleet.sync()
    assert len(fleet.forge.requests) == 1
    fleet.tick("release a")
    fleet.sync()
    fleet.forge.merge(4)
    fleet.sync()
    assert fleet.served() == [1, 2]
    assert "let go of `a`: http" in fleet.said
    assert len(ticket.comments) == 6


def test_a_retake_that_was_closed_is_proposed_again_for_who_ticks_again_and_for_nobody_else(
    taken_back,
):
    """Though the content is the same; its box is gone while it waits."""
    fleet = taken_back
    fleet.tick("retake a")
    for _ in range(2):
        fleet.sync()
    assert fleet.proposed() == [1, 2]
    assert "tfs-gitops retake a -->" not in fleet.forge.issues[0].body
    fleet.pulls[-1].state = "closed"
    fleet.sync()
    count = len(fleet.pulls)
    assert "retake `a`: http" in fleet.said

    fleet.tick("retake a")
    fleet.sync()
    assert (len(fleet.pulls), fleet.pulls[-1].state) == (count + 1, "open")
    assert "Tfs-Asked: retake a by ada" in fleet.origin.log(BRANCH)[0]
    fleet.forge.merge(len(fleet.pulls))
    fleet.sync()

    assert fleet.served() == [1, 2]
    assert "is merged" in fleet.said


def test_who_lets_go_of_a_hold_that_waits_ends_it(fleet):
    """The model comes into the pull request again."""
    fleet.tick("hold a")
    fleet.sync()
    fleet.tick("release a", who="ada")
    fleet.sync()

    assert "let go of `a`, ticked by ada: it is not on hold" in fleet.said
    assert "onHold" not in fleet.lock()
    assert fleet.proposed() == [1, 2]
    assert "Tfs-Asked" not in fleet.origin.log(BRANCH)[0]
    fleet.sync()
    assert len(fleet.forge.issues[0].comments) == 2


def test_a_hold_goes_before_a_retake_and_what_was_taken_back_stays_so(taken_back):
    """Whichever was ticked first; and the end of the hold brings nothing that was taken back."""
    fleet = taken_back
    fleet.tick("retake a")
    fleet.sync()
    fleet.tick("hold a")
    fleet.sync()
    assert fleet.proposed() == [1]
    body = fleet.forge.issues[0].body
    fleet.forge.issues[0].edit("ada", f"- [x] <!-- tfs-gitops retake a -->\n{body}")
    fleet.sync()
    assert "retake `a`, ticked by ada: not done: it is on hold" in fleet.said

    fleet.forge.merge(len(fleet.pulls))
    fleet.sync()
    fleet.tick("release a")
    fleet.sync()

    assert fleet.proposed() == [1]
    assert "onHold" not in fleet.lock()
    assert "- [ ] <!-- tfs-gitops retake a -->" in fleet.forge.issues[0].body


def test_a_removal_that_is_allowed_stays_proposed_and_no_other_one(fleet):
    """The tick is for what was shown, until its pull request is merged or closed."""
    fleet.project.publish("b", 1)
    fleet.project.publish("c", 1)
    fleet.sync()
    fleet.forge.merge(2)
    fleet.write(
        {"match": "a", "exclude": True},
        {"match": "*", "versions": {"latest": 2}},
        dashboard=True,
        limits={"removals": 0},
    )
    assert fleet.sync().exit_code == 6
    fleet.tick("allow")

    for _ in range(2):
        told = fleet.sync()
        assert told.exit_code == 0, told.output
        assert set(fleet.lock()["models"]) == {"b", "c"}
        assert "Tfs-Asked: allow removals by ada" in fleet.origin.log(BRANCH)[0]
    assert "allow this removal, ticked by ada: proposed in http" in fleet.said
    fleet.write(
        {"match": "[ab]", "exclude": True},
        {"match": "*", "versions": {"latest": 2}},
        dashboard=True,
        limits={"removals": 0},
    )
    assert fleet.sync().exit_code == 6
    assert set(fleet.lock()["models"]) == {"b", "c"}
    assert WAITS in fleet.forge.issues[0].body


@pytest.mark.slow
def test_what_is_taken_back_while_a_pull_request_is_open_is_not_proposed_by_it_again(fleet):
    """It has that too, of the branch as it was; nobody has asked for it there."""
    fleet.forge.merge(2)
    fleet.project.publish("b", 1)
    fleet.sync()
    fleet.origin.commit(fleet.origin.files("main~1"), 'Revert "models(dev): a +2"')

    for _ in range(2):
        fleet.sync()
        assert fleet.proposed() == [1]
        assert set(fleet.lock()["models"]) == {"a", "b"}
