"""Pull requests while somebody else is at work: another sync, or a person."""

import subprocess
import sys

import pytest

from generator.delivery.forge import open_forge
from generator.delivery.git.head_branch import HeadBranch
from generator.environment.delivery import Delivery, ForgeApi
from generator.pipeline import pipeline
from tests.kit.reviewed_fleet import BRANCH, nothing, release


def test_a_branch_that_is_deleted_after_the_push_comes_again(fleet, monkeypatch):
    """Whoever deletes a branch without a request has said nothing about its content."""
    plain = HeadBranch.commit

    def put(*arguments):
        commit = plain(*arguments)
        fleet.origin.repo.references.delete(f"refs/heads/{BRANCH}")
        return commit

    with monkeypatch.context() as once:
        once.setattr(HeadBranch, "commit", put)
        assert fleet.sync().exit_code == 5

    assert fleet.sync().exit_code == 0
    assert [pull.state for pull in fleet.pulls] == ["open"]


def test_syncs_at_once_end_in_one_request_each(fleet):
    """Real processes, over two environments: each branch once, as one sync would make it."""
    rules = [{"match": "*", "versions": {"latest": 1}}]
    fleet.project.environment("prod", policy=rules, delivery=fleet.delivery)
    command = [sys.executable, "-m", "generator", "-C", str(fleet.project.root), "sync"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]

    said = [run.communicate(timeout=120)[0] for run in runs]

    assert [run.returncode for run in runs] == [0, 0, 0], said
    assert sorted(pull.head for pull in fleet.pulls) == [BRANCH, "tfs-gitops/prod"]
    assert len(fleet.origin.log(BRANCH)) == len(fleet.origin.log("tfs-gitops/prod")) == 2
    assert fleet.sync().stdout.count("nothing to commit") == 2


def racing(monkeypatch, fleet, act):
    """Let *act* happen once between the plan and the publishing of the next sync."""
    plain, acts = pipeline.propose, [act]

    def propose(*arguments):
        outcome = plain(*arguments)
        if acts:
            acts.pop()()
        return outcome

    monkeypatch.setattr(pipeline, "propose", propose)


def test_a_slower_sync_does_not_undo_a_faster_one(fleet, monkeypatch):
    """It reads the store again where the branch has moved since it did."""
    fleet.sync()

    def faster():
        fleet.project.publish("a", 2)
        assert fleet.sync().exit_code == 0

    fleet.write({"match": "*", "versions": {"latest": 2}, "labels": {"x": 1}})
    racing(monkeypatch, fleet, faster)

    result = fleet.sync()

    assert result.exit_code == 0, result.output
    assert fleet.proposed() == [1, 2]
    assert "1,2" in fleet.pulls[0].body


@pytest.mark.parametrize("moment", ["marking", "closing"])
def test_a_push_while_a_request_is_withdrawn_is_not_lost_and_told(fleet, monkeypatch, moment):
    """It is not closed as if nothing were left to merge; if it was too late, the run says so."""
    fleet.sync()
    before = fleet.pulls[0].body
    fleet.write(*nothing())
    adapter = type(reviewed_forge(fleet))
    plain, acts = getattr(adapter, MOMENTS[moment]), [1]

    def act(*arguments):
        done = plain(*arguments)
        if acts:
            acts.pop()
            fleet.origin.commit({"note.txt": b"x"}, "my own fix", branch=BRANCH)
        return done

    monkeypatch.setattr(adapter, MOMENTS[moment], act)

    result = fleet.sync()

    assert result.exit_code == 6
    assert fleet.origin.log(BRANCH)[0] == "my own fix"
    if moment == "marking":
        assert "'my own fix' by Person" in result.stderr
        assert (fleet.pulls[0].state, fleet.pulls[0].comments) == ("open", [])
        assert fleet.pulls[0].body == before
    else:
        assert "meanwhile somebody pushed" in result.stderr
        assert "reopen and merge it" in result.stderr


def test_another_sync_that_withdraws_it_first_is_no_alarm(fleet, monkeypatch):
    """Both end in the same state, without an error."""
    fleet.sync()
    fleet.write(*nothing())
    adapter = type(reviewed_forge(fleet))
    plain = adapter.close

    def close(*arguments):
        plain(*arguments)
        fleet.origin.repo.references.delete(f"refs/heads/{BRANCH}")

    monkeypatch.setattr(adapter, "close", close)

    result = fleet.sync()

    assert result.exit_code == 0, result.output
    assert fleet.pulls[0].state == "closed"


MOMENTS = {"marking": "update", "closing": "close"}


def reviewed_forge(fleet):
    """Return the port to the fleet's forge."""
    api = ForgeApi(fleet.delivery["forge"]["type"], fleet.forge.api_url)
    return open_forge(Delivery(fleet.delivery["repository"], forge=api))


def test_a_request_that_is_sent_elsewhere_after_the_push_is_told(fleet, monkeypatch):
    """The run says what is pushed, and leaves the request to whoever did that."""
    fleet.sync()
    fleet.project.publish("a", 2)
    release(fleet)
    plain, seen = HeadBranch.commit, fleet.pulls[0].body

    def put(*arguments):
        fleet.pulls[0].base = "release"
        return plain(*arguments)

    monkeypatch.setattr(HeadBranch, "commit", put)

    result = fleet.sync()

    assert result.exit_code == 6
    assert f"{BRANCH} is pushed" in result.stderr
    assert "into 'release'" in result.stderr
    assert fleet.pulls[0].body == seen
    assert len(fleet.pulls) == 1


def test_a_request_that_a_person_closes_meanwhile_is_not_rewritten(fleet, monkeypatch):
    """What was closed is what people saw; the new content is a proposal of its own."""
    fleet.sync()
    seen = fleet.pulls[0].body
    fleet.project.publish("a", 2)
    plain = HeadBranch.commit

    def put(*arguments):
        fleet.pulls[0].state = "closed"
        return plain(*arguments)

    monkeypatch.setattr(HeadBranch, "commit", put)

    fleet.sync()

    assert fleet.pulls[0].body == seen
    assert [pull.state for pull in fleet.pulls] == ["closed", "open"]
