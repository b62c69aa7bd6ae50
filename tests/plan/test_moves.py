"""Moves: models that get another name or base path are served all the time."""

import pytest
from msgspec.structs import replace

from generator.environment.environment import Choice
from generator.lock.changes import Action
from tests.kit.decisions import decide
from tests.kit.plans import (
    A1,
    B1,
    B2,
    LATEST,
    MOVE,
    ONE,
    holds,
    numbers,
)
from tests.kit.strategies import (
    catalog,
    environment,
    held_index,
    held_version,
    model,
    pin,
    rule,
    served,
    version,
)


def test_a_base_path_move_with_overlapping_versions_is_held():
    """A server that has version 1 loaded would never read the other one."""
    before = served(replace(model("m", A1), labels=(("stable", 1),)))
    plan = decide(MOVE, catalog(B1, B2), before)
    assert plan.lock == before
    assert holds(plan) == {("name-collision", "m", 1)}
    (hold,) = plan.held
    assert hold.index == B1.index.key
    assert hold.problems == ("model 'm' is served from 'a'; 'b' has the same version numbers: [1]",)


def test_a_base_path_move_without_overlap_is_made():
    """The new versions have other numbers: a server loads them and drops the old."""
    plan = decide(MOVE, catalog(A1, B2), served(model("m", A1)))
    assert plan.lock.by_name["m"].base_path == "b"
    assert numbers(plan) == {"m": (2,), "old": (1,)}


@pytest.mark.parametrize(
    ("env", "found"),
    [
        (MOVE, catalog(held=(held_version("b", 2),))),
        (environment(rule("b", name="m", versions=pin(9))), catalog(B2)),
    ],
)
def test_a_base_path_move_waits_until_there_is_something_to_move_to(env, found):
    """A name that is served does not go away for a version that is held."""
    before = served(model("m", A1))
    plan = decide(env, found, before)
    assert plan.lock == before
    assert plan.held


@pytest.mark.parametrize(
    ("env", "found"),
    [
        (environment(rule("b", name="m", versions=pin(1, 2))), catalog(B2)),
        (environment(rule("b", name="m", versions=Choice(latest=2))), catalog(B2)),
        (MOVE, catalog(B2, held=(held_version("a", 1),))),
    ],
)
def test_a_model_never_mixes_two_base_paths(env, found):
    """A server has one for each model: nothing of the old one stays after a move."""
    plan = decide(env, found, served(model("m", A1)))
    assert plan.lock.by_name["m"].versions == (B2,)


def test_a_name_does_not_wait_for_a_base_path_of_which_nothing_is_left():
    """Both indexes were deleted: both models are withdrawn, whatever their names."""
    before = served(model("m", A1), model("n", B1))
    plan = decide(environment(rule("b", name="m")), catalog(), before)
    assert numbers(plan) == {}


def test_a_name_that_collides_while_it_is_served_stays_as_it_is():
    """A second base path must not stop the first, nor replace it."""
    before = served(model("a-b", version("a/b", 1)))
    found = catalog(version("a/b", 1), version("a/b", 2), version("a-b", 3))
    plan = decide(LATEST, found, before)
    assert plan.lock == before
    assert plan.degraded == ("a-b 1",)
    assert {code for code, _, _ in holds(plan)} == {"name-collision"}


def test_a_served_name_that_two_other_base_paths_claim_stays_where_it_is():
    """Nobody can know which of them shall take it over, and clients ask for it now."""
    env = environment(rule("b", name="m"), rule("c", name="m"))
    before = served(model("m", A1))
    plan = decide(env, catalog(A1, B2, version("c", 2)), before)
    assert plan.lock == before
    assert holds(plan) == {("name-collision", "m", 2)}


@pytest.mark.parametrize(
    "env",
    [
        environment(rule("a"), rule("b", name="a")),
        environment(rule("a"), rule("b", name="not safe")),
    ],
)
def test_a_model_whose_new_name_is_held_stays_served_under_its_old_one(env):
    """Otherwise a slip in a rule would take it away."""
    before = served(model("a", A1), model("b", B1))
    plan = decide(env, catalog(A1, B1), before)
    assert plan.lock == before
    assert "b 1" in plan.degraded


def test_a_renamed_model_is_one_removed_and_one_added():
    """Clients of the old name are told by the plan."""
    plan = decide(environment(rule(name="new")), catalog(ONE), served(model("m", ONE)))
    assert [(change.model, change.action) for change in plan.changes] == [
        ("m", Action.REMOVE),
        ("new", Action.ADD),
    ]


def test_a_name_that_a_rule_gives_to_another_base_path_is_taken_over():
    """Also when the one that had it waits for its own new name."""
    env = environment(rule("a"), rule("b", name="a"), rule("c", name="b"))
    before = served(model("a", A1), model("b", B1))
    plan = decide(env, catalog(A1, B1, version("c", 2)), before)
    assert plan.lock.by_name["a"] == before.by_name["a"]
    assert plan.lock.by_name["b"].base_path == "c"


def test_a_renamed_model_keeps_a_pinned_version_without_an_index():
    """Only the policy can take that one away, and it still asks for it."""
    before = served(model("m", ONE))
    plan = decide(environment(rule(name="new", versions=pin(1))), catalog(), before)
    assert plan.lock == before
    assert holds(plan) == {("waiting", "new", 1)}


def test_a_model_that_cannot_move_to_its_new_name_stays_served_under_its_old_one():
    """The name that it shall have is still that of another: neither goes."""
    before = served(replace(model("b", A1)), model("a", version("b", 3)))
    plan = decide(environment(rule("b")), catalog(B1, version("b", 3)), before)
    assert plan.lock == before
    assert holds(plan) == {("name-collision", "b", 1)}


def test_a_renamed_model_whose_pin_waits_stays_served_under_its_old_name():
    """As it would under the name that it has."""
    before = served(model("m", ONE))
    plan = decide(environment(rule(name="new", versions=pin(9))), catalog(ONE), before)
    assert plan.lock == before
    assert holds(plan) == {("waiting", "new", 9)}


@pytest.mark.parametrize("hold", [held_version("m", 1), held_index("m", 1)])
def test_a_renamed_model_with_nothing_proven_stays_under_its_old_name(hold):
    """A held version is not published under another name, and not taken away either."""
    before = served(model("m", ONE))
    plan = decide(environment(rule(name="new")), catalog(held=(hold,)), before)
    assert plan.lock == before
    assert plan.degraded == ("m 1",)
