"""The answers to ticks: what a sync has done of what is asked for, and nothing else."""

import pytest

from generator.delivery.outcome import Outcome
from generator.lock.asked import REMOVALS, Asked, Kind
from generator.lock.lock import Lock
from generator.plan.plan import Plan
from generator.status.dashboard.answer import answer
from generator.status.dashboard.boxes import Box

ALLOW = Box(Kind.ALLOW, "0123")


@pytest.mark.parametrize(
    ("asked", "told"),
    [((), "nothing is to be done"), ((Asked(Kind.ALLOW, REMOVALS, "ada"),), "done in c0ffee")],
)
def test_a_removal_is_done_by_the_commit_that_was_allowed_to(asked, told):
    """Not by the one of something else, when no guard refuses anything any more."""
    plan = Plan("prod", Lock("prod", "s3://models"), asked=asked)

    assert told in answer(ALLOW, "ada", Outcome(plan, {}, commit="c0ffee"))
