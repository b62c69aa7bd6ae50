"""`generator.status.overview.past`: since when what is served is served."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.lock.commit import Commit
from generator.lock.history import LockRevision
from generator.lock.lock import Lock, ServedModel
from generator.status.overview.past import past_of
from tests.kit.strategies import MOMENT, version

STATES = st.fixed_dictionaries({}, optional={name: st.integers(1, 2) for name in "ab"})


def lock_of(state, generation):
    """Return a lock of models, each with one version."""
    models = (ServedModel(name, name, (version(name, n),)) for name, n in sorted(state.items()))
    return Lock("dev", "s3://models", tuple(models), own_generation=generation)


def log_of(states):
    """Return the log of a branch that had *states*, newest first: the commits that changed it."""
    locks = [lock_of(state, len(states) - age) for age, state in enumerate([*states, {}])]
    return [
        LockRevision(Commit(f"c{age}", MOMENT - timedelta(hours=age), "A", "m"), before, after)
        for age, (after, before) in enumerate(pairwise(locks))
        if before.state != after.state
    ]


def past(served, log):
    """Return the past of what is committed as it is served."""
    return past_of(served, served, iter(log))


def expected(states, view):
    """Return the age of the oldest commit since which *view* of the state is what it is now."""
    ages = 0
    while ages + 1 < len(states) and view(states[ages + 1]) == view(states[0]):
        ages += 1
    return f"c{ages}"


@given(st.lists(STATES, min_size=1, max_size=8))
def test_each_model_is_as_old_as_its_state(states):
    """Whatever else changed since; a model that left and came back is as old as its return."""
    log = log_of(states)
    found = past(lock_of(states[0], 0), log)

    assert found.reach is None or not log
    assert not log or found.commit.id == expected(states, lambda state: state)
    assert {name: one.id for name, one in found.by_model.items()} == {
        name: expected(states, lambda state, name=name: state.get(name)) for name in states[0]
    }


@given(st.lists(STATES, min_size=2, max_size=8), st.integers(1, 8))
def test_what_is_older_than_was_read_has_no_age_but_a_bound(states, most):
    """The past is read no further than was allowed, and nothing is made up."""
    log = log_of(states)
    served = lock_of(states[0], 0)
    whole, part = past(served, log), past(served, log[:most])

    assert part.by_model.items() <= whole.by_model.items()
    if part != whole:
        assert part.reach == log[:most][-1].commit.at
        older = {one.at for name, one in whole.by_model.items() if name not in part.by_model}
        assert all(at < part.reach for at in older)


def test_the_past_is_read_no_further_than_needed():
    """A branch of years is not read for a change of today."""
    log = log_of([{"a": 2}, {"a": 1}])

    def limited():
        yield log[0]
        pytest.fail("it was read on")

    assert past(log[0].after, limited()).since("a") == MOMENT


def test_what_another_side_of_a_merge_changed_is_not_the_commits():
    """The commit of one side has not what the other one did."""
    old, new = lock_of({"a": 1, "b": 1}, 1), lock_of({"a": 2, "b": 2}, 3)
    sides = lock_of({"a": 2, "b": 1}, 2), lock_of({"a": 1, "b": 2}, 2)
    log = [
        LockRevision(Commit(f"c{age}", MOMENT - timedelta(hours=age), "A", "m"), old, side)
        for age, side in enumerate(sides)
    ]

    found = past(new, log)

    assert {name: one.id for name, one in found.by_model.items()} == {"a": "c0", "b": "c1"}


def test_what_a_person_edited_beside_the_lock_came_with_the_newest_commit():
    """Servers have another state than the lock of that commit; the older ones say who has it."""
    log = log_of([{"a": 1}])
    served = replace(log[0].after, models=lock_of({"a": 2}, 1).models)

    assert past_of(served, log[0].after, iter(log)).by_model["a"].id == "c0"


def test_without_a_commit_there_is_no_past():
    """A branch that is not there yet."""
    found = past(lock_of({}, 0), ())

    assert (found.commit, found.reach, found.since("a")) == (None, None, None)
