"""Delivery by pull request: real client libraries, real Git over HTTP, a stand-in forge."""

import json

import pytest

from tests.kit.reviewed_fleet import BRANCH, LOCK
from tests.kit.savedmodels import constant


def test_a_change_is_one_commit_on_a_branch_and_one_pull_request(fleet):
    """The base branch stays as it is until a person merges."""
    result = fleet.sync()

    assert result.exit_code == 0, result.output
    assert len(fleet.origin.log("main")) == 1
    assert len(fleet.origin.log(BRANCH)) == 2
    [pull] = fleet.pulls
    assert (pull.state, pull.head, pull.base) == ("open", BRANCH, "main")
    assert pull.title == "models(dev): a +1"
    assert "latest 2 of 1 proven" in pull.body
    assert f"pull request: {fleet.forge.url}" in result.stdout


def test_an_unchanged_state_neither_pushes_nor_edits(fleet):
    """The bot never spams."""
    fleet.sync()
    before = fleet.forge.tip(BRANCH)
    fleet.forge.requests.clear()

    result = fleet.sync()

    assert fleet.forge.tip(BRANCH) == before
    assert len(fleet.pulls) == 1
    assert all(line.startswith("GET ") for line in fleet.forge.requests)
    assert "nothing to commit" in result.stdout


def test_the_open_pull_request_is_updated_in_place(fleet):
    """A new version comes into it: still one pull request, still one commit."""
    fleet.sync()
    fleet.project.publish("a", 2)

    fleet.sync()

    [pull] = fleet.pulls
    assert fleet.proposed() == [1, 2]
    assert len(fleet.origin.log(BRANCH)) == 2
    assert "1,2" in pull.body
    assert pull.sha == fleet.forge.tip(BRANCH)


def test_a_merged_pull_request_is_done(fleet):
    """The next sync finds nothing to do, and takes the branch away."""
    fleet.sync()
    fleet.forge.merge(1)

    result = fleet.sync()

    assert result.exit_code == 0
    assert "nothing to commit" in result.stdout
    assert fleet.forge.tip(BRANCH) is None
    fleet.forge.requests.clear()
    fleet.sync()
    assert not fleet.forge.requests


def test_the_next_change_opens_the_next_pull_request(fleet):
    """Also where the merged branch was left behind."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.project.publish("a", 2)

    fleet.sync()

    assert [pull.state for pull in fleet.pulls] == ["merged", "open"]
    assert fleet.proposed() == [1, 2]


def test_a_difference_that_is_gone_closes_the_pull_request(fleet):
    """With a comment that says why; and if it comes back, so does a pull request."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.sync()
    fleet.project.publish("a", 2)
    fleet.sync()
    fleet.write({"match": "*", "versions": {"pin": [1]}})

    result = fleet.sync()

    assert fleet.pulls[1].state == "closed"
    assert "nothing is left to merge" in fleet.pulls[1].comments[0]
    assert "closed" in result.stdout
    assert fleet.forge.tip(BRANCH) is None
    fleet.write()
    fleet.sync()
    assert [pull.state for pull in fleet.pulls] == ["merged", "closed", "open"]


@pytest.mark.parametrize("state", ["open", "closed"])
def test_an_upload_that_no_rule_asks_for_proposes_nothing(fleet, state):
    """It neither opens again what a person closed, nor takes approvals away by a push."""
    fleet.write({"match": "*", "versions": {"pin": [1]}})
    fleet.sync()
    fleet.pulls[0].state = state
    before = fleet.forge.tip(BRANCH)
    fleet.project.publish("a", 2)

    result = fleet.sync()

    assert result.exit_code == 0, result.output
    assert [pull.state for pull in fleet.pulls] == [state]
    assert fleet.forge.tip(BRANCH) == before


def test_a_lock_that_goes_on_from_another_one_is_another_proposal(fleet):
    """Its generation says what it was made on: the old one would look like a revert."""
    fleet.write({"match": "*", "versions": {"latest": 1}})
    fleet.sync()
    fleet.forge.merge(1)
    fleet.project.publish("a", 2)
    fleet.write({"match": "*", "versions": {"pin": [2]}})
    fleet.sync()
    lock = json.loads(fleet.origin.files()[LOCK])
    lock["models"]["a"]["generation"] += 1
    fleet.origin.commit({LOCK: json.dumps(lock).encode()}, "by a person")

    fleet.sync()

    proposed = json.loads(fleet.origin.files(BRANCH)[LOCK])
    was = lock["models"]["a"]["generation"]
    assert proposed["models"]["a"]["generation"] == was + 1


