"""`generator.plan.harm`: what a window never stops, and nothing else."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from msgspec.structs import replace

from generator.lock.changes import changes_between
from generator.lock.commit import Commit
from generator.lock.history import LockRevision
from generator.lock.lock import Lock
from generator.lock.notes import Removed
from generator.plan import harm
from generator.plan.context import Facts
from tests.kit.strategies import model, served, version

V1, V2, V3 = (version("m", number) for number in (1, 2, 3))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def m(*versions, inputs="", **labels):
    """Return the model m as it is served."""
    return replace(model("m", *versions, **labels), inputs=inputs)


def lock(one=None):
    """Return a lock with one model, or none."""
    return served(*([one] if one else []))


def way_back(after, now, *before):
    """Whether a change to *after* is a way back; *before* are the states, newest first."""
    changes = changes_between(lock(now), lock(after), {})
    applied = replace(lock(now), removed=() if now else (Removed("m", "", 2),))
    states = [now, *before]
    past = [
        LockRevision(Commit("1", NOW, "me", "x"), lock(then), lock(later))
        for later, then in pairwise(states)
    ]
    asked = harm.candidates(changes, applied)
    return "m" in harm.ways_back(changes, asked, past)


def test_what_was_served_before_is_the_way_back():
    """Versions, labels and objects, all of it; also from before more than one change."""
    first, second, third = m(V1), m(V2), m(V3)

    assert way_back(second, third, second, first, None)
    assert way_back(first, third, second, first, None)
    assert not way_back(m(V2), m(V3), m(V1), None)
    assert not way_back(m(version("m", 1, "second")), third, second, first, None)
    assert not way_back(m(V1), third, m(V1, V2), None)


def test_each_step_of_a_way_back_is_one():
    """It would be the worst place to stop: back in Git, and no label moved."""
    old, new = m(V1, stable=1), m(V2, stable=2)
    there = [m(V1, V2, stable=1), old, None]
    beside, moved = m(V1, V2, inputs="pin", stable=2), m(V1, V2, inputs="pin", stable=1)

    assert way_back(old, new, m(V1, V2, stable=2), *there)
    assert way_back(old, beside, new, m(V1, V2, stable=2), *there)
    assert way_back(old, moved, beside, new, m(V1, V2, stable=2), *there)


def test_a_way_forward_that_has_begun_is_none():
    """Each state on it is one that servers live with."""
    old, new = m(V1, stable=1), m(V2, stable=2)
    beside, moved = m(V1, V2, stable=1), m(V1, V2, stable=2)

    assert not way_back(new, beside, old, None)
    assert not way_back(new, moved, beside, old, None)
    assert not way_back(new, moved, beside, old, new, None)  # it was there before a rollback


def test_what_was_dropped_may_come_back_and_a_label_may_go_back():
    """Somebody may have asked for the old version by its number."""
    assert way_back(m(V1, V2), m(V2), m(V1, V2), None)
    assert way_back(m(V1, V2, a=1), m(V1, V2, a=2), m(V1, V2, a=1), None)


def test_forward_again_is_no_way_back():
    """After a rollback, what was rolled back stood there before the last change, too."""
    old, new = m(V1, inputs="a"), m(V2, inputs="b")

    assert not way_back(new, replace(old, inputs="c"), new, old, None)
    assert not way_back(
        m(V1, V2, inputs="d", stable=2),
        m(V1, V2, inputs="c", stable=1),
        m(V1, V2, inputs="b", stable=2),
        None,
    )


def test_a_model_that_was_added_last_may_go_and_one_that_was_removed_last_may_come_back():
    """Nothing is what was there before."""
    only = m(V1, inputs="a")

    assert way_back(None, only, None)
    assert not way_back(None, m(V1, V2), only, None)
    assert way_back(only, None, only, None)
    assert not way_back(only, None)


def test_a_new_upload_asks_nobody_for_the_past():
    """The common change of a night costs no reading of the branch."""
    changes = changes_between(lock(m(V1)), lock(m(V2)), {})

    assert harm.candidates(changes, lock(m(V1))) == frozenset()
    assert harm.ways_back(changes, frozenset(), iter(lambda: pytest.fail("read"), None)) == set()


@pytest.mark.parametrize(
    ("before", "after", "lost", "goes"),
    [
        (m(V1, V2), m(V1), [V2], True),
        (m(V1), None, [V1], True),
        (m(V1, V2, stable=2), m(V1), [V2], True),
        (m(V1, V2, stable=1), m(V1, stable=1), [V2], True),
        (m(V1, V2), m(V1), [], False),  # its rule takes it away
        (m(V1, V2, V3), m(V1), [V2], False),  # and with it another one
        (m(V2), m(V1), [V2], False),  # something comes in its place
        (m(V1, V2, stable=2), m(V1, stable=1), [V2], False),  # a label goes elsewhere
        (m(V1, V2), m(V1, V3), [V2], False),
        (m(V1, V2, V3, stable=3), m(V1, V3, stable=1), [V2], False),
        (m(V1, V2, V3, stable=3), m(V1, V3), [V2], False),
    ],
)
def test_what_the_store_has_lost_goes_at_once_if_that_is_all(before, after, lost, goes):
    """An upload that replaces a version by deleting the last one waits like any other."""
    changes = changes_between(lock(before), lock(after), {})
    facts = Facts(deleted=frozenset(it.path for it in lost))

    assert harm.removals(changes, facts) == (frozenset({"m"}) if goes else frozenset())


def test_no_change_is_no_harm():
    """Nor is a model that comes."""
    assert harm.removals(changes_between(Lock("prod", ""), lock(m(V1)), {}), Facts()) == set()
