"""An edit of any text changes the rule that it is for, and no other character."""

from dataclasses import dataclass

import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.environment.edit import rule_edit
from generator.environment.edit.yaml_edit import flow
from tests.kit.policy_texts import HEAD, LABELS, NUMBERS, own, policy, rules


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