def test_a_dry_run_asks_no_forge(fleet):
    """It shows the plan."""
    result = fleet.sync("--dry-run")

    assert "+ a: versions none -> 1" in result.stdout
    assert not fleet.forge.requests
    assert fleet.forge.tip(BRANCH) is None


def test_a_second_step_opens_its_own_pull_request(fleet):
    """Without an agent, the next step is proposed when the one before is merged and settled."""
    fleet.write({"match": "*", "versions": {"latest": 1}})
    fleet.sync()
    fleet.forge.merge(1)
    fleet.project.publish("a", 2)
    fleet.sync()
    assert fleet.proposed() == [1, 2]
    fleet.sync()
    assert len(fleet.pulls) == 2
    fleet.forge.merge(2)

    fleet.sync()

    assert [pull.state for pull in fleet.pulls] == ["merged", "merged", "open"]
    assert fleet.proposed() == [2]


def test_a_base_that_moved_is_no_reason_to_push(fleet):
    """Approvals and checks of the pull request stay; what it holds is the same."""
    fleet.sync()
    before = fleet.forge.tip(BRANCH)
    fleet.origin.commit({"other.txt": b"x"}, "somebody else's")

    fleet.sync()

    assert fleet.forge.tip(BRANCH) == before
    fleet.project.publish("a", 2)
    fleet.sync()
    assert "other.txt" in fleet.origin.files(BRANCH)


def test_a_merged_branch_is_made_anew_for_what_was_reverted_since(fleet):
    """It has the very same files; but a forge finds nothing new in a commit that is merged."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.origin.commit(dict.fromkeys(fleet.origin.files()), "Revert it")

    result = fleet.sync("--retake", "a")

    assert result.exit_code == 0, result.output
    assert [pull.state for pull in fleet.pulls] == ["merged", "open"]


def test_what_merges_itself_still_does_after_an_update(fleet):
    """A push ends that on GitLab; what a person has switched off stays off."""
    fleet.write(pullRequest={"autoMerge": True})
    fleet.sync()
    fleet.project.publish("a", 2)
    fleet.sync()
    assert fleet.pulls[0].automatic
    assert fleet.pulls[0].sha == fleet.forge.tip(BRANCH)

    fleet.pulls[0].automatic = None
    fleet.project.publish("a", 3)
    fleet.sync()

    assert fleet.pulls[0].automatic is None


@pytest.mark.slow
def test_a_thousand_changes_are_one_request(fleet):
    """Its text fits, and counts what it leaves out."""
    for number in range(1000):
        row = fleet.project.put(f"m{number}/1/saved_model.pb", constant())
        fleet.project.claim(f"m{number}", row)

    result = fleet.sync()

    assert result.exit_code == 0, result.output
    [pull] = fleet.pulls
    assert len(pull.body) <= 60_000
    assert pull.title.endswith("995 more")
    assert "1001 to add" in pull.body
    assert len(json.loads(fleet.origin.files(BRANCH)[LOCK])["models"]) == 1001
    assert fleet.sync().stdout.count("nothing to commit") == 1


def test_commits_in_place_of_pull_requests_tell_what_is_left_behind(fleet):
    """As long as the branch is there; nobody asks the forge for that."""
    fleet.sync()
    fleet.write(mode="commit")
    fleet.forge.requests.clear()

    first, second = fleet.sync(), fleet.sync()

    for result in (first, second):
        assert result.exit_code == 0, result.output
        assert f"notice: {BRANCH} is still there" in result.stdout
    assert not fleet.forge.requests
    fleet.origin.repo.references.delete(f"refs/heads/{BRANCH}")
    assert "notice" not in fleet.sync().stdout


def test_a_base_that_changed_what_the_request_touches_renews_it(fleet):
    """The scaffold was delivered and edited meanwhile: the branch must not conflict with that."""
    fleet.sync()
    files = fleet.origin.files(BRANCH)
    edited = {path: data for path, data in files.items() if "/base/" in path}
    edited["tf-serving/base/deployment.yaml"] += b"# mine\n"
    fleet.origin.commit(edited, "by a person")

    fleet.sync()

    assert fleet.origin.files(BRANCH)["tf-serving/base/deployment.yaml"].endswith(b"# mine\n")
    assert len(fleet.pulls) == 1
