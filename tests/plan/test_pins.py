"""Pins: versions that a person asks for stay, and wait until an index proves them."""

from generator.catalog.hold import Code
from tests.kit.decisions import decide
from tests.kit.plans import NOTHING, ONE, TWO, holds, numbers
from tests.kit.strategies import (
    catalog,
    environment,
    model,
    pin,
    rule,
    served,
)


def test_a_deleted_index_does_not_withdraw_a_pinned_version():
    """Only the policy can take that one away."""
    before = served(model("m", ONE))
    plan = decide(environment(rule(versions=pin(1))), catalog(TWO), before)
    assert plan.lock == before
    assert plan.degraded == ("m 1",)


def test_a_pinned_version_without_an_index_stays_beside_the_proven_ones():
    """The other pins do not push it out."""
    before = served(model("m", ONE, TWO))
    plan = decide(environment(rule(versions=pin(1, 2))), catalog(TWO), before)
    assert plan.lock == before
    assert plan.degraded == ("m 1",)


def test_a_pin_that_no_index_proves_waits_and_the_served_versions_stay():
    """The pins that are proven are served beside them."""
    before = served(model("m", ONE))
    plan = decide(environment(rule(versions=pin(2, 9))), catalog(ONE, TWO), before)
    assert numbers(plan) == {"m": (1, 2)}
    (hold,) = plan.held
    assert (hold.code, hold.model, hold.version) == (Code.WAITING, "m", 9)
    assert hold.base_path == "m"
    assert hold.problems == ("pinned, but no index proves version 9 (environments/prod.yaml:9)",)


def test_a_waiting_pin_does_not_keep_what_was_withdrawn():
    """The served versions stay while their indexes do."""
    before = served(model("m", ONE, TWO))
    plan = decide(environment(rule(versions=pin(9))), catalog(TWO), before)
    assert numbers(plan) == {"m": (2,)}


def test_a_pin_of_a_new_model_that_nothing_proves_adds_nothing():
    """It waits, and other versions of the model are not what was asked for."""
    plan = decide(environment(rule(versions=pin(9))), catalog(ONE), NOTHING)
    assert numbers(plan) == {}
    assert holds(plan) == {("waiting", "m", 9)}
