"""Boxes while a freeze is on: what waits stays proposed until it is answered, what is new stops."""

import pytest

from tests.kit.reviewed_fleet import BRANCH

WAITS = "### Asked for, and not merged yet"


@pytest.fixture
def frozen(taken_back):
    """Return a frozen fleet: proposed are a model that is taken again, a new one, another image."""
    fleet = taken_back
    fleet.project.publish("b", 1)
    fleet.sync()
    fleet.forge.merge(len(fleet.pulls))
    fleet.project.publish("c", 1)
    fleet.tick("retake a")
    fleet.project.environment(
        policy=[{"match": "*", "versions": {"latest": 2}}],
        delivery=fleet.delivery | {"dashboard": True},
        serving={"image": "tensorflow/serving:2.18.0"},
    )
    fleet.sync()
    fleet.project.freeze()
    return fleet


def image(fleet, branch=BRANCH):
    """Return the lines of the overlay that name the image of the server."""
    files = fleet.origin.files(branch)
    lines = [it for path in files if "/generated/" in path for it in files[path].splitlines()]
    return [it for it in lines if b"tensorflow/serving:" in it]


def test_a_new_hold_comes_beside_all_that_waits_for_its_answer(frozen):
    """Nobody has to ask again for what was proposed; and the next sync leaves it so."""
    fleet = frozen
    before = fleet.lock()["models"]
    fleet.project.publish("a", 3)
    fleet.tick("hold b")

    told = fleet.sync()

    assert fleet.lock()["onHold"] == [{"model": "b", "by": "ada"}]
    assert fleet.lock()["models"] == before
    assert set(before) == {"a", "b", "c"}
    assert fleet.proposed() == [1, 2]
    assert image(fleet) != image(fleet, "main")
    message = fleet.origin.log(BRANCH)[0]
    assert "Tfs-Asked: hold b by ada\nTfs-Asked: retake a by ada\n" in message
    assert "Tfs-Change: serving.image" in message
    assert fleet.said.startswith("hold `b`, ticked by ada: proposed in http")
    assert "no sync asks for it" not in fleet.said
    assert "… a: versions 2,3" in told.stdout
    tip, count = fleet.forge.tip(BRANCH), len(fleet.forge.issues[0].comments)
    fleet.sync()
    assert fleet.forge.tip(BRANCH) == tip
    assert len(fleet.forge.issues[0].comments) == count
    assert "asked hold b" in fleet.forge.issues[0].body
    assert "asked retake a" in fleet.forge.issues[0].body


def test_a_hold_takes_its_own_model_out_and_no_other_one(frozen):
    """What it was proposed for is answered by the hold."""
    fleet = frozen
    fleet.tick("hold a")

    fleet.sync()

    assert fleet.proposed() == [1]
    assert set(fleet.lock()["models"]) == {"a", "b", "c"}
    assert "Tfs-Asked: retake" not in fleet.origin.log(BRANCH)[0]
    (fleet.project.root / "freeze.yaml").unlink()
    fleet.sync()
    assert fleet.proposed() == [1]
    assert set(fleet.lock()["models"]) == {"a", "b", "c"}


def test_what_a_person_has_closed_is_not_proposed_again_beside_a_hold(frozen):
    """It is answered; what is new waits for the end of the freeze."""
    fleet = frozen
    fleet.pulls[-1].state = "closed"
    fleet.tick("hold b")

    fleet.sync()

    assert fleet.lock()["models"] == fleet.lock("main")["models"]
    assert image(fleet) == image(fleet, "main")
    assert "Tfs-Asked: retake" not in fleet.origin.log(BRANCH)[0]
    assert "retake `a`: http" in fleet.said
    assert "was closed without a merge" in fleet.said


@pytest.mark.slow
def test_what_has_moved_on_since_it_was_proposed_comes_out_and_is_not_undone(frozen):
    """Somebody takes back what was merged before: the pull request still has it, and asks not."""
    fleet = frozen
    before = fleet.origin.files("main~1")
    gone = dict.fromkeys(fleet.origin.files().keys() - before.keys())
    fleet.origin.commit(before | gone, "b goes")
    fleet.tick("hold a")

    told = fleet.sync()

    assert told.exit_code == 0, told.output
    assert set(fleet.lock()["models"]) == {"a", "c"}
    assert fleet.lock()["onHold"] == [{"model": "a", "by": "ada"}]


@pytest.mark.nightly
def test_a_freeze_lets_a_hold_be_proposed_where_nothing_waits(taken_back):
    """Who ticks something else is told until when, and what waits for a merge is told still."""
    fleet = taken_back
    fleet.project.freeze()
    fleet.tick("retake a")
    fleet.sync()
    assert "not done now: changes are deferred until 2999" in fleet.said

    fleet.tick("hold a")
    fleet.sync()

    assert fleet.lock()["onHold"] == [{"model": "a", "by": "ada"}]
    assert "hold `a`, ticked by ada: proposed in http" in fleet.said
    fleet.sync()
    assert WAITS in fleet.forge.issues[0].body


@pytest.mark.nightly
def test_who_lets_go_under_a_freeze_of_a_hold_that_waits_is_told_to_do_so_later(frozen):
    """The pull request stays as it is, with all that it was asked for."""
    fleet = frozen
    fleet.tick("hold b")
    fleet.sync()
    before = fleet.forge.tip(BRANCH)
    fleet.tick("release b")

    fleet.sync()

    assert "not done now: changes are deferred until 2999" in fleet.said
    assert fleet.forge.tip(BRANCH) == before
