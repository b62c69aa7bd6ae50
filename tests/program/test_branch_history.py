"""Merges, force pushes and wrong clocks: the states of pods, and when a step is due."""

import json
from datetime import datetime, timedelta

import pytest

from generator.cli.project import Project
from tests.kit.delivered import (
    LOCK,
    committed_at,
    labels,
    move,
    now,
    restamp,
    served,
    tip,
)

SETTLE = timedelta(minutes=10)

FOLLOWING = [{"match": "*", "versions": {"latest": 1}, "labels": {"stable": "latest"}}]


def set_clock(monkeypatch, moment):
    """Let syncs read this time."""
    monkeypatch.setattr(Project, "now", lambda _: moment)


def begin_promotion(project, origin):
    """Serve version 1 with a label, then add version 2; return the commit of each."""
    project.environment(policy=FOLLOWING)
    project.publish("a", 1)
    project.run("sync")
    first = tip(origin)
    project.publish("a", 2)
    project.run("sync")
    assert (served(origin), labels(origin)) == ([1, 2], {"stable": 1})
    return first, tip(origin)


def due(project):
    """Return when the step that waits is due."""
    [waiting] = json.loads(project.run("plan", "dev", "--format", "json").stdout)["deferred"]
    return datetime.fromisoformat(waiting["due"])


def test_a_step_waits_from_the_merge_and_not_from_the_commit_that_was_merged(
    project, origin, monkeypatch
):
    """Pods saw the step when it came to the branch, however old the commit on its side is."""
    first, step = begin_promotion(project, origin)
    merged = now() + timedelta(minutes=1)
    old = committed_at(origin, merged - timedelta(days=1), [first.id], step.tree_id)
    merge = committed_at(origin, merged, [first.id, old], step.tree_id)
    move(origin, merge)

    set_clock(monkeypatch, merged)
    assert due(project) == merged + SETTLE
    set_clock(monkeypatch, merged + SETTLE - timedelta(seconds=1))
    assert "nothing to commit" in project.run("sync").stdout
    set_clock(monkeypatch, merged + SETTLE)
    assert "labels stable 1 -> 2" in project.run("sync").stdout
    assert tip(origin).parent_ids == [merge]


def test_what_stood_only_on_a_merged_side_is_no_state_of_a_pod(project, origin, monkeypatch):
    """By first parents: a side may have gone back and forth, and nobody saw it."""
    first, step = begin_promotion(project, origin)
    merged = now()
    stale = committed_at(origin, merged + SETTLE, [first.id], first.tree_id)
    move(origin, committed_at(origin, merged, [first.id, stale], step.tree_id))
    set_clock(monkeypatch, merged + SETTLE)

    result = project.run("sync")

    assert "labels stable 1 -> 2" in result.stdout


@pytest.mark.parametrize("remote", [False, True], ids=["local", "http"])
def test_after_a_force_push_steps_begin_at_what_the_branch_has_now(
    project, origin, git_server, remote
):
    """The lost commits are made again one by one; none is skipped."""
    delivery = {"settle": "0s"} | ({"repository": git_server.url} if remote else {})
    project.environment(policy=FOLLOWING, delivery=delivery)
    project.publish("a", 1)
    project.run("sync")
    first = tip(origin)
    project.publish("a", 2)
    for _ in range(3):
        project.run("sync")
    assert (served(origin), labels(origin)) == ([2], {"stable": 2})
    move(origin, first.id)

    steps = []
    for _ in range(3):
        assert project.run("sync").exit_code == 0
        steps.append((served(origin), labels(origin)))

    assert steps == [([1, 2], {"stable": 1}), ([1, 2], {"stable": 2}), ([2], {"stable": 2})]
    assert "nothing to commit" in project.run("sync").stdout


