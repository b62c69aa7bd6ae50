"""`generator.environment.edit.rule_edit`: each form of a rule is edited as the file writes it."""

import re

import pytest
import yaml

from generator.environment.edit import rule_edit
from generator.environment.edit.rule_edit import OwnRule
from generator.environment.edit.yaml_edit import flow
from tests.kit.policy_texts import HEAD, own, policy


def pins(*numbers):
    """Return the rule of resnet that pins *numbers*."""
    return own({"versions": {"pin": list(numbers)}})


def edited(policy, rule, **around):
    """Return the policy after the edit, from and to the text below `policy:`."""
    text = f"{HEAD}spec:\n  policy:\n{policy}"
    new = rule_edit.in_place(text, rule)
    assert new is not None
    return new.removeprefix(f"{HEAD}spec:\n  policy:\n")


@pytest.mark.parametrize(
    "text", ["on", "y", "12", "010", "1_0", "0x1", "1e3", "1:30", "2001-01-01", "null", "a b"]
)
def test_a_word_that_yaml_takes_for_something_else_is_quoted(text):
    """Nothing else is."""
    assert flow(text) == f'"{text}"'
    assert flow("vision/resnet-50.v2") == "vision/resnet-50.v2"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{pin: [50]}  # May", "{pin: [50, 101]}  # May"),
        ("{ pin: [ 50 ] }", "{ pin: [ 50, 101 ] }"),
        ("{latest: 2, minAge: 24h}", "{pin: [50, 101], minAge: 24h}"),
        ("{all: true, from: staging}", "{pin: [50, 101], from: staging}"),
        ("\n        latest: 2  # two", "\n        pin: [50, 101]  # two"),
        (
            "\n        pin:\n          - 50  # May\n        minAge: '1d'",
            "\n        pin:\n          - 50  # May\n          - 101\n        minAge: '1d'",
        ),
        (
            "\n        pin: [\n          50,  # May\n        ]",
            "\n        pin: [\n          50,  # May\n          101,\n        ]",
        ),
        (
            "\n        pin: [\n          50   # May\n        ]",
            "\n        pin: [\n          50,   # May\n          101\n        ]",
        ),
        (
            "\n        pin: [\n          50,\n          70,  # July\n          101\n        ]",
            "\n        pin: [\n          50,\n          101\n        ]",
        ),
        ("\n        pin: [\n          70\n        ]", "\n        pin: [50, 101]"),
        (
            "\n        pin:\n        - 70  # July\n        - 71",
            "\n        pin:\n        - 50\n        - 101",
        ),
    ],
)
def test_a_pin_is_written_as_the_file_writes_it(before, after):
    """In brackets, in lines, with the comments and the spelling that are there."""
    rule = "    - match: resnet\n      versions: {}\n      # end\n"

    assert edited(rule.format(before), pins(50, 101)) == rule.format(after)


def test_the_last_rule_of_the_model_counts():
    """As in the policy itself: later rules override earlier ones."""
    rules = "  - {match: resnet}\n  - {match: resnet}\n"

    assert edited(rules, pins(1)) == (
        "  - {match: resnet}\n  - {match: resnet, versions: {pin: [1]}}\n"
    )


def test_a_key_that_goes_takes_its_lines_along():
    """Also when it is the first of the rule, behind the dash."""
    rules = "  - exclude: true  # gone\n    match: resnet\n    # why\n    versions: {all: true}\n"

    new = edited(rules, own({"versions": {"pin": [1]}, "exclude": None}))

    assert new == "  - match: resnet\n    # why\n    versions: {pin: [1]}\n"


def test_the_last_line_of_a_file_goes_with_the_break_before_it():
    """A file without a final line break gets none."""
    rules = "  - match: resnet\n    versions: {pin: [1]}\n    labels: {a: 1}"

    new = edited(rules, own({"versions": {"pin": [1]}, "labels": None}))

    assert new == "  - match: resnet\n    versions: {pin: [1]}"


@pytest.mark.parametrize("key", ["? match\n      : resnet", "&a match: resnet\n      ? name\n"])
def test_a_rare_form_gets_another_rule(key):
    """What would come out wrong is not taken; a rule after it says the same."""
    text = f"{HEAD}spec:\n  policy:\n    - {key}\n"

    assert rule_edit.in_place(text, pins(7)) is None
    new = rule_edit.appended(text, pins(7))
    assert policy(new) == [*policy(text), {"match": "resnet", "versions": {"pin": [7]}}]


