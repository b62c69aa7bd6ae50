"""The newest commits of a branch itself, whose statuses are asked for."""

from pathlib import Path

from generator.delivery.git import open_branch
from generator.environment.delivery import Delivery
from generator.limits.git import VERIFIED_COMMITS


def test_the_newest_commits_are_told_with_the_file_that_each_has(origin):
    """Newest first, whether they changed it or not, and no more than anybody asks about."""
    ids = [origin.commit({"a": b"1"}, "one"), origin.commit({"b": b"1"}, "another file")]
    branch = open_branch(Delivery(str(origin.path)), Path())
    found = branch.line("a")
    assert [(it.commit, it.data) for it in found[:2]] == [(ids[1], b"1"), (ids[0], b"1")]
    assert [it.data for it in found[2:]] == [None]

    for number in range(VERIFIED_COMMITS):
        origin.commit({"a": str(number).encode()}, "more")
    branch.fetch()
    assert len(branch.line("a")) == VERIFIED_COMMITS
