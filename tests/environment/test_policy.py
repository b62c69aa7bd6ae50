"""Policy: which rules apply to a model, and which versions and labels they choose."""

import pytest

from generator.environment.environment import Choice
from generator.environment.policy import DEFAULT_CHOICE, choose, policy_for, resolve_labels
from tests.kit.strategies import (
    pin,
    rule,
)


@pytest.mark.parametrize(
    ("pattern", "base_path", "does"),
    [
        ("*", "resnet", True),
        ("*", "vision/resnet", True),
        ("**", "vision/resnet", True),
        ("resnet", "resnet", True),
        ("resnet", "resnet2", False),
        ("resnet", "a-resnet", False),
        ("resnet", "RESNET", False),
        ("vision-*", "vision/resnet", True),
        ("vision-*", "vision-resnet", True),
        ("vision/*", "vision/resnet", True),
        ("vision/*", "vision-resnet", False),
        ("vision/*", "vision/a/resnet", False),
        ("vision/**", "vision/a/resnet", True),
        ("vision/**", "vision", False),
        ("**/resnet", "resnet", True),
        ("**/resnet", "vision/a/resnet", True),
        ("**/resnet", "vision/a-resnet", False),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("a/**/z", "a/bz", False),
        ("*/resnet", "a/b/resnet", False),
        ("ranker-?", "ranker-7", True),
        ("ranker-?", "ranker-10", False),
        ("ranker-?", "ranker-", False),
        ("a/b?d", "a/b/d", False),
        ("r[ab]", "rb", True),
        ("r[ab]", "rc", False),
        ("r[a-c]", "rb", True),
        ("r[!a-c]", "rb", False),
        ("r[!a-c]", "rd", True),
        ("r[a!]", "r!", True),
        ("r[a!]", "r^", False),
        ("r[^a]", "ra", True),
        ("r[^a]", "rb", False),
        ("r[!]", "r!", True),
        ("r[!]", "ra", False),
        ("r[a-]", "r-", True),
        ("r[c-a]", "rb", False),
        ("r[!c-a]", "rb", True),
        ("r[[a]", "r[", True),
        ("a/b[!x]d", "a/b/d", False),
        ("a/b[.-0]d", "a/b/d", False),
        ("r[", "r[", True),
        ("m.1", "m.1", True),
        ("m.1", "mx1", False),
        ("m+(1)", "m+(1)", True),
        ("*", "line\nline", True),
        ("**", "line\nline", True),
    ],
)
def test_a_glob_is_on_the_base_path_if_it_has_a_slash_else_on_the_default_name(
    pattern, base_path, does
):
    """`*`, `?` and `[...]` stay within one segment, `**` crosses them; the rest is literal."""
    assert (policy_for([rule(pattern)], base_path) is not None) is does


def test_later_rules_override_earlier_ones_key_by_key():
    """As in CODEOWNERS, but a rule leaves alone what it does not say."""
    policy = policy_for(
        [
            rule("*", line=1, versions=Choice(latest=3), labels={"stable": "latest"}),
            rule("other", line=2, versions=pin(9), name="wrong"),
            rule("res*", line=3, versions=pin(1, 2), exclude=True),
            rule("resnet", line=4, exclude=False, name="net"),
        ],
        "resnet",
    )
    assert policy is not None
    assert policy.choice == pin(1, 2)
    assert policy.labels == {"stable": "latest"}
    assert policy.name == "net"
    assert not policy.excluded
    assert policy.because("versions") == "(environments/prod.yaml:3)"
    assert policy.because("labels") == "(environments/prod.yaml:1)"
    assert policy.because("exclude") == "(environments/prod.yaml:4)"


def test_labels_are_one_key():
    """A later rule with labels replaces them all: an empty mapping takes them away."""
    rules = [rule(labels={"stable": 1, "canary": 2}), rule(labels={})]
    assert policy_for(rules[:1], "m").labels == {"stable": 1, "canary": 2}
    assert policy_for(rules, "m").labels == {}


def test_a_key_that_no_rule_sets_has_its_default_and_the_place_of_the_last_match():
    """The newest version under the default name, without labels."""
    policy = policy_for([rule("*", line=1), rule("a/*", line=2), rule("z", line=3)], "a/b")
    assert (policy.name, policy.choice, policy.labels) == ("a-b", DEFAULT_CHOICE, {})
    assert policy.because("versions") == "(environments/prod.yaml:2)"


def test_a_model_that_no_rule_matches_has_no_policy():
    """It is not served."""
    assert policy_for([rule("a"), rule("b")], "c") is None
    assert policy_for([], "c") is None


def test_the_place_of_a_rule_is_no_input_of_a_model():
    """A comment above a rule must not look like a change of its inputs; each key must."""
    base = policy_for([rule(line=1, versions=pin(1), labels={"a": 1})], "m").canonical
    assert policy_for([rule(line=7, versions=pin(1), labels={"a": 1})], "m").canonical == base
    for other in (
        {"versions": pin(2), "labels": {"a": 1}},
        {"versions": Choice(latest=1), "labels": {"a": 1}},
        {"versions": Choice(every=True), "labels": {"a": 1}},
        {"versions": pin(1), "labels": {"a": 2}},
        {"versions": pin(1), "labels": {"a": 1}, "name": "n"},
        {"versions": pin(1), "labels": {"a": 1}, "exclude": True},
    ):
        assert policy_for([rule(**other)], "m").canonical != base


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        (Choice(), (10,)),
        (Choice(latest=1), (10,)),
        (Choice(latest=2), (9, 10)),
        (Choice(latest=9), (1, 2, 9, 10)),
        (pin(2, 10), (2, 10)),
        (pin(2, 3), (2,)),
        (pin(3), ()),
        (Choice(every=True), (1, 2, 9, 10)),
    ],
)
def test_versions_are_chosen_by_number(choice, chosen):
    """Not by text, nor by the order in which they were found."""
    assert choose(choice, [10, 9, 1, 2]) == chosen


@pytest.mark.parametrize("choice", [Choice(latest=2), pin(1), Choice(every=True)])
def test_nothing_is_chosen_of_nothing(choice):
    """A policy makes no versions up."""
    assert choose(choice, []) == ()


def test_labels_name_chosen_versions():
    """By number, the newest chosen, or the second newest chosen; sorted by label."""
    labels = {"stable": "previous", "canary": "latest", "beta": 4}
    assert resolve_labels(labels, (2, 4, 7)) == ((("beta", 4), ("canary", 7), ("stable", 4)), ())


@pytest.mark.parametrize(
    ("target", "chosen", "says"),
    [
        (3, (1, 2), "label 'x' wants version 3; chosen versions: 1, 2"),
        ("previous", (1,), "label 'x' wants version previous; chosen versions: 1"),
        ("latest", (), "label 'x' wants version latest; chosen versions: none"),
        ("previous", (), "label 'x' wants version previous; chosen versions: none"),
    ],
)
def test_a_label_of_a_version_that_is_not_chosen_is_a_problem(target, chosen, says):
    """A server would refuse the whole file."""
    assert resolve_labels({"x": target}, chosen) == ((), (says,))


def test_each_dangling_label_is_told():
    """The good ones are resolved beside them."""
    resolved, problems = resolve_labels({"a": 1, "b": 8, "c": 9}, (1,))
    assert resolved == (("a", 1),)
    assert len(problems) == 2
