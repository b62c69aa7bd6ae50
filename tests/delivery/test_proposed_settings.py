"""Settings by pull request: one that changes no file that pods read is proposed like any other."""

import json

import pytest

from tests.kit.reviewed_fleet import BRANCH, LOCK


@pytest.fixture
def served(fleet):
    """A fleet whose first pull request is merged."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.sync()
    return fleet


def newest(fleet):
    """The newest pull request."""
    return max(fleet.pulls, key=lambda pull: pull.number)


def settings(fleet):
    """The settings that the branch of the pull request has."""
    return json.loads(fleet.origin.files(BRANCH)[LOCK])["settings"]["delivery"]


def test_settings_alone_are_a_pull_request(served):
    """Its title and its text have the key, with what it was."""
    served.write(limits={"removals": 3})

    assert served.sync().exit_code == 0
    assert newest(served).title == "models(dev): delivery.limits.removals 3"
    assert "| delivery.limits.removals | none | 3 |" in newest(served).body
    assert settings(served)["limits"] == {"removals": 3}


def test_other_settings_update_the_pull_request(served):
    """It is the same one, with the value of now."""
    served.write(limits={"removals": 3})
    served.sync()
    before = newest(served)
    served.write(limits={"removals": 4})
    served.sync()

    assert newest(served).number == before.number
    assert newest(served).title == "models(dev): delivery.limits.removals 4"
    assert settings(served)["limits"] == {"removals": 4}


def test_settings_that_a_person_closed_stay_closed_until_they_are_others(served):
    """The same value is not proposed again; another one is."""
    served.write(limits={"removals": 3})
    served.sync()
    declined = newest(served)
    declined.state = "closed"
    again = served.sync()
    served.write(limits={"removals": 4})
    served.sync()

    assert "it is not opened again" in again.output
    assert newest(served).number != declined.number
    assert newest(served).state == "open"


def test_a_pull_request_of_an_older_release_is_not_pushed_for_its_settings(fleet):
    """It has none, and what it proposes is the same."""
    fleet.sync()
    fleet.forge.merge(1)
    lock = json.loads(fleet.origin.files()[LOCK])
    del lock["settings"]
    fleet.origin.commit({LOCK: json.dumps(lock).encode()}, "an older release")
    before = len(fleet.pulls)

    fleet.write(limits={"removals": 3})

    assert "nothing to commit" in fleet.sync().stdout
    assert len(fleet.pulls) == before
