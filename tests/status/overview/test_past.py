"""`generator.status.overview.past`: since when what is served is served."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.lock.commit import Commit
from generator.lock.lock import Lock, ServedModel
from generator.status.overview.past import past_of
from tests.kit.strategies import MOMENT, version

STATES = st.fixed_dictionaries({}, optional={name: st.integers(1, 2) for name in "ab"})


def lock_of(state, generation):
    """Return a lock of models, each with one version."""
    models = (ServedModel(name, name, (version(name, n),)) for name, n in sorted(state.items()))
    return Lock("dev", "s3://models", tuple(models), own_generation=generation)


def log_of(states):
    """Return the log of a branch that had *states*, newest first; equal neighbours share a lock."""
    log, lock = [], None
    for age, state in reversed([*enumerate(states)]):
        if lock is None or state != states[age + 1]:
            lock = lock_of(state, len(states) - age)
        log.insert(0, (Commit(f"c{age}", MOMENT - timedelta(hours=age), "A", "m"), lock))
    return log


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
    past = past_of(log[0][1], iter(log))

    assert past.reach is None
    assert past.commit.id == expected(states, lambda state: state)
    assert {name: one.id for name, one in past.by_model.items()} == {
        name: expected(states, lambda state, name=name: state.get(name)) for name in states[0]
    }


@given(st.lists(STATES, min_size=2, max_size=8), st.integers(1, 8))
def test_what_is_older_than_was_read_has_no_age_but_a_bound(states, most):
    """The past is read no further than was allowed, and nothing is made up."""
    log = log_of(states)
    whole, part = past_of(log[0][1], iter(log)), past_of(log[0][1], iter(log), most)

    assert part.by_model.items() <= whole.by_model.items()
    assert part.commit in {None, whole.commit}
    if part != whole:
        assert part.reach == MOMENT - timedelta(hours=most - 1)


def test_the_past_is_read_no_further_than_needed():
    """A branch of years is not read for a change of today."""
    log = log_of([{"a": 2}, {"a": 1}, {"a": 1}])

    def limited():
        yield from log[:2]
        pytest.fail("it was read on")

    assert past_of(log[0][1], limited()).since("a") == MOMENT


def test_what_a_person_edited_beside_the_lock_came_with_the_newest_commit():
    """Servers have another state than the lock of that commit; the older ones say who has it."""
    log = log_of([{"a": 1}, {"a": 1}])
    served = replace(log[0][1], models=lock_of({"a": 2}, 1).models)

    assert past_of(served, iter(log)).by_model["a"].id == "c0"


def test_without_a_commit_there_is_no_past():
    """A branch that is not there yet."""
    past = past_of(lock_of({}, 0), iter(()))

    assert (past.commit, past.reach, past.since("a")) == (None, None, None)
