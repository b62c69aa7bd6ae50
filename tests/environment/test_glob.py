"""A glob matches what it says, in a time that no pattern and no text can make long."""

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator.environment.environment import Rule
from generator.environment.glob import Glob, may_meet
from generator.environment.matching import RuleIndex, matches
from generator.environment.policy import merged

GLOBS = st.text("ab!^[]-*?/\\.&~|\n", max_size=8)
STARS = st.lists(
    st.sampled_from(["*", "**", "**/", "a", "b", "/", "?", "[ab]", "[!a]"]), max_size=9
).map("".join)
TEXTS = st.text("ab-/]", max_size=9)
TOKENS = re.compile(r"(?<![^/])\*\*/|\*\*|\*|\?|\[!?[^\]]+\]|.", re.DOTALL)


def fits(tokens: list[str], text: str) -> bool:
    """Return whether *tokens* match *text*, by trying everything."""
    if not tokens:
        return not text
    head, rest = tokens[0], tokens[1:]
    if head in ("*", "**"):
        ends = range(len(text) + 1)
        return any(fits(rest, text[at:]) for at in ends if head == "**" or "/" not in text[:at])
    if head == "**/":
        starts = [0, *(at + 1 for at, letter in enumerate(text) if letter == "/")]
        return any(fits(rest, text[at:]) for at in starts)
    if not text:
        return False
    return Glob(head).matches(text[0]) and fits(rest, text[1:])


@given(STARS, TEXTS)
@example("**a*b", "a/xab")
@example("**/a*b/**", "a/b/axb/c")
@example("*a*a**b", "aaa/ab")
@example("**a**/b", "a/xab")
@example("a/**/**/b", "a/b")
def test_a_glob_matches_what_trying_everything_finds(glob, text):
    """Although nothing is tried twice."""
    assert Glob(glob).matches(text) is fits(TOKENS.findall(glob), text)


@given(GLOBS, TEXTS)
def test_every_glob_can_be_asked(glob, text):
    """No rule that the schema lets through makes a sync fail."""
    assert Glob(glob).matches(text) in {True, False}


@given(STARS | GLOBS, STARS | GLOBS, TEXTS)
@example("*b", "a*", "ab")
@example("**/b", "b", "b")
@example("a?", "a[bc]", "ab")
def test_globs_that_match_one_text_may_meet(one, other, text):
    """Whatever is told of two globs that never meet holds."""
    both = Glob(one), Glob(other)
    if all(it.matches(text) for it in both):
        assert may_meet(*both)
        assert may_meet(*reversed(both))


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("flux/dev/*", "flux/prod/*", False),
        ("flux/*/dev", "flux/*/prod", False),
        ("flux/dev", "flux/dev", True),
        ("flux/*", "flux/prod/*", True),
        ("verify", "verify-*", False),
    ],
)
def test_globs_of_different_words_do_not_meet(one, other, meet):
    """As people write them for two environments."""
    assert may_meet(Glob(one), Glob(other)) is meet


@given(st.text(st.characters(exclude_characters="*?[", exclude_categories=["Cs"]), max_size=9))
def test_a_glob_without_wildcards_matches_itself(text):
    """Whatever characters a base path has."""
    assert Glob(text).is_literal
    assert Glob(text).matches(text)


SET: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {}, optional={"name": st.sampled_from("ab"), "hold": st.booleans(), "exclude": st.booleans()}
)


@given(st.lists(st.tuples(STARS | GLOBS, SET), max_size=8), TEXTS)
def test_an_index_of_rules_decides_as_all_that_match_do(drawn, path):
    """By their whole text, by one that must be in the path, or by asking them; the last first."""
    rules = [Rule(glob, f"p:{number}", **keys) for number, (glob, keys) in enumerate(drawn)]
    asked = [rule for rule in rules if matches(rule, path)]

    deciding = RuleIndex(rules).deciding(path)

    assert merged(deciding, path) == merged(asked, path)
    assert [rule for rule in asked if rule in deciding] == deciding


def test_a_glob_is_asked_on_the_path_where_it_has_a_slash_else_on_the_default_name():
    """The one rule for all that ask one of them."""
    assert matches(Rule("a/*", "p"), "a/b")
    assert not matches(Rule("a-*/b", "p"), "a/b")
    assert matches(Rule("a-*", "p"), "a/b")


@pytest.mark.parametrize(
    ("glob", "text"),
    [
        ("*a" * 60 + "*b", "a" * 250),
        ("team-*-model-*-*-eu", "team-" + "-model-" * 30),
        ("**a" * 60 + "**b", "a/" * 500),
        ("**/*a" * 30 + "/**/*b", "a/" * 500),
        ("**" + "*a" * 30 + "b", "/".join(["a" * 250] * 4)),
        ("*a**b**c", "a" * 100_000),
    ],
)
def test_no_text_makes_a_glob_go_back_and_forth(glob, text):
    """The longest keys that a store has, and longer ones, against rules full of stars.

    Else this never ends, or takes the square of the length.
    """
    assert not Glob(glob).matches(text)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "count"),
    [
        ("m{}-*", 0),
        ("*-x{}", 1),
        ("*m{}-*", 1),
        ("t*-m{}-x*", 1),
        ("*m*x{}*", 1),
        ("team/m{}-*", 1),
    ],
)
def test_ten_thousand_rules_are_matched_with_ten_thousand_models(form, count):
    """Whatever they have in common, which tells nothing: to ask each of each takes minutes."""
    index = RuleIndex(Rule(form.format(number), "p") for number in range(10_000, 20_000))
    paths = [f"team/m{number}-x{number}" for number in range(10_000, 20_000)]
    assert [len(index.deciding(path)) for path in paths] == [count] * len(paths)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["*{}", "t*-m*{}", "*/m*{}"])
def test_ten_thousand_rules_that_all_match_ten_thousand_models_take_seconds(form):
    """Whichever keys they set, also where the first sets one that no other does."""
    defaults = Rule("**/*", "p", hold=False, name="m")
    kept = (Rule(form.format("*" * number), "p", exclude=False) for number in range(10_000))
    index = RuleIndex([defaults, *kept])
    before = time.process_time()
    for number in range(10_000):
        assert len(index.deciding(f"team/m{number}")) == 2
    assert time.process_time() - before < 10


def test_rules_of_many_lengths_cost_a_long_path_no_more_than_a_few():
    """A piece of a path for each length of a rule's text took seconds for one path."""
    index = RuleIndex(Rule("q" * length + "*", "p") for length in range(1, 1500))
    before = time.process_time()
    assert index.deciding("m" * 4000) == []
    assert time.process_time() - before < 0.25


def test_of_rules_that_are_looked_up_by_the_same_text_the_last_decides():
    """The others are not even asked."""
    rules = [Rule(glob, "p", name=name) for glob, name in (("a*", "x"), ("*a?", "y"), ("?a*", "z"))]

    assert RuleIndex(rules).deciding("ab") == [rules[1]]
    assert RuleIndex([*rules, rules[0]]).deciding("ab") == [rules[0]]
