"""Naming: which models an environment knows, and the names that they are served under."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.hold import Code, Held
from generator.environment.policy import policy_for
from generator.plan.naming import Naming, name_all, name_models
from tests.kit.strategies import (
    catalog,
    catalogs,
    environments,
    held_index,
    held_version,
    rule,
    version,
)


def names(naming: Naming) -> dict[str, str]:
    """Return the base paths of models by name."""
    return {model.name: model.base_path for model in naming.models}


def holds(held: tuple[Held, ...]) -> set[tuple[str, str | None, int | None]]:
    """Return holds as code, model and version."""
    return {(hold.code.value, hold.model, hold.version) for hold in held}


def test_models_have_their_base_path_with_dashes_as_name_or_that_of_a_rule():
    """Each with its own versions."""
    found = catalog(version("a/b", 1), version("c", 1), version("c", 2))
    naming = name_models([rule(), rule("c", name="net")], found, ())
    assert names(naming) == {"a-b": "a/b", "net": "c"}
    assert [len(model.versions) for model in naming.models] == [1, 2]
    assert naming.held == ()


@pytest.mark.parametrize(
    "base_path",
    [
        "it's",
        'say "x"',
        "two\nlines",
        "{{ secret }}",
        "a b",
        "-a",
        ".a",
        "_a",
        "a\u00e9",
        "a:b",
        "a@b",
        "a%2f",
        "m\n",
        "a" * 254,
    ],
)
def test_a_name_that_a_server_or_a_url_would_misread_is_held(base_path):
    """Each version of the model, with the way out; other models are not stopped."""
    found = catalog(version("good", 1), version(base_path, 1), version(base_path, 2))
    naming = name_models([rule()], found, ())
    assert names(naming) == {"good": "good"}
    assert holds(naming.held) == {("unsafe-name", base_path, 1), ("unsafe-name", base_path, 2)}
    assert {hold.base_path for hold in naming.held} == naming.nameless == {base_path}
    assert {repr(base_path) in hold.problems[0] for hold in naming.held} == {True}


@pytest.mark.parametrize("base_path", ["a", "A.b_c-9", "9", "a" * 253])
def test_letters_digits_and_three_signs_are_a_safe_name(base_path):
    """Up to 253 of them."""
    assert names(name_models([rule()], catalog(version(base_path, 1)), ())) == {
        base_path: base_path
    }


def test_a_rule_gives_an_unsafe_base_path_a_name():
    """That is the way out of `unsafe-name`."""
    naming = name_models([rule("it's", name="its")], catalog(version("it's", 1)), ())
    assert names(naming) == {"its": "it's"}
    assert naming.held == ()


@pytest.mark.parametrize(
    ("one", "two", "rules", "name"),
    [
        ("a/b", "a-b", [rule()], "a-b"),
        ("a", "b", [rule(), rule("b", name="a")], "a"),
        ("a", "b", [rule("?", name="same")], "same"),
    ],
)
def test_two_base_paths_with_one_name_are_both_held(one, two, rules, name):
    """Nobody can know which of them a client means."""
    found = catalog(version(one, 1), version(two, 1), version(two, 2), version("c/d", 1))
    naming = name_models(rules, found, ())
    assert name not in names(naming)
    assert naming.colliding == {name}
    assert naming.nameless == {one, two}
    assert holds(naming.held) == {("name-collision", name, 1), ("name-collision", name, 2)}
    assert {hold.base_path for hold in naming.held} == {one, two}
    assert all(repr(one) in hold.problems[0] for hold in naming.held)
    assert all(repr(two) in hold.problems[0] for hold in naming.held)


def test_an_excluded_base_path_collides_with_none():
    """Excluding one of two is a way out of `name-collision`."""
    found = catalog(version("a/b", 1), version("a-b", 1))
    naming = name_models([rule(), rule("a/b", exclude=True)], found, ())
    assert names(naming) == {"a-b": "a-b"}
    assert naming.held == ()


def test_an_excluded_model_is_left_out_with_its_holds_and_says_why():
    """A removal then names the rule."""
    found = catalog(version("a", 1), version("b", 1), held=(held_version("a", 2),))
    naming = name_models([rule(), rule("a", line=5, exclude=True)], found, ("a",))
    assert names(naming) == {"b": "b"}
    assert naming.held == ()
    assert naming.excluded == {"a": "excluded (environments/prod.yaml:5)"}


def test_a_model_without_a_rule_is_none_of_the_environment():
    """Neither its versions nor its holds; the holds of whole indexes are everyone's."""
    broken = held_index("x", 1)
    found = catalog(version("a", 1), held=(held_version("b", 2), broken))
    naming = name_models([rule("c")], found, ("d",))
    assert (naming.models, naming.held, naming.excluded) == ((), (broken,), {})


