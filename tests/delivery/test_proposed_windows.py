"""Pull requests outside of `delivery.windows`, and under a freeze."""

import pytest

from tests.kit.reviewed_fleet import BRANCH

SHUT = [{"cron": "0 0 29 2 *", "duration": "1m"}]
OPEN = [{"cron": "* * * * *", "duration": "2m"}]
MERGES = {"autoMerge": True}


@pytest.fixture
def running(fleet):
    """Return the fleet with its first version merged, and a second one published."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.sync()
    fleet.project.publish("a", 2)
    fleet.forge.requests.clear()
    return fleet


def test_a_proposal_is_opened_at_any_time_and_says_when_to_merge_it(running):
    """A pull request changes no pod: reviewers have until the window opens."""
    running.write(windows=SHUT)

    done = running.sync()

    assert [pull.state for pull in running.pulls] == ["merged", "open"]
    told = "merge it in a window: the next opens 2028-02-29T00:00:00Z"
    assert told in done.stdout
    assert "the next opens 2028" in running.pulls[1].body
    body = running.pulls[1].body
    running.write(windows=SHUT)
    running.sync()
    assert running.pulls[1].body == body


def test_one_that_the_forge_merges_by_itself_waits_for_the_window(running):
    """Nothing is pushed and no forge is asked; in the window it is opened."""
    running.write(windows=SHUT, pullRequest=MERGES)

    done = running.sync()

    assert "nothing was committed: deferred until 2028-02-29T00:00:00Z (window)" in done.stdout
    assert len(running.pulls) == 1
    assert running.forge.requests == []
    running.write(windows=OPEN, pullRequest=MERGES)
    running.sync()
    assert len(running.pulls) == 2


def test_a_freeze_leaves_pull_requests_as_they_are(running):
    """It neither opens, updates nor closes one: that one waits too is no reason to close it."""
    running.project.freeze("dev")
    assert "frozen by ann: audit" in running.sync().stdout
    assert len(running.pulls) == 1
    (running.project.root / "freeze.yaml").unlink()
    running.sync()
    before = running.forge.tip(BRANCH), running.pulls[1].body
    running.project.publish("b", 1)
    running.project.freeze("dev")

    running.sync()

    assert running.pulls[1].state == "open"
    assert (running.forge.tip(BRANCH), running.pulls[1].body) == before
    assert running.sync("--override", "ticket 7").exit_code == 0
    assert running.forge.tip(BRANCH) != before[0]
