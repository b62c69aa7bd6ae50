"""The text of a pull request follows the plan, and what people wrote stays."""

import time

import pytest

from generator.catalog.savedmodel import inspect
from tests.kit.reviewed_fleet import BRANCH


def test_a_text_that_a_person_wrote_in_place_of_ours_stays(fleet):
    """Until there is something new to tell."""
    fleet.sync()
    fleet.pulls[0].body = "see OPS-123"
    fleet.sync()
    assert fleet.pulls[0].body == "see OPS-123"
    fleet.project.publish("a", 2)

    fleet.sync()

    assert "1,2" in fleet.pulls[0].body


def test_what_a_person_writes_into_the_request_stays(fleet):
    """A title with a ticket and a ticked box, as long as the content is the same."""
    fleet.sync()
    fleet.pulls[0].title = "OPS-123 a"
    fleet.pulls[0].body += "- [x] seen"

    fleet.sync()

    assert fleet.pulls[0].title == "OPS-123 a"
    assert fleet.pulls[0].body.endswith("- [x] seen")


def hold_something(fleet):
    """Publish an index of an object that is not there."""
    fleet.project.claim("bad", ("b", "b/1/saved_model.pb", "d41d8cd98f00b204e9800998ecf8427e"))


def test_the_text_follows_what_is_held_with_the_same_content(fleet):
    """Once, without a push, and under the title that a person gave it; forges may send CRLF."""
    fleet.sync()
    [pull] = fleet.pulls
    before = fleet.forge.tip(BRANCH)
    pull.title, pull.body = "OPS-123 a", pull.body.replace("\n", "\r\n")
    hold_something(fleet)

    fleet.sync()

    assert "1 held" in pull.body
    assert pull.title == "OPS-123 a"
    assert fleet.forge.tip(BRANCH) == before
    fleet.forge.requests.clear()
    fleet.sync()
    assert all(line.startswith("GET ") for line in fleet.forge.requests)
    (fleet.project.store / "index-bad.csv").unlink()
    fleet.sync()
    assert "0 held" in pull.body


@pytest.mark.parametrize(
    "edit", [lambda body: f"{body}- [x] seen", lambda body: body.replace("latest", "newest")]
)
def test_a_text_that_a_person_edited_stays_whatever_is_held(fleet, edit):
    """Until the content changes."""
    fleet.sync()
    fleet.pulls[0].body = edited = edit(fleet.pulls[0].body)
    hold_something(fleet)

    fleet.sync()

    assert fleet.pulls[0].body == edited
    fleet.project.publish("a", 2)
    fleet.sync()
    assert "1 held" in fleet.pulls[0].body


def test_a_step_that_waits_is_no_reason_to_write_again(fleet):
    """Its time moves with each run, until the step before is merged."""
    fleet.write({"match": "*", "versions": {"latest": 1}})
    fleet.sync()
    fleet.forge.merge(1)
    fleet.project.publish("a", 2)
    fleet.sync()
    seen = fleet.pulls[1].body
    assert "due" in seen
    time.sleep(1.1)

    fleet.sync()

    assert fleet.pulls[1].body == seen


def test_an_unchanged_request_costs_no_look_into_models(fleet, monkeypatch):
    """A pull request may be open for weeks, and the sync runs every few minutes."""
    fleet.sync()
    monkeypatch.setattr(inspect, "inspect_added", None)

    assert fleet.sync().exit_code == 0
