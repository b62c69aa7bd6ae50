"""`sync --retake` with pull requests: asked for until that is merged or closed."""

import json

import pytest

from tests.kit.reviewed_fleet import BRANCH, LOCK

RULES = [{"match": "*", "versions": {"latest": 1}, "labels": {"stable": "latest"}}]


def versions(fleet, branch="main"):
    """Return the versions of the model `a`."""
    lock = json.loads(fleet.origin.files(branch)[LOCK])
    return [line["version"] for line in lock["models"]["a"]["versions"]]


@pytest.fixture
def reverted(fleet):
    """Return a fleet in which a person has taken version 2 back."""
    fleet.project.environment(policy=RULES, delivery=fleet.delivery, serving={"agent": True})
    fleet.sync()
    fleet.forge.merge(fleet.pulls[-1].number)
    before = fleet.origin.files("main")
    fleet.project.publish("a", 2)
    fleet.sync()
    fleet.forge.merge(fleet.pulls[-1].number)
    assert versions(fleet) == [2]
    files = {it: data for it, data in before.items() if "/generated/" in it}
    fleet.origin.commit(files, 'Revert "models(dev): a"')
    fleet.sync()
    assert versions(fleet) == [1]
    assert len(fleet.pulls) == 2
    return fleet


def test_what_is_retaken_stays_proposed_until_it_is_merged(reverted):
    """By each sync that is not asked again, also with what is new beside it."""
    reverted.sync("dev", "--retake", "a")
    assert versions(reverted, BRANCH) == [2]
    reverted.sync()
    reverted.project.publish("b", 1)
    reverted.sync()
    pull = reverted.pulls[-1]
    assert (len(reverted.pulls), pull.state) == (3, "open")
    assert versions(reverted, BRANCH) == [2]
    assert "b" in json.loads(reverted.origin.files(BRANCH)[LOCK])["models"]
    reverted.forge.merge(pull.number)
    reverted.sync()
    assert versions(reverted) == [2]


def test_what_is_retaken_is_not_proposed_again_once_that_is_closed(reverted):
    """Its branch may still be there."""
    reverted.sync("dev", "--retake", "a")
    reverted.pulls[-1].state = "closed"
    reverted.project.publish("b", 1)
    reverted.sync()
    assert versions(reverted, BRANCH) == [1]
