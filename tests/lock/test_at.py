"""The lock as a branch had it at a time, of a real repository."""

from datetime import UTC, datetime, timedelta

from generator.cli.project import Project
from generator.lock import branch as lock_branch
from generator.lock.lock import Lock

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def at(project, time):
    """Return the lock of dev as its branch had it at *time*."""
    opened = Project(project.root, verbose=False, log_format="text")
    environment = opened.environment("dev")
    return lock_branch.at(environment, opened.branch(environment), time), environment


def test_before_the_first_sync_there_was_none(project):
    """An empty lock: whatever is served now came later."""
    found, environment = at(project, LONG_AGO)

    assert found == Lock("dev", environment.source.url)


def test_where_nothing_came_since_it_is_the_lock_of_now(project):
    """No past is read for it."""
    found, _ = at(project, datetime.now(UTC) + timedelta(hours=1))

    assert found.by_name["a"].numbers == (1, 2)


def test_between_two_commits_it_is_what_the_first_left(project, git, monkeypatch):
    """What a person commits later, here a revert, makes it no other."""
    later = datetime.now(UTC) + timedelta(days=2)
    monkeypatch.setenv("GIT_COMMITTER_DATE", later.isoformat())
    git("revert", "--no-edit", "HEAD")

    now, _ = at(project, later + timedelta(hours=1))
    before, _ = at(project, later - timedelta(hours=1))

    assert now.by_name["a"].numbers == (1,)
    assert before.by_name["a"].numbers == (1, 2)
