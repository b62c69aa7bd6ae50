"""`generator.environment.rule_conflicts`: rules that can never both hold."""

import itertools

import pytest

from generator.limits.yaml import RULES_ALIKE
from tests.kit.environments import environment, found, refused


@pytest.mark.parametrize(
    ("rule", "key", "words"),
    [
        (
            {"exclude": True, "versions": {"latest": 1}},
            "exclude",
            ["'*' is excluded", "`versions` and `labels` can never hold"],
        ),
        ({"exclude": True, "labels": {"stable": 1}}, "exclude", ["'*' is excluded"]),
        (
            {"versions": {"pin": [1, 2]}, "labels": {"stable": 3}},
            "labels",
            ["label 'stable' wants version 3", "`pin` leaves out"],
        ),
        (
            {"versions": {"latest": 1}, "labels": {"stable": "previous"}},
            "labels",
            ["label 'stable' wants the previous version", "one alone"],
        ),
        (
            {"versions": {"pin": [4]}, "labels": {"stable": "previous"}},
            "labels",
            ["label 'stable' wants the previous version"],
        ),
    ],
)
def test_a_rule_that_can_never_hold_is_refused(rule, key, words):
    """Its model would be held for ever."""
    rules = [{"match": "*", "versions": {"latest": 1}}, {"match": "*"} | rule]
    refused(environment(policy=rules), f"spec.policy.1.{key}", *words)


@pytest.mark.parametrize(
    "rule",
    [
        {"exclude": True},
        {"exclude": False, "versions": {"latest": 1}},
        {"labels": {"stable": "previous"}},
        {"versions": {"latest": 2}, "labels": {"stable": "previous", "canary": "latest"}},
        {"versions": {"pin": [1, 2]}, "labels": {"stable": 1, "canary": "latest"}},
        {"versions": {"pin": [1, 2]}, "labels": {"stable": "previous"}},
        {"versions": {"all": True}, "labels": {"stable": 7}},
        {"versions": {"latest": 1}, "labels": {"stable": 7}},
    ],
    ids=str,
)
def test_a_rule_that_can_hold_is_no_problem(rule):
    """What only the store can tell is told by `plan`."""
    assert found(environment(policy=[{"match": "*"} | rule])) == []


def alike(count):
    """Return rules of two texts, with stars and marks of one character in all orders between."""
    forms = itertools.product("*?", repeat=11)
    return [{"match": f"t{''.join(it)}m*"} for it in itertools.islice(forms, count)]


def test_rules_that_only_wildcards_tell_apart_are_bounded():
    """Each is compared with each model; others are found by their texts, however many there are."""
    others = [{"match": f"m{number}*"} for number in range(100)]
    every = [{"match": "*", "versions": {"latest": 1}}, *others]
    assert not found(environment(policy=[*every, *alike(RULES_ALIKE)]))

    count = f"{RULES_ALIKE + 1:,} {RULES_ALIKE.unit}, expected at most {RULES_ALIKE:,}"
    refused(environment(policy=[*every, *alike(RULES_ALIKE + 1)]), "spec.policy", count)
