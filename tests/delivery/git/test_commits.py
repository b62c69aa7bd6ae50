"""Commits of ours: their time, and what they leave alone."""

import time

import pygit2
import pytest

from generator.delivery.commitment import Commitment
from generator.delivery.git.commits import CommitWriter
from generator.delivery.git.history import ANOTHER_CLOCK

MINUTE = 60


def on_top_of(origin, seconds):
    """Return the time of a commit of ours on one that is dated *seconds* ahead."""
    repo, tip = origin.repo, origin.repo.revparse_single("main")
    ahead = pygit2.Signature("Person", "person@example.com", int(time.time()) + seconds)
    theirs = repo.create_commit(None, ahead, ahead, "theirs", tip.tree_id, [tip.id])
    writer = CommitWriter(repo, "here", None)
    ours = repo[writer.write(repo[theirs], Commitment({"a": b""}, (), "ours"))]
    return ours.commit_time - repo[theirs].commit_time


@pytest.mark.parametrize("ahead", [MINUTE, ANOTHER_CLOCK - MINUTE])
def test_a_commit_is_dated_no_earlier_than_its_parent(origin, ahead):
    """Steps are timed by what is read back, and clocks of machines differ."""
    assert on_top_of(origin, ahead) == 0


def test_a_date_that_somebody_made_up_is_not_taken_over(origin):
    """It could be years ahead, and so would be all that follows."""
    assert on_top_of(origin, 2 * ANOTHER_CLOCK) < 0


def test_writing_moves_no_branch(origin):
    """A crash leaves at most objects that nothing refers to."""
    before = origin.log()

    on_top_of(origin, 0)

    assert origin.log() == before
