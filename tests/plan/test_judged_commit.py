"""`generator.plan.judged_commit`: what the statuses of one commit say of one environment."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.environment.delivery import VerifiedBy
from generator.lock.commit import CommittedFile
from generator.lock.commit_status import CommitStatus, StatusState
from generator.lock.notes import Failed
from generator.plan.judged_commit import JudgedCommit
from generator.plan.verified import Verified
from tests.kit import strategies

AT = datetime(2026, 11, 29, tzinfo=UTC)
LOCK = strategies.served(strategies.model("a", strategies.version("a", 2)))
ENVIRONMENT = LOCK.environment
FAILED = f"failed-in-pods: {ENVIRONMENT} {{a 2 (pod-x)}}"
GOOD = CommitStatus("flux/dev", StatusState.SUCCESS, "", "flux")
BAD = replace(GOOD, state=StatusState.FAILURE, description=FAILED)


def judged(*statuses, by=(), beside="", lock=LOCK):
    """Return what *statuses*, newest first, say of a commit."""
    commit = CommittedFile("0123456789abcdef", AT, b"", beside)
    return JudgedCommit.of(commit, lock, statuses, VerifiedBy("flux/*", by))


def doubts(*commits):
    """Return why each version that failed is not taken back; empty of one that is."""
    return [it.doubt for it in Verified(commits).account.failed]


def test_a_failure_that_names_a_version_takes_it_back():
    """The rule; all else in here are its exceptions."""
    assert doubts(judged(BAD)) == [""]


@pytest.mark.parametrize(
    ("statuses", "doubt"),
    [
        ((BAD, GOOD), "the commit status 'flux/dev' of 0123456789ab was a success"),
        (
            (BAD, replace(GOOD, context="flux/other-cluster")),
            "the commit status 'flux/other-cluster' of 0123456789ab is a success",
        ),
        (
            (replace(BAD, description=FAILED.replace("{a", "{maybe a")),),
            "not all pods say so",
        ),
    ],
)
def test_a_failure_takes_nothing_back_that_was_a_success_before_or_is_one_elsewhere(
    statuses, doubt
):
    """It is held all the same: a person decides."""
    found = judged(*statuses)
    assert found.state is StatusState.FAILURE
    assert doubts(found) == [doubt]


@given(st.lists(st.sampled_from(["success", "failure", "pending"]), min_size=1, max_size=6))
def test_no_history_of_statuses_takes_back_what_was_once_a_success(states):
    """Whatever came after it, and however often."""
    posted = [replace(BAD, state=StatusState(it)) for it in states]
    told = doubts(judged(*posted))
    assert bool(told) == (states[0] == "failure")
    assert all(bool(it) == ("success" in states) for it in told)


@given(
    st.lists(
        st.tuples(st.sampled_from(["dev", "flux/dev"]), st.sampled_from(["success", "failure"])),
        max_size=6,
    )
)
def test_a_status_of_another_environment_is_as_if_it_was_not_there(others):
    """Its words name another one: neither a failure nor a success of it counts, in any mix."""
    foreign = [
        CommitStatus(context, StatusState(state), "failed-in-pods: other {a 2}", "flux")
        for context, state in others
    ]
    assert judged(*foreign) == judged()
    assert judged(*foreign, BAD) == judged(BAD)
    assert judged(GOOD, *foreign) == judged(GOOD)


def test_only_who_is_named_is_believed():
    """Neither takes a stranger a version back, nor hides what somebody else has said."""
    stranger = replace(BAD, by="mallory")
    assert judged(stranger, GOOD, by=("Flux",)).state is StatusState.SUCCESS
    assert judged(stranger, by=("flux",)).state is StatusState.PENDING
    assert "by flux" in judged(stranger, by=("flux",)).why
    assert judged(stranger).state is StatusState.FAILURE


def test_an_older_failure_counts_only_while_pods_get_the_same():
    """A person has patched what they get since: the word on that is still to come."""
    older = judged(BAD, beside="before")
    assert doubts(judged(beside="before"), older) == [""]
    assert doubts(judged(beside="after"), older) == []
    settings = {"serving": {"replicas": 3}}
    changed = replace(LOCK, settings=settings)
    assert doubts(judged(beside="before", lock=changed), older) == []


def test_a_version_that_is_a_success_after_it_failed_has_recovered():
    """By the newest success, also when commits for other things came since.

    Not by one from before that was known; nor beside another version: that may be a way back,
    made in steps.
    """
    [version] = LOCK.models[0].versions
    knows = replace(LOCK, failed=(Failed("a", 2, version.digest, ("pod-x",), "", ""),))
    older = strategies.version("a", 1)
    both = strategies.served(strategies.model("a", older, version))
    stepping = replace(both, failed=knows.failed)
    key, at_first = ("a", 2), judged(GOOD, lock=knows)

    def recovered(*commits):
        return Verified(commits).account.recovered

    assert recovered(at_first) == recovered(judged(lock=knows), at_first) == {key}
    assert recovered(judged(lock=knows)) == set()
    assert recovered(judged(BAD, lock=knows), judged(GOOD)) == set()
    assert recovered(judged(BAD, lock=knows), at_first) == set()
    assert recovered(judged(GOOD, lock=stepping)) == set()
    assert "is a success" in Verified((judged(lock=stepping), at_first)).account.well[key]