def test_holds_have_the_name_that_the_model_is_served_under():
    """A person looks for that one."""
    found = catalog(held=(held_version("a", 1),))
    naming = name_models([rule(name="net")], found, ())
    assert holds(naming.held) == {("etag-mismatch", "net", 1)}


def test_a_model_is_known_by_a_proven_version_a_hold_or_the_lock():
    """One that is served, and whose index cannot be read, is in the lock alone."""
    found = catalog(version("a", 1), held=(held_version("b", 2),))
    assert set(names(name_models([rule()], found, ("c",)))) == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("path", "match", "meant"),
    [
        ("res-net", "res_net", "res-net"),
        ("res_net", "res-net", "res_net"),
        ("ResNet", "resnet", "ResNet"),
        ("RESNET_50", "resnet-50", "RESNET_50"),
        ("vision/res-net", "vision/res_net", "vision/res-net"),
        ("vision/res-net", "vision-res_net", "vision-res-net"),
        ("resnet", "resnett", "resnet"),
        ("resnet", "ranker", None),
    ],
)
@pytest.mark.parametrize("is_held", [False, True])
def test_a_rule_that_matches_nothing_is_told_what_it_may_mean(path, match, meant, is_held):
    """By case, hyphen or underscore, or a letter; also a model that no rule matches."""
    found = catalog(held=(held_version(path, 1),)) if is_held else catalog(version(path, 1))
    naming = name_models([rule(match)], found, ())
    assert [one.match for one in naming.unmatched] == [match]
    assert naming.alike(match) == meant


def test_many_rules_that_match_nothing_are_compared_by_case_and_hyphen_alone():
    """Nobody mistypes so many; to look for a letter in all pairs of names takes many minutes."""
    numbers = range(3000)
    found = catalog(*(version(f"net-{number:05}", 1) for number in numbers))
    rules = [rule(f"nett-{number:05}") for number in numbers]
    naming = name_models([*rules, rule("Net_00007")], found, ())
    assert naming.alike("Net_00007") == "net-00007"
    assert {naming.alike(one.match) for one in rules} == {None}


def test_the_whole_catalog_is_named_whatever_the_policy_leaves_out():
    """`catalog` shows every version, those without a rule under their default name."""
    found = catalog(
        version("a", 1),
        version("b", 1),
        version("it's", 1),
        version("c", 1),
        held=(held_version("d", 1), held_version("c", 2), held_index("x", 1)),
    )
    named = name_all([rule("it's"), rule("b", exclude=True), rule("c", name="net")], found)
    assert [(name, item.base_path) for name, item in named.versions] == [
        ("a", "a"),
        ("b", "b"),
        ("net", "c"),
    ]
    assert holds(named.held) == {
        ("etag-mismatch", "d", 1),
        ("etag-mismatch", "net", 2),
        ("field-count", None, None),
        ("unsafe-name", "it's", 1),
    }
    assert list(named.held) == sorted(named.held, key=lambda hold: hold.order)


@given(environments, catalogs(), st.sets(st.sampled_from(["a", "b", "a/b", "z"])))
def test_a_version_is_in_one_model_or_held_or_not_wanted(environment, found, served_paths):
    """No version of a policy's models is lost without a word, and no name is there twice."""
    naming = name_models(environment.policy, found, served_paths)
    assert len(names(naming)) == len(naming.models)
    in_models = [item for model in naming.models for item in model.versions]
    reasons = (Code.NAME_COLLISION, Code.UNSAFE_NAME)
    held = {(hold.base_path, hold.version) for hold in naming.held if hold.code in reasons}
    for item in found.versions:
        policy = policy_for(environment.policy, item.base_path)
        unwanted = policy is None or policy.excluded
        places = [item in in_models, (item.base_path, item.version) in held, unwanted]
        assert places.count(True) == 1
