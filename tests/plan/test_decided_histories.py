"""Random histories of a store and a policy, each planned and applied in turn."""

from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.catalog import Catalog
from generator.catalog.held_set import HeldSet
from generator.environment.policy import policy_for
from generator.lock.lock import Lock, ServedModel
from generator.plan.plan import Plan
from tests.kit.decisions import decide
from tests.kit.plans import NOTHING, numbers
from tests.kit.strategies import catalogs, environments

histories = st.lists(st.tuples(environments, catalogs()), min_size=1, max_size=4)


def replayed(history: list) -> list[tuple[object, Catalog, Lock, Plan]]:
    """Run a history of policies and stores, each from the lock of the one before."""
    before, steps = NOTHING, []
    for env, found in history:
        plan = decide(env, found, before)
        steps.append((env, found, before, plan))
        before = plan.lock
    return steps


@given(histories)
def test_a_plan_that_was_applied_has_nothing_left_to_do(history):
    """No change, no commit: the second sync of the same inputs is quiet.

    Unless the plan forgot a base path of which nothing is proven: a name that it held is free.
    """
    for env, found, before, plan in replayed(history):
        left = {item.base_path for item in (*found.versions, *plan.lock.models)}
        if not {item.base_path for item in before.models} <= left:
            continue
        again = decide(env, found, plan.lock)
        assert again.changes == ()
        assert again.lock == plan.lock
        assert again.unchanged == len(plan.lock.models)
        assert set(again.degraded) == set(plan.degraded)


@given(histories)
def test_every_version_of_a_plan_is_proven_or_was_served_before(history):
    """Nothing is published from a held version, whatever else goes wrong."""
    for _, found, before, plan in replayed(history):
        earlier = {item for old in before.models for item in old.versions}
        for item in plan.lock.models:
            assert item.versions
            assert set(item.versions) <= {*found.versions} | earlier
            assert {one.base_path for one in item.versions} == {item.base_path}
            assert item.numbers == tuple(sorted(set(item.numbers)))
            assert {to for _, to in item.labels} <= set(item.numbers)
        names = [item.name for item in plan.lock.models]
        assert names == sorted(set(names))


@given(histories)
def test_a_served_number_never_changes_its_content(history):
    """A pod that has a version loaded would not read it again."""
    for _, _, before, plan in replayed(history):
        for old in before.models:
            new = plan.lock.by_name.get(old.name)
            contents = {item.version: item.digest for item in new.versions} if new else {}
            for item in old.versions:
                assert contents.get(item.version, item.digest) == item.digest


@given(histories)
def test_a_served_model_goes_only_if_policy_or_exporter_took_it_away(history):
    """A model that has a rule and a version that is still there, proven or held, is served."""
    for env, found, before, plan in replayed(history):
        for old in before.models:
            policy = policy_for(env.policy, old.base_path)
            if policy is None or policy.excluded or not still_there(old, found):
                continue
            served_paths = {item.base_path for item in plan.lock.models}
            assert old.name in numbers(plan) or old.base_path in served_paths


def still_there(old: ServedModel, found: Catalog) -> bool:
    """Whether any served version is proven as it was, or held."""
    withheld = HeldSet.of(found.held)
    return any(item in found.versions or item in withheld for item in old.versions)


@given(histories)
def test_changes_tell_the_whole_difference_of_two_locks(history):
    """A commit message that is made of them leaves nothing out."""
    for _, _, before, plan in replayed(history):
        assert {change.model for change in plan.changes} == {
            name
            for name in before.by_name.keys() | plan.lock.by_name.keys()
            if before.by_name.get(name) != plan.lock.by_name.get(name)
        }
        assert all(change.reasons for change in plan.changes)
