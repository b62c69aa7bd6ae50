"""`generator.plan.steps_ahead`: what is foretold is what the syncs then do."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.lock.lock import Lock, LockState
from generator.plan.git_steps import stage
from generator.plan.plan import Plan
from generator.plan.steps_ahead import StepsAhead, foreseen
from tests.kit.strategies import MOMENT, URL, model, served, version

SETTLE = timedelta(minutes=10)


def lock(*numbers, **labels):
    """Return a lock of the model `a`."""
    return served(model("a", *(version("a", number) for number in numbers), **labels))


def ahead(before, wanted, age=timedelta(days=1)):
    """Return the steps from a lock of some age to another one."""
    history = [LockState(MOMENT - age, before)]
    return foreseen("a", Plan("prod", wanted), history, MOMENT, SETTLE)


@pytest.mark.parametrize(
    ("before", "wanted", "commits", "waits"),
    [
        (lock(1), lock(1), 0, None),
        (lock(1), lock(1, 2), 1, 0),
        (lock(1, 2), lock(2), 1, 0),
        (lock(2), lock(1), 2, 1),
        (lock(2, stable=2), lock(1, stable=1), 3, 2),
        (Lock("prod", URL), lock(1), 1, 0),
    ],
)
def test_each_step_waits_until_the_one_before_has_settled(before, wanted, commits, waits):
    """The first is made now; a rollback adds the old version, moves labels, drops the new one."""
    done = None if waits is None else MOMENT + waits * SETTLE

    assert ahead(before, wanted) == StepsAhead(commits, done)


def test_a_change_that_has_not_settled_yet_is_waited_for():
    """A pod may hold what was there before it."""
    history = [
        LockState(MOMENT - timedelta(minutes=4), lock(1, 2, stable=1)),
        LockState(MOMENT - timedelta(days=1), lock(1, stable=1)),
    ]
    wanted = Plan("prod", lock(1, 2, stable=2))

    found = foreseen("a", wanted, history, MOMENT, SETTLE)

    assert found == StepsAhead(1, MOMENT + timedelta(minutes=6))


VERSIONS = st.sets(st.integers(1, 3), min_size=1)


@given(VERSIONS, VERSIONS, st.data())
def test_what_is_foretold_is_what_syncs_do(before, wanted, data):
    """Each minute one: so many change the model, and the last of them at that time."""
    old, new = (
        lock(*them, stable=data.draw(st.sampled_from([*them]))) for them in (before, wanted)
    )
    told = ahead(old, new)

    past = [LockState(MOMENT - timedelta(days=1), old)]
    made = []
    for minute in range(60):
        now = MOMENT + timedelta(minutes=minute)
        since = next(i for i, it in enumerate(past) if it.at <= now - SETTLE)
        step = stage(Plan("prod", new), past[: since + 1], now, int(SETTLE.total_seconds()))
        if step.lock != past[0].lock:
            past.insert(0, LockState(now, step.lock))
        made += [now] * bool(step.changes)

    assert (told.commits, told.done) == (len(made), made[-1] if made else None)
    assert past[0].lock.by_name["a"].state == new.by_name["a"].state
