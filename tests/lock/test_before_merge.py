"""`generator.lock.merge`: what a merge itself did to the models that its sides brought."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.lock.changes import changes_between
from generator.lock.lock import Lock
from generator.lock.merge import before_merge
from tests.kit.strategies import URL, model, version

STATES = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 3))


def lock_of(state):
    """Return a lock of models, each with one version."""
    models = (model(name, version(name, number)) for name, number in sorted(state.items()))
    return Lock("prod", URL, tuple(models))


@given(STATES, STATES, st.sets(st.sampled_from("abcd")))
def test_a_merge_of_sides_that_changed_other_models_did_nothing(base, wanted, of_the_first):
    """Each model that comes, changes or goes is the change of its own side."""

    def side(names):
        chosen = base | {name: it for name, it in wanted.items() if name in names}
        gone = names - wanted.keys()
        state = {name: it for name, it in chosen.items() if name not in gone}
        return lock_of(base).succeeded_by(lock_of(state))

    sides = side(of_the_first), side(set("abcd") - of_the_first)
    merged = lock_of(base).succeeded_by(lock_of(wanted))

    before = before_merge(sides, lock_of(base), merged)

    assert changes_between(before, merged, {}) == ()
    assert before.generations == merged.generations


@given(STATES, STATES, STATES)
def test_what_no_side_has_is_the_change_of_the_merge(base, first, second):
    """A model that a person gave another state while merging."""
    sides = [lock_of(base).succeeded_by(lock_of(it)) for it in (first, second)]
    other = lock_of({"a": 9})

    before = before_merge(sides, lock_of(base), replace(other, removed=sides[0].removed))

    assert "a" in {change.model for change in changes_between(before, other, {})}