def test_an_alias_is_replaced_where_it_stands():
    """What it repeats belongs to another rule."""
    rules = "    - {match: a, versions: &one {latest: 1}}\n    - {match: resnet, versions: *one}\n"

    assert edited(rules, pins(7)) == rules.replace("*one", "{pin: [7]}")


@pytest.mark.parametrize(
    "rules",
    [
        "    - {match: resnet, versions: &one {latest: 1}}\n    - {match: a, versions: *one}\n",
        "    - {match: resnet, labels: &one {a: 1}}\n    - {match: a, labels: *one}\n",
        "    - &one {match: resnet}\n    - {match: b, labels: {}}\n    - *one\n    - {match: a}\n",
    ],
)
def test_what_an_alias_repeats_is_not_changed(rules):
    """The rule is added instead; all that was there says what it said."""
    text = f"{HEAD}spec:\n  policy:\n{rules}"
    rule = own({"versions": {"pin": [7]}, "labels": {"a": 7}})

    assert rule_edit.in_place(text, rule) is None
    assert rule_edit.appended(text, rule) == (
        f"{text}    - {{match: resnet, versions: {{pin: [7]}}, labels: {{a: 7}}}}\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "  policy: []  # none",
            "  policy:  # none\n    - match: resnet\n      versions: {pin: [7]}",
        ),
        ("  policy:", "  policy:\n    - match: resnet\n      versions: {pin: [7]}"),
        ("  policy: [\n]", "  policy:\n    - match: resnet\n      versions: {pin: [7]}"),
        (
            "  policy: [ # none\n  ]",
            "  policy: [{match: resnet, versions: {pin: [7]}} # none\n  ]",
        ),
        (
            "  other: 1",
            "  other: 1\n  policy:\n    - match: resnet\n      versions: {pin: [7]}",
        ),
        (
            "  other:\n  - 1",
            "  other:\n  - 1\n  policy:\n  - match: resnet\n    versions: {pin: [7]}",
        ),
    ],
)
def test_a_policy_that_is_empty_or_missing_gets_its_first_rule(before, after):
    """Indented as the file indents its lists."""
    text = f"{HEAD}spec:\n{before}\n"

    assert rule_edit.appended(text, pins(7)) == f"{HEAD}spec:\n{after}\n"


def test_a_byte_order_mark_is_no_indentation():
    """The first line is indented as it looks."""
    text = "\ufeffspec:\n   other: 1\n"

    new = rule_edit.appended(text, pins(7))

    added = "   policy:\n      - match: resnet\n        versions: {pin: [7]}\n"
    assert new == f"{text}{added}"


def test_a_policy_in_brackets_stays_in_brackets():
    """Also a whole document."""
    text = "{spec: {other: 1}}"
    one = rule_edit.appended(text, pins(7))
    two = rule_edit.appended(one, OwnRule("b", frozenset({"b"}), {"versions": {"pin": [1]}}))

    assert one == "{spec: {other: 1, policy: [{match: resnet, versions: {pin: [7]}}]}}"
    assert two == one.replace("}]}}", "}, {match: b, versions: {pin: [1]}}]}}")


@pytest.mark.parametrize(
    "text",
    [
        "a: &p\n  - {match: resnet}\nspec:\n  policy: *p\n",
        "spec:\n  policy: &p\n    - {match: resnet}\nother: *p\n",
        "base: &b {policy: []}\nspec: *b\n",
        "spec:\n",
        "- 1\n",
        "",
        "a: [",
    ],
)
def test_a_text_that_cannot_be_edited_is_told(text):
    """The policy is an alias, an alias repeats it, or there is none."""
    assert rule_edit.in_place(text, pins(7)) is None
    assert rule_edit.appended(text, pins(7)) is None


def test_a_comment_below_the_last_rule_stays_with_it():
    """One that is indented less is about what comes next."""
    text = f"{HEAD}spec:\n  policy:\n  - match: '*'\n    # mine\n  # next\n  other: 1\n"

    new = rule_edit.appended(text, pins(7))

    assert new == text.replace("# mine\n", "# mine\n  - match: resnet\n    versions: {pin: [7]}\n")


def test_the_rule_is_told_for_a_person_to_paste():
    """What cannot be edited is left to a person, with the text to add."""
    assert yaml.safe_load(rule_edit.as_text(pins(7))) == [
        {"match": "resnet", "versions": {"pin": [7]}}
    ]
    assert not re.search("\n", rule_edit.as_text(pins(7)))
