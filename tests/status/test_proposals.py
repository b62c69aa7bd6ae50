"""`tfs-gitops status`: the pull request that waits, by Git and by the forge."""

import json

import pytest

from generator.delivery.pull_request import WITHDRAWN, with_marker
from tests.kit.reviewed_fleet import BRANCH, reviewed
from tests.kit.schemas import schema
from tests.servers.forge import CREATED, Fault


@pytest.fixture(params=["github", pytest.param("gitlab", marks=pytest.mark.slow)])
def fleet(request, tmp_path, monkeypatch):
    """Return a fleet whose first pull request waits."""
    with reviewed(request.param, tmp_path, monkeypatch) as found:
        assert found.sync().exit_code == 0
        yield found


def status(fleet, code=0):
    """Return the JSON of dev, which keeps its schema."""
    result = fleet.project.run("status", "dev", "--format", "json")
    assert result.exit_code == code, result.output
    found = json.loads(result.stdout)
    schema("status").validate(found)
    return found


def text(fleet):
    """Return what a person sees."""
    return fleet.project.run("status").stdout


def test_what_waits_for_review_is_told_with_its_number_and_since_when(fleet):
    """Nothing is served yet, and who asks why finds where to look."""
    found = status(fleet)

    assert (found["models"], found["generation"]) == ([], 0)
    proposal = found["proposal"]
    assert (proposal["branch"], proposal["pullRequest"], proposal["unasked"]) == (BRANCH, 1, None)
    assert proposal["url"].startswith(fleet.forge.url)
    assert proposal["opened"] == CREATED
    assert proposal["changes"][0]["versions"] == {"from": [], "to": [1]}
    assert "dev: pull request #1 waits for review since " in text(fleet)
    assert "1 in #1" in text(fleet)


def test_what_was_merged_or_closed_waits_no_more(fleet):
    """Whether or not its branch is still there."""
    fleet.pulls[0].state = "closed"
    assert status(fleet)["proposal"] is None
    told = "dev: pull request #1 was closed without a merge: the same is not opened again: http"
    assert told in text(fleet)

    main = fleet.origin.repo.branches.local["main"]
    main.set_target(fleet.origin.repo.branches.local[BRANCH].target)
    fleet.pulls[0].state = "merged"
    found = status(fleet)
    assert (found["proposal"], found["models"][0]["versions"]) == (None, [1])
    assert "was closed" not in text(fleet)


@pytest.mark.parametrize("by", ["us", "others", "nobody knows"])
def test_of_a_request_that_is_closed_no_more_is_told_than_is_known(fleet, by, monkeypatch):
    """One that we closed was declined by nobody, nor was what the branch has by now."""
    [pull] = fleet.pulls
    pull.state = "closed"
    if by == "us":
        pull.body = with_marker(pull.body, WITHDRAWN)
    elif by == "others":
        pull.sha = "0" * 40
    else:
        monkeypatch.delenv("TFS_GITOPS_TOKEN")
    assert "was closed" not in text(fleet)


def test_without_a_token_the_proposal_is_told_and_why_no_more_is_known(fleet, monkeypatch):
    """Git has its branch; it is no error that the forge was not asked."""
    monkeypatch.delenv("TFS_GITOPS_TOKEN")
    proposal = status(fleet)["proposal"]

    assert proposal["pullRequest"] is None
    assert "there is no token for it" in proposal["unasked"]
    assert proposal["changes"][0]["versions"]["to"] == [1]
    assert f"dev: {BRANCH} has a proposal; its pull request: unknown: " in text(fleet)
    assert "1 proposed" in text(fleet)


def test_a_forge_that_refuses_is_told_and_no_error(fleet):
    """What Git says is served is told all the same."""
    fleet.forge.faults.extend(Fault(403, "no") for _ in range(9))
    assert "HTTP 403" in status(fleet)["proposal"]["unasked"]


def test_without_a_branch_no_forge_is_asked(fleet):
    """No token is needed to learn that nothing waits."""
    fleet.origin.repo.branches.local[BRANCH].delete()
    fleet.forge.requests.clear()

    assert status(fleet)["proposal"] is None
    assert fleet.forge.requests == []


def test_a_branch_that_a_person_broke_is_a_problem_and_no_error(fleet):
    """Its lock is a person's; main is what is served."""
    lock = "tf-serving/overlays/dev/generated/models.lock.json"
    fleet.origin.commit({lock: b"nonsense"}, "edit", BRANCH)
    found = status(fleet)

    assert found["proposal"] is None
    assert found["problems"][0].startswith("the pull request: unknown: ")


def test_where_commits_are_delivered_nothing_waits(fleet):
    """A branch that a mode of earlier left behind is nobody's review."""
    fleet.write(mode="commit")
    assert status(fleet)["proposal"] is None
