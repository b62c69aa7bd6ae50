"""The statuses of a commit, as both forges tell them, on stand-ins held to what they publish."""

import pytest

from generator.errors import PublishError
from generator.limits.answer import COMMIT_STATUSES
from generator.lock.commit_status import CommitStatus, StatusState
from tests.kit.forges import opened
from tests.servers.github import github

WORDS = {
    "github": {"bad": "failure", "busy": "pending"},
    "gitlab": {"bad": "failed", "busy": "running"},
}


def tip(forge):
    """Return the newest commit of main."""
    return forge.tip("main")


def test_all_statuses_are_told_newest_first_and_who_posted_each(forge):
    """Also those that came before another one of that context, in the words of either forge."""
    words = WORDS[type(forge).__name__.lower()]
    forge.post(tip(forge), "flux/staging", words["busy"])
    forge.post(tip(forge), "flux/staging", "success", "applied revision")
    forge.post(tip(forge), "flux/prod", words["bad"], "failed-in-pods:\tranker 7")
    forge.post(tip(forge), "lint", words["busy"], by="ada")
    found = dict.fromkeys(opened(forge).statuses(tip(forge)))
    assert [*found] == [
        CommitStatus("lint", StatusState.PENDING, "", "ada"),
        CommitStatus("flux/prod", StatusState.FAILURE, "failed-in-pods: ranker 7", "flux"),
        CommitStatus("flux/staging", StatusState.SUCCESS, "applied revision", "flux"),
        CommitStatus("flux/staging", StatusState.PENDING, "", "flux"),
    ]
    assert forge.violations == []


def test_a_commit_without_a_status_has_none(forge):
    """And one that is not there is an error: that is no answer to the question."""
    assert opened(forge).statuses(tip(forge)) == ()
    with pytest.raises(PublishError, match="the statuses of commit 000000000000 cannot be read"):
        opened(forge).statuses("0" * 40)


def test_checks_of_github_are_statuses_too(origin):
    """But for those that say neither; to a token that may not read them there are none.

    Of one that runs again and again, the newest run is told, wherever GitHub has it.
    """
    with github(origin) as forge:
        for name, conclusion in (
            ("verify", "success"),
            ("load", "timed_out"),
            ("skipped", "skipped"),
            ("running", "in_progress"),
        ):
            forge.post(tip(forge), name, conclusion, "words", is_check=True)
        forge.post(tip(forge), "load", "success", is_check=True, by="ci")
        told = opened(forge).statuses(tip(forge))
        assert [(it.state, it.by) for it in told if it.context == "load"] == [
            (StatusState.SUCCESS, "ci[bot]"),
            (StatusState.FAILURE, "flux[bot]"),
        ]
        found = {it.context: it.state for it in reversed(told) if it.by == "flux[bot]"}
        assert found == {
            "verify": StatusState.SUCCESS,
            "load": StatusState.FAILURE,
            "skipped": StatusState.PENDING,
            "running": StatusState.PENDING,
        }
        for _ in range(COMMIT_STATUSES):
            forge.post(tip(forge), "often", "success", is_check=True)
        forge.post(tip(forge), "often", "failure", is_check=True)
        newest = opened(forge).statuses(tip(forge))[0]
        assert (newest.context, newest.state) == ("often", StatusState.FAILURE)
        forge.post(tip(forge), "flux/prod", "success")
        forge.shows_checks = False
        assert [it.context for it in opened(forge).statuses(tip(forge))] == ["flux/prod"]
        assert forge.violations == []


def test_no_more_statuses_are_read_than_a_page_has(forge):
    """The newest ones."""
    for number in range(COMMIT_STATUSES + 1):
        forge.post(tip(forge), f"check-{number}", "success")
    assert len({*opened(forge).statuses(tip(forge))}) == COMMIT_STATUSES


def test_a_new_status_is_read_though_a_page_of_old_ones_came_before_it(forge):
    """Of one context that is posted again and again: the failure after all the successes."""
    words = WORDS[type(forge).__name__.lower()]
    for _ in range(COMMIT_STATUSES):
        forge.post(tip(forge), "flux/dev", "success")
    forge.post(tip(forge), "flux/dev", words["bad"])
    forge.post(tip(forge), "flux/dev", "success", by="mallory")
    found = opened(forge).statuses(tip(forge))
    assert [(it.state, it.by) for it in [*dict.fromkeys(found)][:3]] == [
        (StatusState.SUCCESS, "mallory"),
        (StatusState.FAILURE, "flux"),
        (StatusState.SUCCESS, "flux"),
    ]
    assert forge.violations == []
