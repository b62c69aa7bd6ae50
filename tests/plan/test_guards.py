"""Guards: a plan that takes too much away is refused."""

import pytest

from generator.catalog.catalog import Version
from generator.errors import Refusal
from generator.lock.lock import Lock
from generator.plan import guards
from tests.kit.decisions import decide
from tests.kit.plans import LATEST, NOTHING
from tests.kit.strategies import (
    catalog,
    environment,
    model,
    rule,
    served,
    version,
)


def fleet(count: int) -> tuple[Lock, list[Version]]:
    """Return a lock of this many models, and their versions."""
    versions = [version(f"m{number:02}", 1) for number in range(count)]
    return served(*(model(item.base_path, item) for item in versions)), versions


@pytest.mark.parametrize(
    ("limit", "of", "removed", "refused"),
    [
        (None, 5, 1, False),
        (None, 5, 2, True),
        (None, 30, 3, False),
        (None, 30, 4, True),
        (0, 5, 0, False),
        (0, 5, 1, True),
        (3, 5, 3, False),
        (3, 5, 4, True),
        ("40%", 5, 2, False),
        ("40%", 5, 3, True),
        ("100%", 5, 4, False),
        ("100%", 5, 5, True),
        (None, 1, 1, True),
    ],
)
def test_more_removals_than_the_limit_are_refused(limit, of, removed, refused):
    """And every model at once always is: that is a lost bucket more often than a wish."""
    env = environment(rule(), removals=limit)
    before, versions = fleet(of)
    plan = decide(env, catalog(*versions[removed:]), before)
    error = guards.removals(plan, before, env.delivery)
    if not refused:
        assert error is None
        return
    assert error.code is Refusal.REMOVALS
    head, *gone = error.problems
    assert gone == [f"  - m{number:02}" for number in range(removed)]
    everything = removed == of
    what = "every model" if everything else f"{removed} of {of} models"
    assert f"prod: this would remove {what}; " in head
    assert ("always needs `--allow-removals`" in head) is everything
    assert (env.delivery.removal_limit_text in head) is not everything
    assert "--allow-removals" in error.hint


def test_updates_and_additions_are_no_removals():
    """Only a name that goes away counts."""
    env = environment(rule(), removals=0)
    before, versions = fleet(3)
    newer = [version(item.base_path, 2) for item in versions]
    plan = decide(env, catalog(*versions, *newer, version("x", 1)), before)
    assert len(plan.changes) == 4
    assert guards.removals(plan, before, env.delivery) is None


def test_an_empty_store_is_nothing_to_refuse_where_nothing_is_served():
    """The first sync of an empty fleet is quiet."""
    assert guards.removals(decide(LATEST, catalog(), NOTHING), NOTHING, LATEST.delivery) is None
