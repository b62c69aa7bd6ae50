"""What an environment serves next: the policy's wish, unless that would break a server."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from generator.catalog.catalog import Catalog, IndexRef
from generator.catalog.hold import Code
from generator.catalog.warned import Warned
from generator.environment.environment import Choice
from generator.lock.changes import Action
from tests.kit.decisions import decide
from tests.kit.plans import (
    LATEST,
    NOTHING,
    ONE,
    THREE,
    TWO,
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


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        (Choice(latest=1), (3,)),
        (Choice(latest=2), (2, 3)),
        (pin(1, 3), (1, 3)),
        (Choice(every=True), (1, 2, 3)),
    ],
)
def test_a_new_model_is_added_with_the_versions_of_the_policy(choice, chosen):
    """As an explicit list; the reason names the rule and what it chose from."""
    plan = decide(environment(rule(versions=choice)), catalog(ONE, TWO, THREE), NOTHING)
    (change,) = plan.changes
    assert (change.model, change.action, change.versions) == ("m", Action.ADD, ((), chosen))
    assert plan.lock.models[0].versions == tuple((ONE, TWO, THREE)[n - 1] for n in chosen)
    (reason,) = change.reasons
    assert "of 3 proven (environments/prod.yaml:9): " in reason
    assert reason.endswith(": " + ", ".join(map(str, chosen)))
    assert plan.unchanged == 0


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice(latest=2), "latest 2 of"),
        (Choice(every=True), "all versions of"),
        (pin(1, 2), "pin 1, 2 of"),
    ],
)
def test_a_reason_says_the_rule_in_its_own_words(choice, words):
    """A reviewer sees why without opening the environment file."""
    plan = decide(environment(rule(versions=choice)), catalog(ONE, TWO), NOTHING)
    assert plan.changes[0].reasons[0].startswith(words)


def test_a_model_without_a_rule_is_not_served():
    """No rule, no model."""
    assert decide(environment(rule("x")), catalog(ONE), NOTHING).lock == NOTHING


def test_a_held_version_is_never_published_and_stops_no_other():
    """The newest good version is served in its place."""
    found = catalog(ONE, TWO, held=(held_version("m", 3), held_index("m", 4)))
    plan = decide(LATEST, found, NOTHING)
    assert numbers(plan) == {"m": (2,)}
    assert holds(plan) == {("etag-mismatch", "m", 3), ("field-count", None, None)}
    assert plan.degraded == ()


def test_a_newer_version_replaces_the_served_one():
    """That is the whole point."""
    plan = decide(LATEST, catalog(ONE, TWO), served(model("m", ONE)))
    (change,) = plan.changes
    assert (change.action, change.versions) == (Action.UPDATE, ((1,), (2,)))


@pytest.mark.parametrize("hold", [held_version("m", 1), held_index("m", 1)])
def test_a_served_version_that_is_held_now_stays_and_is_degraded(hold):
    """Whether the version or its whole index is held: pods have it loaded."""
    before = served(model("m", ONE))
    plan = decide(LATEST, catalog(held=(hold,)), before)
    assert plan.lock == before
    assert plan.changes == ()
    assert plan.degraded == ("m 1",)
    assert plan.held == (hold,)
    assert plan.unchanged == 1


def test_a_degraded_version_gives_way_to_a_newer_one():
    """It is not degraded any more when it is no longer served."""
    plan = decide(LATEST, catalog(TWO, held=(held_version("m", 1),)), served(model("m", ONE)))
    assert numbers(plan) == {"m": (2,)}
    assert plan.degraded == ()
    assert holds(plan) == {("etag-mismatch", "m", 1)}


def test_an_older_version_does_not_replace_a_degraded_newer_one():
    """The served version counts as a candidate."""
    before = served(model("m", TWO))
    plan = decide(LATEST, catalog(ONE, held=(held_version("m", 2),)), before)
    assert plan.lock == before
    assert plan.degraded == ("m 2",)


def test_a_hold_of_another_version_or_index_keeps_nothing():
    """Only a hold of the served version itself says that it is still there."""
    held = (held_version("m", 2), held_version("n", 1), held_index("m", 3))
    plan = decide(LATEST, catalog(held=held), served(model("m", ONE)))
    assert numbers(plan) == {}


def test_a_deleted_index_withdraws_its_version():
    """That is how an exporter takes a version back."""
    both = served(model("m", ONE, TWO))
    plan = decide(environment(rule(versions=Choice(latest=2))), catalog(ONE), both)
    assert numbers(plan) == {"m": (1,)}
    plan = decide(LATEST, catalog(), served(model("m", ONE)))
    (change,) = plan.changes
    assert change.action is Action.REMOVE
    assert change.reasons == ("no index of it is left that the policy can choose from",)


def test_a_served_version_that_was_overwritten_stays_what_it_is():
    """Pods hold the old content under the number: the new one is held, to any depth."""
    again = version("m", 1, "second")
    before = served(model("m", ONE))
    plan = decide(LATEST, catalog(again), before)
    assert plan.lock == before
    assert plan.degraded == ("m 1",)
    (hold,) = plan.held
    assert (hold.code, hold.model, hold.version) == (Code.ETAG_MISMATCH, "m", 1)
    assert hold.index == again.index.key
    assert hold.problems == ("it was published again with other content while it is served",)


def test_a_version_that_is_not_served_may_be_overwritten():
    """No pod has it loaded."""
    again = version("m", 2, "second")
    plan = decide(LATEST, catalog(ONE, again), served(model("m", ONE)))
    assert plan.lock.models[0].versions == (again,)
    assert plan.held == ()


def test_an_unchanged_model_keeps_the_lines_of_the_lock():
    """A new index for the same content, or a rule in other words, is no reason to commit."""
    renewed = replace(
        ONE, index=IndexRef("index-new.csv", "i2"), published=ONE.published + timedelta(days=1)
    )
    before = served(model("m", ONE))
    plan = decide(environment(rule(versions=Choice(latest=7))), catalog(renewed), before)
    assert plan.lock == before
    assert (plan.changes, plan.unchanged) == ((), 1)


def test_the_inputs_of_a_model_are_its_rules_and_its_candidates():
    """Not the place of a rule, nor versions of others, nor the index."""

    def inputs(found: Catalog, **keys: object) -> str:
        return decide(environment(rule(**keys)), found, NOTHING).lock.by_name["m"].inputs

    base = inputs(catalog(TWO))
    assert inputs(catalog(TWO, version("n", 1)), line=70) == base
    assert inputs(catalog(replace(TWO, index=IndexRef("index-2.csv", "e")))) == base
    assert inputs(catalog(ONE, TWO)) != base
    assert inputs(catalog(version("m", 2, "second"))) != base
    assert inputs(catalog(TWO), versions=pin(2)) != base
    assert inputs(catalog(TWO), labels={"a": 2}) != base


def test_an_excluded_model_is_removed_with_the_rule_that_excludes_it():
    """The reason is the person's own rule."""
    plan = decide(environment(rule(exclude=True)), catalog(ONE), served(model("m", ONE)))
    (change,) = plan.changes
    assert change.action is Action.REMOVE
    assert change.reasons == ("excluded (environments/prod.yaml:9)",)


def test_a_plan_is_sorted_and_carries_all_warnings():
    """The same inputs give the same plan."""
    found = catalog(
        version("z", 1), version("a", 1), held=(held_version("z", 2), held_version("a", 2))
    )
    env = replace(LATEST, warnings=(Warned("image-not-pinned", "name a version"),))
    warned = Warned("unlisted-object", "m/1/ has more")
    plan = decide(env, replace(found, warnings=(warned,)), served(model("q", version("q", 1))))
    assert [item.name for item in plan.lock.models] == ["a", "z"]
    assert [change.model for change in plan.changes] == ["a", "q", "z"]
    assert [hold.model for hold in plan.held] == ["a", "z"]
    assert [item.code for item in plan.warnings] == ["image-not-pinned", "unlisted-object"]
    assert (plan.lock.environment, plan.lock.source) == ("prod", "s3://models")
