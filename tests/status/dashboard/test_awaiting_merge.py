"""Requests that wait in a pull request: told in the text of the issue, answered at their end."""

import dataclasses

import pytest
from msgspec.structs import replace

from generator.delivery.outcome import Outcome
from generator.delivery.pull_request import WITHDRAWN, PullRequest, State, with_marker
from generator.errors import GuardError, Refusal
from generator.lock.asked import REMOVALS, Asked, Kind
from generator.lock.lock import Lock
from generator.plan.plan import Plan
from generator.status.dashboard.awaiting_merge import AwaitingMerge, after, awaiting_in, ended

PULL = PullRequest(7, "https://forge/7", "t", "b", State.OPEN, "c0ffee", "main")
HOLD = AwaitingMerge(Kind.HOLD, "a", 7)
PLAN = Plan("prod", Lock("prod", "s3://models"), asked=(Asked(Kind.HOLD, "a", "ada"),))


def test_what_a_text_tells_is_read_where_a_line_of_it_stands_and_nowhere_else():
    """People who edit it may write anything."""
    body = f"""
- {HOLD.marker} hold `a`
- {AwaitingMerge(Kind.ALLOW, REMOVALS, 8).marker} allow this removal
  - {AwaitingMerge(Kind.HOLD, "b", 7).marker}
| - {AwaitingMerge(Kind.HOLD, "c", 7).marker} |
- <!-- tfs-gitops asked hold `@all 7 -->
- <!-- tfs-gitops asked paint a 7 -->
- <!-- tfs-gitops asked hold a 99999999999999999999 -->
"""

    assert awaiting_in(body) == {HOLD, AwaitingMerge(Kind.ALLOW, REMOVALS, 8)}


def test_what_a_sync_proposes_waits_and_what_it_leaves_alone_waits_still():
    """Of a plan that is refused the pull request stays as it is."""
    refused = replace(PLAN, refused=GuardError(Refusal.REMOVALS, ["no"]))

    [found] = after(Outcome(PLAN, {}, pull_request=PULL), ())

    assert (found, found.by, found.url) == (HOLD, "ada", PULL.url)
    assert after(Outcome(refused, {}), {HOLD}) == (HOLD,)
    assert after(Outcome(PLAN, {}), {HOLD}) == ()
    [plain] = after(Outcome(PLAN, {}, pull_request=replace(PULL, url="x](javascript:y")), ())
    assert plain.url == ""


@pytest.mark.parametrize(
    ("pull", "told"),
    [
        (PULL, "no sync asks for it in https://forge/7 any more"),
        (replace(PULL, state=State.MERGED), "is merged: it stays as it is until somebody ticks"),
        (replace(PULL, state=State.CLOSED), "was closed without a merge: it is not done"),
        (
            replace(PULL, state=State.CLOSED, body=with_marker("b", WITHDRAWN)),
            "is closed, as nothing of it is left to do",
        ),
    ],
)
def test_the_end_of_a_request_is_told_by_the_state_of_its_pull_request(pull, told):
    """Once, and not to who asks for something else of that model now, who is answered anyway."""
    [text] = ended([HOLD], [pull], ())

    assert text.startswith("hold `a`: ")
    assert told in text
    assert not [*ended([HOLD], [pull], [Asked(Kind.RELEASE, "a", "ada")])]
    assert not [*ended([dataclasses.replace(HOLD, number=8)], [pull], ())]
