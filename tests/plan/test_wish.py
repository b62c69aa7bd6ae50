"""A wish is made again where what it rests on has changed, and only there."""

import pytest
from msgspec.structs import replace

from generator.catalog.findings import Findings
from generator.catalog.hold import Code
from generator.plan.context import Inputs
from generator.plan.decide import decide
from generator.plan.missing import MissingFacts
from generator.plan.wish import wish_of
from tests.kit.decisions import all_is_well
from tests.kit.plans import NOTHING, ONE, THREE, TWO, numbers
from tests.kit.strategies import catalog, environment, rule

REFUSED = Findings(((Code.NOT_SERVABLE, ("it is empty",)),))


@pytest.fixture
def inputs():
    """Inputs of a model with three versions."""
    return Inputs(environment(rule()), NOTHING, catalog(ONE, TWO, THREE))


def test_it_stands_while_all_that_is_looked_up_is_as_hoped(inputs):
    """What was looked at, and what was found to be well, changes no wish."""
    missing = decide(inputs)
    assert isinstance(missing, MissingFacts)
    more = all_is_well(inputs, missing)
    assert more.facts != inputs.facts
    assert wish_of(more, missing.wish) is missing.wish


@pytest.mark.parametrize(
    "changed",
    [
        lambda it: replace(it, facts=replace(it.facts, findings={THREE.digest: REFUSED})),
        lambda it: replace(it, facts=replace(it.facts, gone=frozenset({THREE.path}))),
        lambda it: replace(it, catalog=catalog(ONE, TWO)),
        lambda it: replace(it, environment=environment(rule(exclude=True))),
        lambda it: replace(it, lock=replace(it.lock)),
        lambda it: replace(it, context=replace(it.context)),
    ],
    ids=["refused", "gone", "catalog", "policy", "lock", "clock"],
)
def test_it_does_not_stand_where_anything_is_new_that_it_rests_on(inputs, changed):
    """It is made anew then, from all of it."""
    before, now = wish_of(inputs), changed(inputs)
    assert wish_of(now, before) is not before
    assert wish_of(now, before) == wish_of(now)


def test_a_refused_version_makes_room_for_the_next(inputs):
    """Although the wish was made when nobody knew."""
    missing = decide(inputs)
    assert isinstance(missing, MissingFacts)
    more = all_is_well(inputs, missing)
    refused = replace(more, facts=replace(more.facts, findings={THREE.digest: REFUSED}))
    next_one = decide(refused, missing.wish)
    assert isinstance(next_one, MissingFacts)
    assert numbers(decide(all_is_well(refused, next_one), next_one.wish)) == {"m": (2,)}
