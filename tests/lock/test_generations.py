"""Generations: each model counts its own changes, so the commits of two models stay apart."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from msgspec.structs import replace

from generator.lock.lock import Lock, LockState
from generator.lock.lock_file import dump, load
from generator.lock.notes import Failed, Removed
from generator.lock.reverts import reverted
from tests.kit.committed import LOCK, served, write_policy
from tests.kit.strategies import URL, any_lock, model, version


def generations(origin):
    """Return the generation of each served model, and of the lock itself."""
    lock = json.loads(origin.files()[LOCK])
    models = {name: it["generation"] for name, it in lock["models"].items()}
    return models, lock["generation"]


@pytest.fixture
def fleet(project):
    """Return the project of `a 1, 2`, to which `b 1, 2` and `c 1` came later."""
    for name, number in (("b", 1), ("c", 1), ("b", 2)):
        project.publish(name, number)
        project.run("sync")
    return project


def test_each_model_counts_its_own_changes(fleet, origin):
    """What another one went through is not in its lines."""
    assert generations(origin) == ({"a": 2, "b": 2, "c": 1}, 0)


@pytest.mark.parametrize(
    ("commits_ago", "then"),
    [
        (0, {"a": [1, 2], "b": [1], "c": [1]}),
        (1, {"a": [1, 2], "b": [1, 2], "c": None}),
        (3, {"a": [1], "b": [1, 2], "c": [1]}),
    ],
)
def test_the_revert_of_an_older_commit_has_no_conflict(fleet, origin, git, commits_ago, then):
    """And it is respected: the sync after it changes nothing."""
    git("revert", "--no-edit", f"HEAD~{commits_ago}")

    result = fleet.run("sync")

    assert {name: served(origin, name) for name in "abc"} == then
    assert "taken-back" in result.stdout
    assert "nothing to commit" in result.stdout


def test_a_model_that_comes_back_goes_on_counting(project, origin):
    """The lock remembers that it was there: a revert of its removal would bring a lower number."""
    write_policy(project, {"match": "a", "exclude": True}, latest=2)
    project.run("sync", "--allow-removals")
    assert json.loads(origin.files()[LOCK])["removed"][0]["generation"] == 3
    write_policy(project, latest=2)
    project.run("sync")

    assert generations(origin) == ({"a": 4}, 0)
    assert "removed" not in json.loads(origin.files()[LOCK])


def test_a_removal_outlives_the_changes_of_others(project, origin, git):
    """Its revert still tells that a person took it back."""
    project.publish("b", 1)
    project.run("sync")
    write_policy(project, {"match": "a", "exclude": True}, latest=2)
    project.run("sync", "--allow-removals")
    project.publish("b", 2)
    project.run("sync")
    git("revert", "--no-edit", "HEAD~1")

    result = project.run("sync", "--allow-removals")

    assert served(origin) == [1, 2]
    assert "from 1, 2 to nothing" in result.stdout


def test_the_revert_of_the_first_of_two_reverts_is_respected(fleet, origin, git):
    """Each model goes back and forth for itself, and the other stays where a person put it."""
    git("revert", "--no-edit", "HEAD~3")
    git("revert", "--no-edit", "HEAD~1")
    assert (served(origin, "a"), served(origin, "b")) == ([1], [1])
    git("revert", "--no-edit", "HEAD~1")

    result = fleet.run("sync")

    assert (served(origin, "a"), served(origin, "b")) == ([1, 2], [1])
    assert result.stdout.count("taken-back") == 1


# --- values -----------------------------------------------------------------------------


def states(*locks):
    """Return the states of a branch that got *locks*, newest first."""
    return [LockState(datetime(2026, 1, 1, tzinfo=UTC), it) for it in locks]


A1, A2 = (model("a", version("a", number)) for number in (1, 2))


@given(any_lock(), any_lock())
def test_every_change_of_ours_adds_to_the_generation(before, wanted):
    """Of each model that changes by one, and of no other."""
    after = before.succeeded_by(replace(wanted, removed=(), own_generation=0))

    if after is before:
        assert before.state == wanted.state
        return
    assert after.generation > before.generation
    old, new = before.by_name, after.by_name
    for name in old.keys() | new.keys():
        is_same = name in old and name in new and old[name].state == new[name].state
        if name in new:
            known = before.generations.get(name, 0)
            assert new[name].generation == known + (not is_same)


def test_a_change_of_no_model_counts_for_the_lock():
    """Another store, or another way to read: a revert of it goes back too."""
    lock = Lock("prod", URL, (replace(A1, generation=2),), own_generation=1)

    after = lock.succeeded_by(replace(lock, reading="tflite"))

    assert (after.own_generation, after.generations) == (2, {"a": 2})


def test_to_forget_a_failure_of_what_stays_is_a_change_and_of_what_is_not_served_is_none():
    """What is not served, the lock forgets with the next change: nothing is held for it now."""
    here, there = (Failed("a", it.version, it.digest) for it in (*A1.versions, *A2.versions))
    lock = replace(Lock("prod", URL, (A1,)), failed=(here, there))

    after = lock.succeeded_by(replace(lock, failed=(there,)))

    assert (after.failed, after.own_generation, after.generations) == ((there,), 1, {"a": 0})
    assert lock.succeeded_by(replace(lock, failed=(here,))) is lock
    assert after.succeeded_by(replace(after, failed=(here, there))) is after


def test_a_lock_of_an_older_release_is_read_and_goes_on():
    """It counted for all models, named what waits beside them, and kept a digest of the inputs."""
    data = json.loads(dump(Lock("prod", URL, (A1,), own_generation=7)))
    del data["models"]["a"]["generation"]
    data |= {
        "inputs": "sha256:0",
        "deferred": [{"model": "a", "versions": [2], "labels": {}}],
        "removed": [{"model": "b", "inputs": "sha256:1"}],
    }

    old = load(json.dumps(data), "x")

    assert (old.generation, old.pending[0].versions) == (7, (2,))
    assert old.removed == (Removed("b", "sha256:1"),)
    new = old.succeeded_by(replace(old, models=(A2,), pending=()))
    assert (new.generation, new.own_generation, new.generations["a"]) == (8, 7, 1)
    assert reverted(states(new, old)) == frozenset()
    assert reverted(states(old, new, old)) == {("a", A2.inputs)}


def test_a_revert_of_one_model_takes_no_other_back():
    """The other one went on above it, with numbers that only went up."""
    b1, b2 = (replace(model("b", version("b", it)), generation=it) for it in (1, 2))
    a1, a2 = replace(A1, generation=1), replace(A2, generation=2)
    locks = [Lock("prod", URL, both) for both in ((a1, b2), (a2, b2), (a2, b1), (a1, b1))]

    assert reverted(states(*locks)) == {("a", A2.inputs)}


def test_new_pods_are_told_a_generation_that_only_models_change():
    """A commit for a setting that no pod notices replaces none, so that they keep their number."""
    lock = Lock("prod", URL, (model("a", version("a", 1)),), own_generation=5)
    lock = replace(lock, models=(replace(lock.models[0], generation=2),))
    rolling = replace(lock, settings={"serving": {"reload": "rolling"}})

    assert (lock.generation, lock.pods_generation) == (7, 7)
    assert (rolling.generation, rolling.pods_generation) == (7, 2)
    assert replace(rolling, own_generation=6).pods_generation == 2
