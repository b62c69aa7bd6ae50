"""The past of a branch behind a URL: fetched as far as somebody asks, and once for all who do."""

from generator.delivery.git import open_branch
from generator.environment.delivery import Delivery


def opened(git_server, tmp_path):
    """Return the branch main, fetched."""
    return open_branch(Delivery(git_server.url), tmp_path)


def test_the_past_of_one_file_is_fetched_for_all_files(origin, git_server, tmp_path):
    """Several environments on one branch ask for the same commits."""
    for number in range(60):
        origin.commit({"a": b"%d" % (number // 2), "b": b"%d" % number}, f"c{number}")
    branch = opened(git_server, tmp_path)
    branch_tip = len(git_server.requests)

    first = [one.commit.id for one in branch.log("a")]
    fetched = len(git_server.requests)
    again = [one.commit.id for one in branch.log("a")]
    other = [one.commit.id for one in branch.log("b")]

    assert fetched > branch_tip
    assert len(git_server.requests) == fetched
    assert again == first
    assert (len(first), len(other)) == (30, 60)


def test_the_past_of_a_branch_that_moved_is_that_of_its_new_tip(origin, git_server, tmp_path):
    """What was fetched before it moved does not have it."""
    origin.commit({"a": b"1"}, "one")
    branch = opened(git_server, tmp_path)
    assert [one.commit.subject for one in branch.log("a")] == ["one"]

    origin.commit({"a": b"2"}, "two")
    branch.fetch()

    assert [one.commit.subject for one in branch.log("a")] == ["two", "one"]