def test_after_a_force_push_to_another_history_the_first_sync_is_made_again(serving, origin):
    """Nothing of what was there before is needed."""
    empty = origin.repo.TreeBuilder().write()
    move(origin, committed_at(origin, now(), [], empty))

    result = serving.run("sync")

    assert result.exit_code == 0
    assert "+ a: versions none -> 1" in result.stdout
    assert [one.splitlines()[0] for one in origin.log()] == [
        "models(dev): a +1, b +1",
        "a person's commit",
    ]


def test_a_clock_behind_the_last_commit_makes_no_step_early(project, origin, monkeypatch):
    """The step is due by the time of the commit, and is made when the clock gets there."""
    begin_promotion(project, origin)
    ahead = now() + timedelta(hours=1)
    restamp(origin, ahead)

    assert due(project) == ahead + SETTLE
    assert "nothing to commit" in project.run("sync").stdout
    set_clock(monkeypatch, ahead + SETTLE)
    assert "labels stable 1 -> 2" in project.run("sync").stdout


def test_a_step_that_was_committed_by_a_clock_behind_still_settles(project, origin, monkeypatch):
    """A branch never got a commit before it got the parent of it."""
    project.environment(policy=FOLLOWING)
    project.publish("a", 1)
    project.run("sync")
    ahead = now() + timedelta(hours=1)  # our clock is an hour behind the one that made this
    restamp(origin, ahead)
    project.publish("a", 2)
    project.run("sync")
    assert (served(origin), labels(origin)) == ([1, 2], {"stable": 1})
    set_clock(monkeypatch, ahead + timedelta(minutes=1))  # set right, a minute later

    result = project.run("sync")

    assert "nothing to commit" in result.stdout


def test_a_state_on_a_second_parent_is_one_that_pods_may_hold(project, origin, monkeypatch):
    """`git pull` on a stale clone puts our commits there, and pods have seen them."""
    first, step = begin_promotion(project, origin)
    merged = now() + timedelta(minutes=1)
    mine = committed_at(origin, merged, [first.id], first.tree_id)
    move(origin, committed_at(origin, merged, [mine, step.id], step.tree_id))
    set_clock(monkeypatch, merged + SETTLE - timedelta(seconds=1))

    assert "nothing to commit" in project.run("sync").stdout
    set_clock(monkeypatch, merged + SETTLE + timedelta(seconds=1))
    assert "labels stable 1 -> 2" in project.run("sync").stdout


def test_an_edit_of_the_config_that_was_undone_is_one_that_pods_may_hold(
    project, origin, monkeypatch
):
    """A pod that has read it has unloaded a version, which no label may move to at once."""
    project.environment(policy=[{"match": "*", "versions": {"pin": [1, 2]}, "labels": {"x": 1}}])
    project.publish("a", 1)
    project.publish("a", 2)
    project.run("sync")
    config = f"{LOCK.rpartition('/')[0]}/models.config"
    whole = origin.files()[config]
    origin.commit({config: whole.replace(b"        versions: 2\n", b"")}, "by hand")
    restamp(origin, now() + timedelta(minutes=20))
    origin.commit({config: whole}, "undone")
    restamp(origin, now() + timedelta(minutes=21))
    set_clock(monkeypatch, now() + timedelta(minutes=22))
    project.environment(policy=[{"match": "*", "versions": {"pin": [1, 2]}, "labels": {"x": 2}}])

    early = project.run("sync")
    set_clock(monkeypatch, now() + timedelta(minutes=40))
    late = project.run("sync")

    assert labels(origin) == {"x": 2}
    assert "labels x 1 -> 2" not in early.stdout
    assert "labels x 1 -> 2" in late.stdout


def test_a_date_far_ahead_is_told(project, origin):
    """Steps wait for it; a newer commit with a right date ends that."""
    begin_promotion(project, origin)
    restamp(origin, now() + timedelta(days=2000))

    result = project.run("sync")

    assert "warning: clock: the newest commit of 'main' is dated" in result.stdout
    origin.commit({"x": b"1"}, "newer")
    restamp(origin, now() + timedelta(seconds=1))
    assert "warning: clock" not in project.run("sync").stdout
