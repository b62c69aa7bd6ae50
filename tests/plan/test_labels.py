"""Labels: they name versions that are chosen, or stay where they are."""

from generator.catalog.hold import Code
from generator.environment.environment import Choice
from tests.kit.decisions import decide
from tests.kit.plans import NOTHING, ONE, THREE, TWO, holds, labels, numbers
from tests.kit.strategies import (
    catalog,
    environment,
    model,
    rule,
    served,
    version,
)


def test_labels_are_resolved_to_numbers():
    """A server knows no `latest`."""
    rules = rule(versions=Choice(latest=2), labels={"stable": "previous", "canary": "latest"})
    plan = decide(environment(rules), catalog(ONE, TWO, THREE), NOTHING)
    assert labels(plan) == {"canary": 3, "stable": 2}


def test_a_dangling_label_holds_all_labels_of_its_model_and_nothing_else():
    """They stay where they are served; other models and the versions go on."""
    rules = rule(versions=Choice(latest=2), labels={"stable": 2, "canary": 9})
    found = catalog(ONE, TWO, version("n", 9), version("n", 2))
    before = served(model("m", ONE, TWO, stable=1))
    plan = decide(environment(rules), found, before)
    assert plan.lock.by_name["m"] == before.by_name["m"]
    assert labels(plan, "n") == {"canary": 9, "stable": 2}
    (hold,) = plan.held
    assert (hold.code, hold.model, hold.version) == (Code.WAITING, "m", None)
    assert hold.problems == (
        "label 'canary' wants version 9; chosen versions: 1, 2 (environments/prod.yaml:9)",
    )


def test_a_new_model_with_a_dangling_label_is_served_without_labels():
    """Clients that ask by number are not made to wait."""
    rules = rule(labels={"stable": "previous"})
    plan = decide(environment(rules), catalog(ONE), NOTHING)
    assert numbers(plan) == {"m": (1,)}
    assert labels(plan) == {}


def test_a_held_label_keeps_its_version_served():
    """An upload must not take away the version that clients of a label get."""
    rules = rule(versions=Choice(latest=1), labels={"stable": 1})
    before = served(model("m", ONE, stable=1))
    plan = decide(environment(rules), catalog(ONE, TWO), before)
    assert numbers(plan) == {"m": (1, 2)}
    assert labels(plan) == {"stable": 1}
    assert holds(plan) == {("waiting", "m", None)}


def test_a_held_label_goes_with_a_version_that_was_withdrawn():
    """A server would refuse a label without its version, and the file with it."""
    rules = rule(versions=Choice(latest=2), labels={"stable": "previous", "canary": "latest"})
    before = served(model("m", ONE, TWO, stable=1, canary=2))
    plan = decide(environment(rules), catalog(TWO), before)
    assert numbers(plan) == {"m": (2,)}
    assert labels(plan) == {"canary": 2}


def test_a_changed_label_alone_is_a_change():
    """Equal versions do not make an equal state."""
    before = served(model("m", ONE, TWO, stable=1))
    rules = rule(versions=Choice(latest=2), labels={"stable": "latest"})
    plan = decide(environment(rules), catalog(ONE, TWO), before)
    (change,) = plan.changes
    assert change.labels == ((("stable", 1),), (("stable", 2),))
    assert change.versions == ((1, 2), (1, 2))
