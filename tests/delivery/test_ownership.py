"""What people did with a branch and its pull request counts before what a sync wants."""

import pytest

from tests.kit.project import ProjectFolder
from tests.kit.reviewed_fleet import BRANCH, nothing, release


def test_a_persons_commit_stops_the_environment(fleet):
    """It is never overwritten, and the run says whose it is."""
    fleet.sync()
    fleet.origin.commit({"note.txt": b"x"}, "my own fix", branch=BRANCH)
    fleet.project.publish("a", 2)

    result = fleet.sync()

    assert result.exit_code == 6
    assert "'my own fix' by Person" in result.stderr
    assert "refused: persons-commit: a sync does none of this" in result.stdout
    assert "~ a: versions" in result.stdout or "+ a: versions" in result.stdout
    assert fleet.origin.log(BRANCH)[0] == "my own fix"


def test_what_a_person_closed_is_not_opened_again(fleet):
    """Not for the same content; a notice says so, and strictly that is exit 7."""
    fleet.sync()
    fleet.pulls[0].state = "closed"

    result, strict = fleet.sync(), fleet.sync("--strict")

    assert [pull.state for pull in fleet.pulls] == ["closed"]
    assert (result.exit_code, strict.exit_code) == (0, 7)
    assert "was closed with the same content" in result.stdout


def test_what_a_person_closed_comes_back_with_other_content(fleet):
    """A new version is a new proposal."""
    fleet.sync()
    fleet.pulls[0].state = "closed"
    fleet.project.publish("a", 2)

    fleet.sync()

    assert [pull.state for pull in fleet.pulls] == ["closed", "open"]


def test_what_a_person_left_on_the_branch_after_a_merge_stays(fleet):
    """It harms nobody, and it is not ours to delete."""
    fleet.sync()
    fleet.forge.merge(1)
    fleet.origin.commit({"note.txt": b"x"}, "later", branch=BRANCH)

    result = fleet.sync()

    assert result.exit_code == 0
    assert fleet.origin.log(BRANCH)[0] == "later"


@pytest.mark.parametrize("squash", [False, True])
def test_a_merged_branch_is_done_whoever_worked_on_it(fleet, squash):
    """What a person added is in the base branch too: the next change takes the branch again."""
    fleet.sync()
    fleet.origin.commit({"note.txt": b"x"}, "with a note", branch=BRANCH)
    fleet.forge.merge(1, squash=squash)
    fleet.project.publish("a", 2)

    result = fleet.sync()

    assert result.exit_code == 0, result.output
    assert [pull.state for pull in fleet.pulls] == ["merged", "open"]
    assert fleet.proposed() == [1, 2]
    assert fleet.origin.files(BRANCH)["note.txt"] == b"x"


def test_a_merged_branch_that_a_person_worked_on_is_taken_away(fleet):
    """Like any other: nothing of it is lost."""
    fleet.sync()
    fleet.origin.commit({"note.txt": b"x"}, "with a note", branch=BRANCH)
    fleet.forge.merge(1)

    fleet.sync()

    assert fleet.forge.tip(BRANCH) is None


def test_a_request_whose_text_was_replaced_stays_closed_too(fleet):
    """The branch tells that it is the same."""
    fleet.sync()
    fleet.pulls[0].state, fleet.pulls[0].body = "closed", "not now"

    result = fleet.sync()

    assert [pull.state for pull in fleet.pulls] == ["closed"]
    assert "was closed with the same content" in result.stdout


def test_two_projects_do_not_take_each_others_branch(fleet, tmp_path):
    """An environment name stands for one folder of the repository; the hint says so."""
    other = ProjectFolder.create(tmp_path / "other", "")
    other.environment(delivery=fleet.delivery | {"path": "team-b"})
    other.publish("b", 1)
    fleet.sync()
    before = fleet.forge.tip(BRANCH)

    result = other.run("sync")

    assert result.exit_code == 6
    assert "environment names of their own" in result.stderr
    assert fleet.forge.tip(BRANCH) == before
    other.environment(delivery=fleet.delivery | {"path": "team-b"}, policy=nothing())
    assert other.run("sync").exit_code == 6
    assert [pull.state for pull in fleet.pulls] == ["open"]
    assert fleet.sync().exit_code == 0


def test_the_way_on_from_a_closed_request_with_a_persons_commit_is_told(fleet):
    """There is nothing to merge in it: reopen it, or delete the branch."""
    fleet.sync()
    fleet.origin.commit({"note.txt": b"x"}, "my own fix", branch=BRANCH)
    fleet.forge.follow()
    fleet.pulls[0].state = "closed"

    result = fleet.sync()

    assert result.exit_code == 6
    assert "is closed: reopen and merge it, or delete the branch" in result.stderr
    assert "environment names" not in result.stderr
    fleet.origin.repo.references.delete(f"refs/heads/{BRANCH}")
    assert fleet.sync().exit_code == 0


@pytest.mark.parametrize("whose", ["ours", "a person's"])
def test_an_open_request_into_another_branch_stops_the_environment(fleet, whose):
    """There is never a second one: a person decides, who sent it there or changed the branch."""
    fleet.sync()
    release(fleet)
    before = fleet.forge.tip(BRANCH)
    if whose == "ours":
        fleet.write(branch="release")
    else:
        fleet.pulls[0].base = "release"
    fleet.project.publish("a", 2)

    result = fleet.sync()

    assert result.exit_code == 6
    assert f"{fleet.pulls[0].base!r}" in result.stderr
    assert "'main'" in result.stderr
    assert "'release'" in result.stderr
    assert len(fleet.pulls) == 1
    assert fleet.forge.tip(BRANCH) == before
    fleet.pulls[0].state = "closed"
    assert fleet.sync().exit_code == 0
    assert [pull.state for pull in fleet.pulls] == ["closed", "open"]


def test_nothing_is_closed_that_goes_into_another_branch(fleet):
    """It has something to merge there, whatever this branch has."""
    fleet.sync()
    release(fleet)
    fleet.pulls[0].base = "release"
    fleet.write({"match": "*", "exclude": True})

    result = fleet.sync()

    assert result.exit_code == 6
    assert fleet.pulls[0].state == "open"
    assert fleet.forge.tip(BRANCH) is not None


def test_a_no_counts_for_the_branch_that_was_asked_for(fleet):
    """What is not wanted in one may be wanted in the other."""
    fleet.sync()
    fleet.pulls[0].state = "closed"
    release(fleet)
    fleet.write(branch="release")

    result = fleet.sync()

    assert result.exit_code == 0, result.output
    assert [(pull.base, pull.state) for pull in fleet.pulls] == [
        ("main", "closed"),
        ("release", "open"),
    ]
