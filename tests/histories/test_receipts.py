"""Whatever happens, a sync with a cache ends as one without: the same trees, the same words."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.kit.examples import costly
from tests.kit.pairs import play

CHANGES = ["publish", "overwrite", "lose", "withdraw", "spoil", "policy", "revert", "propose"]
CHANGES += ["window", "freeze"]
ACTS = st.one_of(
    st.tuples(st.sampled_from(CHANGES), st.integers(0, 1), st.integers(1, 3)),
    st.tuples(st.just("wait"), st.just(0), st.integers(0, 3)),
    st.tuples(st.just("sync"), st.just(0), st.integers(0, 1)),
)
SYNC, WAIT = ("sync", 0, 0), ("wait", 0, 1)
QUIET = [("publish", 0, 1), SYNC, SYNC, SYNC, WAIT, SYNC, SYNC]
HELD = [("publish", 0, 1), ("publish", 1, 1), ("lose", 1, 1), *[SYNC] * 4, ("lose", 1, 1), SYNC]
YOUNG = [("policy", 0, 4), ("publish", 0, 1), SYNC, SYNC, ("wait", 0, 2), SYNC, SYNC, SYNC]
SHUT = [("publish", 0, 1), *[SYNC] * 2, ("window", 0, 1), ("publish", 0, 2), *[SYNC] * 4]
SHUT += [("wait", 0, 2), SYNC, SYNC, ("wait", 0, 2), SYNC]
FROZEN = [("publish", 0, 1), SYNC, ("freeze", 0, 2), ("publish", 0, 2), *[SYNC] * 4]
FROZEN += [*[("wait", 0, 2), SYNC] * 2]
slow = settings(
    max_examples=costly(30, night=600),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
)


@pytest.mark.parametrize(
    "history", [QUIET, HELD, YOUNG, SHUT, FROZEN], ids=["quiet", "held", "young", "shut", "frozen"]
)
def test_a_cached_sync_ends_as_one_without_a_cache(history):
    """And some of them read no branch: else nothing would be compared."""
    silent = []

    play(history, lambda pair: silent.append(pair.silent))

    assert silent[0] >= 2


@pytest.mark.slow
@slow
@example(QUIET)
@given(st.lists(ACTS, min_size=4, max_size=24))
def test_random_histories_with_and_without_a_cache_end_in_the_same_commits(history):
    """After each sync: trees, subjects of commits, exit codes, and every word that was said."""
    play(history)
