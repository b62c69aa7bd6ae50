"""`edit.rule_edit`: one rule changes, and every other character of the file stays."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.environment.edit import rule_edit
from generator.environment.edit.rule_edit import OwnRule
from generator.environment.edit.yaml_edit import flow

HEAD = "apiVersion: tfs-gitops/v1\nkind: Environment\n"


def own(keys, kept=("minAge", "from")):
    """Return what the rule of resnet is to say."""
    return OwnRule("resnet", frozenset({"resnet"}), keys, frozenset(kept))


def pins(*numbers):
    """Return the rule of resnet that pins *numbers*."""
    return own({"versions": {"pin": list(numbers)}})


def edited(policy, rule, **around):
    """Return the policy after the edit, from and to the text below `policy:`."""
    text = f"{HEAD}spec:\n  policy:\n{policy}"
    new = rule_edit.in_place(text, rule)
    assert new is not None
    return new.removeprefix(f"{HEAD}spec:\n  policy:\n")


@dataclass(frozen=True, slots=True)
class File:
    """A random file, cut where its own rule starts and ends."""

    before: str
    rule: str
    after: str
    comments: tuple[str, ...]
    """Those inside the rule that belong to nothing that may go."""

    @property
    def text(self):
        """Return the whole file."""
        return self.before + self.rule + self.after


WORDS = st.sampled_from(["a note", "it's: [odd], {#1}", "- match: resnet", "ünï", "&a *b"])
NUMBERS = st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True)
LABELS = st.dictionaries(
    st.sampled_from(["stable", "canary", "on", "1"]), st.integers(1, 9), max_size=3
)


@st.composite
def comment(draw):
    """Draw nothing, or a comment behind a value."""
    return draw(st.one_of(st.just(""), st.just("  "), WORDS.map("  # {}".format)))


@st.composite
def between(draw, indent, comments=None):
    """Draw blank lines and comments that stand alone."""
    lines = draw(st.lists(st.one_of(st.just(""), st.just(" "), WORDS), max_size=2))
    words = [f"# {line} {draw(st.integers(0, 10**6))}" if line.strip() else line for line in lines]
    if comments is not None:
        comments += [word for word in words if word.startswith("#")]
    return "".join(f"{' ' * indent if word.strip() else ''}{word}\n" for word in words)


@st.composite
def in_lines(draw, key, value, column):
    """Draw one entry of a block mapping, its value in any style."""
    pad = " " * column
    key = draw(st.sampled_from([flow(key), f'"{key}"', f"'{key}'"]))
    if not isinstance(value, dict | list) or not value or draw(st.booleans()):
        spelled = flow(value)
        if isinstance(value, list) and draw(st.booleans()):
            inner = ",\n".join(f"{pad}    {flow(item)}" for item in value)
            spelled = f"[\n{inner}{draw(st.sampled_from(['', ',']))}  # in\n{pad}  ]"
        if isinstance(value, str) and draw(st.booleans()):
            spelled = draw(st.sampled_from([f'"{value}"', f"'{value}'", f">-\n{pad}  {value}"]))
            if spelled.startswith(">"):
                return f"{pad}{key}: {spelled}\n"
        return f"{pad}{key}: {spelled}{draw(comment())}\n"
    below = column + draw(st.integers(1, 4))
    lines = f"{pad}{key}:{draw(comment())}\n{draw(between(below))}"
    if isinstance(value, list):
        items = "".join(f"{' ' * below}- {flow(one)}{draw(comment())}\n" for one in value)
        return lines + items
    return lines + "".join(draw(in_lines(name, one, below)) for name, one in value.items())


@st.composite
def rule_text(draw, rule, dash, comments):
    """Draw the text of one rule, with its dash."""
    if draw(st.integers(0, 3)) == 0:
        return f"{' ' * dash}- {flow(rule)}{draw(comment())}\n"
    width = draw(st.integers(2, 4))
    text = ""
    for key, value in rule.items():
        if text:
            text += draw(between(dash + width, comments))
        text += draw(in_lines(key, value, dash + width))
    return f"{' ' * dash}-{text[dash + 1 :]}"


@st.composite
def rules(draw, match):
    """Draw a rule as data, its keys in any order."""
    choice = draw(
        st.one_of(
            NUMBERS.map(lambda numbers: {"pin": numbers}),
            st.integers(1, 3).map(lambda count: {"latest": count}),
            st.just({"all": True}),
        )
    )
    gates = draw(st.fixed_dictionaries({}, optional={"minAge": st.just("24h")}))
    keys = st.fixed_dictionaries(
        {"match": st.just(match)},
        optional={
            "versions": st.just(gates | choice),
            "labels": LABELS,
            "exclude": st.booleans(),
            "name": st.just("other-name"),
        },
    )
    return dict(draw(st.permutations(list(draw(keys).items()))))


@st.composite
def files(draw, *, has_own=True):
    """Draw a file whose policy has a rule for resnet, or has none."""
    step = draw(st.integers(1, 4))
    dash = step + draw(st.integers(0, 4))
    pad = " " * step
    other = f"{pad}serving:\n{pad}  image: 'a:1'  # image\n{pad}  ports: [\n1, 2]\n"
    first = draw(st.booleans())
    before = f"{HEAD}spec:{draw(comment())}\n{other if first else ''}{pad}policy:\n"
    comments: list[str] = []
    for _ in range(draw(st.integers(0 if has_own else 1, 2))):
        before += draw(rule_text(draw(rules("*")), dash, []))
        before += draw(between(dash))
    mine = draw(rule_text(draw(rules("resnet")), dash, comments)) if has_own else ""
    after = draw(between(dash))
    for _ in range(draw(st.integers(0, 2))):
        after += draw(rule_text(draw(rules("ranker-*")), dash, []))
    after += draw(between(dash)) + ("" if first else other)
    return _with_bytes(draw, File(before, mine, after, tuple(comments)))


def _with_bytes(draw, file):
    """Return the file with another line break, a BOM, or no final line break."""
    line_break = draw(st.sampled_from(["\n", "\r\n"]))
    parts = [part.replace("\n", line_break) for part in (file.before, file.rule, file.after)]
    if draw(st.booleans()):
        last = 2 if parts[2] else 1
        parts[last] = parts[last].removesuffix(line_break)
    if draw(st.booleans()):
        parts[0] = f"\ufeff{parts[0]}"
    return File(*parts, file.comments)


EDITS = st.builds(
    own,
    st.fixed_dictionaries(
        {"versions": NUMBERS.map(lambda numbers: {"pin": sorted(numbers)})},
        optional={
            "labels": st.one_of(st.none(), LABELS),
            "exclude": st.sampled_from([None, False]),
        },
    ),
    st.sampled_from([(), ("minAge", "from")]),
)


def policy(text) -> list[Any]:
    """Return the rules of a file, by the parser that reads environments."""
    return yaml.safe_load(text)["spec"]["policy"]


def expected(rule, before):
    """Return what a rule says after an edit, worked out another way."""
    rule_after = {**before, **rule.keys}
    gates = before.get("versions", {})
    kept = {key: gates[key] for key in gates if key in rule.kept}
    rule_after["versions"] = {**rule.keys["versions"], **kept}
    return {key: value for key, value in rule_after.items() if value is not None}


@given(files(), EDITS)
def test_an_edit_in_place_changes_the_rule_and_no_other_character(file, rule):
    """Every line before and after the rule stays; the file says what was asked."""
    new = rule_edit.in_place(file.text, rule)

    assert new is not None
    assert new.startswith(file.before)
    assert new.endswith(file.after)
    number = [one["match"] for one in policy(file.text)].index("resnet")
    document = yaml.safe_load(file.text)
    rules = document["spec"]["policy"]
    rules[number] = expected(rule, rules[number])
    assert yaml.safe_load(new) == document


@given(files(), EDITS)
def test_comments_and_order_inside_the_rule_stay(file, rule):
    """What stands between the keys of the rule stands there afterwards, in the same order."""
    new = rule_edit.in_place(file.text, rule)
    inside = new[len(file.before) : len(new) - len(file.after)]
    number = [one["match"] for one in policy(file.text)].index("resnet")
    before, after = list(policy(file.text)[number]), list(policy(new)[number])

    found = [place for word in file.comments if (place := inside.find(word)) >= 0]
    assert len(found) == len(file.comments)
    assert found == sorted(found)
    assert [key for key in after if key in before] == [key for key in before if key in after]


@given(files(), EDITS)
def test_the_same_edit_again_changes_nothing(file, rule):
    """An edit is a state that is reached, not a step that is made."""
    new = rule_edit.in_place(file.text, rule)

    assert rule_edit.in_place(new, rule) == new


@given(st.one_of(files(), files(has_own=False)), EDITS)
def test_a_rule_that_is_added_is_an_insertion(file, rule):
    """Every character of the file stays, and the new rule is the last."""
    new = rule_edit.appended(file.text, rule)

    assert new is not None
    start = next((i for i, (a, b) in enumerate(zip(file.text, new, strict=False)) if a != b), None)
    start = len(file.text) if start is None else start
    assert new.endswith(file.text[start:])
    *rest, last = policy(new)
    assert rest == policy(file.text)
    mine = [one for one in rest if one["match"] == "resnet"]
    gates = {"versions": mine[-1]["versions"]} if mine and "versions" in mine[-1] else {}
    assert last == {"match": "resnet"} | expected(rule, gates)


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_text_can_be_written_and_read_back(text):
    """Base paths may be spelled like numbers, truths, dates, globs or comments."""
    assert yaml.safe_load(f"match: {flow(text)}\n") == {"match": text}
    assert yaml.safe_load(f"[{flow(text)}]") == [text]


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
