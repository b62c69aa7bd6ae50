"""Failures on the way to a pull request: what is done is told, and the next run completes it."""

import pytest

from generator.delivery import propose
from generator.delivery.folder import FolderBranch
from generator.delivery.outcome import Outcome, Target
from generator.errors import PublishError
from generator.lock.lock import Lock
from generator.plan.plan import Plan
from tests.kit.reviewed_fleet import BRANCH, closing, comments
from tests.kit.strategies import environment
from tests.servers.forge import Fault


def test_a_failure_after_the_push_says_so_and_the_next_run_completes(fleet):
    """What is pushed stays pushed; nothing is done twice."""
    fleet.forge.faults += [Fault(422, '{"message": "no"}', on="POST")]

    failed = fleet.sync()

    assert failed.exit_code == 5
    assert f"{BRANCH} is pushed; its pull request is not up to date" in failed.stderr
    assert not fleet.pulls
    pushed = fleet.forge.tip(BRANCH)
    result = fleet.sync()
    assert result.exit_code == 0
    assert fleet.forge.tip(BRANCH) == pushed
    assert [pull.state for pull in fleet.pulls] == ["open"]


def test_without_a_token_nothing_is_pushed(fleet, monkeypatch):
    """Exit 5, with the names of the variables."""
    monkeypatch.delenv("TFS_GITOPS_TOKEN")

    result = fleet.sync()

    assert result.exit_code == 5
    assert "TFS_GITOPS_TOKEN" in result.stderr
    assert fleet.forge.tip(BRANCH) is None


def test_an_opening_that_was_broken_off_is_completed(fleet):
    """The label and the reviewer come with the next run; what people change later stays."""
    fleet.write(pullRequest={"labels": ["models"], "reviewers": ["ada"]})
    opening = comments(fleet).replace("/issues", "/pulls")
    # The answer is lost, and nothing that answers so is asked again.
    fleet.forge.faults.append(Fault(501, on=opening, late=True))
    assert fleet.sync().exit_code == 5
    fleet.forge.faults.clear()

    result = fleet.sync()

    assert result.exit_code == 0, result.output
    [pull] = fleet.pulls
    assert (pull.labels, pull.reviewers) == (["models"], ["ada"])
    pull.labels, pull.reviewers = [], []
    fleet.sync()
    fleet.project.publish("a", 2)
    fleet.sync()
    assert (pull.labels, pull.reviewers) == ([], [])


def test_a_close_that_fails_again_and_again_says_it_once(fleet):
    """One comment, however often the forge loses its answer."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.project.publish("a", 2)
    fleet.sync()
    fleet.write({"match": "*", "versions": {"pin": [1]}})
    for _ in range(3):
        fleet.forge.faults += [Fault(422, '{"message": "no"}', on=comments(fleet), late=True)]
        fleet.sync()

    assert fleet.pulls[1].state == "closed"
    assert len(fleet.pulls[1].comments) == 1
    assert fleet.pulls[1].body.count("withdrawn") == 1


def test_a_request_whose_closing_failed_is_whole_again_when_it_is_wanted_again(fleet):
    """Else a person's close of it would look like ours."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.project.publish("a", 2)
    fleet.sync()
    fleet.write({"match": "*", "versions": {"pin": [1]}})
    fleet.forge.faults += [Fault(422, '{"message": "no"}', on=closing(fleet), after=1)]
    assert fleet.sync().exit_code == 5
    assert fleet.pulls[1].state == "open"
    fleet.write()
    fleet.sync()

    fleet.pulls[1].state = "closed"
    fleet.sync()

    assert [pull.state for pull in fleet.pulls] == ["merged", "closed"]


def test_an_archived_repository_says_so(fleet):
    """It takes no push; nothing was asked of the forge that would be half of a change."""
    hook = fleet.origin.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'this repository was archived' >&2\nexit 1\n")
    hook.chmod(0o755)

    result = fleet.sync()

    assert result.exit_code == 5
    assert "archived" in result.stderr
    assert not fleet.pulls
    hook.unlink()
    assert fleet.sync().exit_code == 0
    assert [pull.state for pull in fleet.pulls] == ["open"]


def test_a_forge_that_is_read_only_says_so(fleet):
    """Where the push still went through, the next run opens the request."""
    post = comments(fleet).removesuffix("/issues")
    fleet.forge.faults += [Fault(403, '{"message": "Repository was archived"}', on=post)]

    result = fleet.sync()

    assert result.exit_code == 5
    assert f"{BRANCH} is pushed" in result.stderr
    assert "HTTP 403: Repository was archived" in result.stderr
    assert result.stderr.count("hint:") == 1
    assert fleet.sync().exit_code == 0
    assert [pull.state for pull in fleet.pulls] == ["open"]


def test_an_empty_repository_is_refused_before_anything_is_pushed(fleet):
    """A pull request needs something to go into."""
    fleet.origin.repo.references.delete("refs/heads/main")

    result = fleet.sync()

    assert result.exit_code == 5
    assert "push a first commit to 'main'" in result.stderr
    assert fleet.forge.tip(BRANCH) is None


def test_a_branch_that_may_not_be_deleted_is_a_notice(fleet):
    """There is nothing to do, and that is no failure."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.origin.repo.config["receive.denyDeletes"] = True

    result = fleet.sync()

    assert result.exit_code == 0
    assert f"notice: {BRANCH} stays" in result.stdout


def test_a_plain_folder_takes_no_pull_request(tmp_path):
    """It has no branches, and what is written there is what would be merged."""
    target = Target(environment(), FolderBranch(tmp_path), facts=None)

    with pytest.raises(PublishError, match="prod: no pull request can be made in a folder"):
        propose.deliver(target, Outcome(Plan("prod", Lock("prod", "")), {}), None, None)
