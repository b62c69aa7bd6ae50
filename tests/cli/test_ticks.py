"""Boxes of a dashboard: ticked by people who may write, obeyed once, answered in a comment."""

import json
from unittest.mock import Mock

import pytest
from msgspec.structs import replace

from generator.cli.ticks import Ticks
from generator.delivery.issue import Issue
from generator.errors import PublishError
from tests.kit.reviewed_fleet import LOCK, reviewed
from tests.servers.forge import Fault


@pytest.fixture(params=["github", pytest.param("gitlab", marks=pytest.mark.slow)])
def fleet(request, tmp_path, monkeypatch):
    """Return a fleet whose last change a person took back, which its dashboard tells."""
    with reviewed(request.param, tmp_path, monkeypatch) as found:
        found.write(mode="commit", dashboard=True)
        found.sync()
        before = found.origin.files()
        found.project.publish("a", 2)
        found.sync()
        found.origin.commit(before, "Take it back")
        found.sync()
        yield found


def is_github(fleet):
    """Return whether its forge is GitHub."""
    return fleet.delivery["forge"]["type"] == "github"


def versions(fleet):
    """Return what is served."""
    return [
        it["version"]
        for it in json.loads(fleet.origin.files()[LOCK])["models"].get("a", {}).get("versions", [])
    ]


def test_a_tick_of_who_may_write_is_obeyed_once_and_answered(fleet):
    """The commit says who asked; the box goes with its hold."""
    assert versions(fleet) == [1]
    fleet.tick("retake")

    told = fleet.sync()
    again = fleet.sync()

    assert versions(fleet) == [1, 2]
    [ticket] = fleet.forge.issues
    [comment] = ticket.comments
    assert comment.startswith("retake `a`, ticked by ada: done in ")
    assert "[x]" not in ticket.body
    assert "retake" not in ticket.body
    assert "Tfs-Asked: retake a by ada" in fleet.origin.log()[0]
    assert "committed" in told.stdout
    assert "nothing to commit" in again.stdout


def test_a_tick_of_who_may_only_edit_issues_is_answered_and_not_obeyed(fleet):
    """On GitLab a Reporter may edit one."""
    fleet.tick("retake", who="bob")

    fleet.sync()

    assert versions(fleet) == [1]
    [ticket] = fleet.forge.issues
    assert ticket.comments == ["retake `a`: not obeyed: bob may not write the repository"]
    assert "- [ ] <!-- tfs-gitops retake a -->" in ticket.body


def test_nobody_is_obeyed_whom_the_forge_does_not_name(fleet):
    """No answer moves nothing, and the tick stays for the next sync."""
    fleet.tick("retake")
    on_github = is_github(fleet)
    where = "POST /api/graphql" if on_github else "GET /api/v4/projects/1/issues/101/notes"
    fleet.forge.faults.append(Fault(400, on=where, after=1 if on_github else 0))

    told = fleet.sync()

    assert versions(fleet) == [1]
    assert "notice: dashboard: not up to date" in told.stdout
    assert "[x]" in fleet.forge.issues[0].body


def test_a_tick_is_obeyed_once_where_no_comment_is_taken(fleet):
    """Else a lock on the conversation would undo whatever people take back from then on."""
    fleet.tick("retake")
    where = "issues/101/comments" if is_github(fleet) else "issues/101/notes"
    root = "/api/v3/repos/acme/fleet" if is_github(fleet) else "/api/v4/projects/1"
    fleet.forge.faults.append(Fault(403, on=f"POST {root}/{where}"))

    told = fleet.sync()

    assert versions(fleet) == [1, 2]
    assert "notice: dashboard: no answer to what was ticked" in told.stdout
    assert "[x]" not in fleet.forge.issues[0].body


def test_a_text_that_changes_while_its_editors_are_asked_for_is_not_obeyed():
    """They may be others than those who ticked what was read before."""
    found = Issue(1, "https://forge/1", "", "", "- [x] <!-- tfs-gitops retake a -->", is_open=True)
    issues = Mock(**{"read.return_value": replace(found, body="another")})

    with pytest.raises(PublishError, match="edited meanwhile"):
        Ticks.read(issues, found)


def test_a_freeze_stops_what_is_ticked_and_the_answer_says_until_when(fleet):
    """A tick is no override."""
    fleet.project.freeze()
    fleet.tick("retake")

    fleet.sync()

    assert versions(fleet) == [1]
    assert "not done now: changes are deferred until 2999" in fleet.forge.issues[0].comments[0]


def test_an_allowed_removal_is_just_the_one_that_was_shown(fleet):
    """A later one asks again, whatever was ticked before."""
    fleet.project.publish("b", 1)
    fleet.sync()
    gone = [{"match": "*", "exclude": True}]
    fleet.write(*gone, mode="commit", dashboard=True)
    assert fleet.sync().exit_code == 6
    fleet.tick("allow")
    shown = fleet.forge.issues[0].body
    fleet.write({"match": "*", "versions": {"latest": 2}}, mode="commit", dashboard=True)
    fleet.project.publish("c", 1)
    fleet.sync()
    fleet.write(*gone, mode="commit", dashboard=True)
    fleet.forge.issues[0].edit("ada", shown)

    assert fleet.sync().exit_code == 6
    assert "not done: dev: this would remove every model" in fleet.forge.issues[0].comments[-1]
    fleet.tick("allow")
    told = fleet.sync()

    assert told.exit_code == 0, told.output
    assert "Tfs-Asked: allow removals by ada" in fleet.origin.log()[0]
    assert "allow this removal, ticked by ada: done in" in fleet.forge.issues[0].comments[-1]
