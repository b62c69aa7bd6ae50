"""The order of environments: by `from`, and by name where that leaves a choice."""

from collections.abc import Iterable
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.environment.environment import Environment
from generator.environment.order import in_order
from tests.kit.environments import environment


def _one(name: str, sources: Iterable[str] = ()) -> Environment:
    rules = [{"match": f"m-{other}", "versions": {"latest": 1, "from": other}} for other in sources]
    return replace(environment(policy=[{"match": "*"}, *rules]), name=name)


def _names(environments: Iterable[Environment]) -> list[str]:
    return [one.name for one in environments]


DEV = _one("dev")
STAGING = _one("staging", ["dev"])
PROD = _one("prod", ["staging"])


@pytest.mark.parametrize("given_order", list(permutations([DEV, STAGING, PROD])))
def test_an_environment_comes_after_those_that_it_takes_versions_from(
    given_order: tuple[Environment, ...],
) -> None:
    """However they are named, a version gets as far in one run as its gates let it."""
    assert _names(in_order(given_order)) == ["dev", "staging", "prod"]


def test_without_from_environments_are_in_the_order_of_their_names() -> None:
    """A reader finds them where they were before."""
    assert _names(in_order([_one("eu"), _one("us"), _one("asia")])) == ["asia", "eu", "us"]


def test_an_environment_that_is_not_among_them_orders_nothing() -> None:
    """`sync prod` alone takes from what staging has."""
    assert _names(in_order([PROD, DEV])) == ["dev", "prod"]


@st.composite
def _fleets(draw: st.DrawFn) -> list[Environment]:
    """Environments whose sources make no circle, in any order."""
    names = draw(st.lists(st.text("abcdef", min_size=1, max_size=3), unique=True, max_size=8))
    made = [
        _one(name, draw(st.sets(st.sampled_from(names[:index]))) if index else ())
        for index, name in enumerate(names)
    ]
    return draw(st.permutations(made))


@given(_fleets())
def test_each_comes_after_its_sources_and_none_is_lost(fleet: list[Environment]) -> None:
    """And none is passed by a greater name that did not have to come before it."""
    found = _names(in_order(fleet))
    sources = {one.name: set(one.sources) for one in fleet}
    assert sorted(found) == sorted(sources)
    for index, name in enumerate(found):
        done = set(found[:index])
        assert sources[name] <= done
        assert name == min(other for other in found[index:] if sources[other] <= done)
