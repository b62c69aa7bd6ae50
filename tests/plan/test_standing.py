"""`generator.plan.standing`: what an open pull request has stays in it; what is new waits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.environment.environment import Choice
from generator.lock.changes import changes_between
from generator.lock.lock import Lock
from generator.lock.notes import Failed, OnHold, Removed
from generator.lock.proposed import Proposed
from generator.plan.closure import Closed, Closure
from generator.plan.context import Inputs
from generator.plan.deferral import defer
from generator.plan.plan import Plan
from generator.plan.standing import beside, has_news
from tests.kit.strategies import MOMENT, catalog, environment, model, rule, served, version

NAMES = ("a", "b", "c")
ALL = catalog(*(version(name, number) for name in NAMES for number in (1, 2, 3)))
ADA = OnHold("a", "ada")
FROZEN = Closure(Closed.FREEZE, MOMENT, "frozen by ann: audit")


@st.composite
def states(draw: st.DrawFn) -> Lock:
    """Return a lock with some models, each with a version or two."""
    found = {name: draw(st.sets(st.integers(1, 3), max_size=2)) for name in NAMES}
    return served(
        *(
            model(name, *(version(name, it) for it in sorted(found[name])))
            for name in NAMES
            if found[name]
        )
    )


def frozen(applied, wanted, on_hold=(), proven=ALL):
    """Return the plan of *wanted* under a freeze that lets a hold through, and its inputs."""
    inputs = Inputs(environment(rule()), applied, proven, hold=on_hold)
    lock = applied.succeeded_by(replace(wanted, on_hold=inputs.on_hold))
    plan = Plan("prod", lock, changes=changes_between(applied, lock, {}))
    return defer(plan, inputs, FROZEN, {}), inputs


@given(
    applied=states(), proposed=states(), wanted=states(), on_hold=st.sets(st.sampled_from(NAMES))
)
def test_what_is_proposed_stays_so_but_for_what_is_on_hold_and_nothing_new_comes(
    applied, proposed, wanted, on_hold
):
    """Whatever the policy asks for by now; what it asks for beside that is told to wait."""
    proposed = applied.succeeded_by(proposed)
    plan, inputs = frozen(applied, wanted, tuple(OnHold(name, "ada") for name in sorted(on_hold)))

    found = beside(plan, Proposed(proposed, applied), inputs, {})

    kept = {it.model for it in inputs.on_hold}
    kept |= {it.model for it in changes_between(applied, proposed, {}) if it.after is None}
    for name in NAMES:
        expected = (applied if name in kept else proposed).by_name.get(name)
        one = found.lock.by_name.get(name)
        assert (one and one.state) == (expected and expected.state)
        stays = one.numbers if one else ()
        before = [it for it in plan.deferred if it.model == name and it.versions != stays]
        assert [it for it in found.deferred if it.model == name] == before
    assert found.lock.on_hold == inputs.on_hold
    reasons = {it.model: it.reasons for it in found.changes}
    assert found.changes == changes_between(applied, found.lock, reasons)


@given(applied=states(), proposed=states())
def test_a_version_that_nothing_proves_any_more_comes_out_of_what_is_proposed(applied, proposed):
    """Nothing is published from what is held; all else stays."""
    proposed = applied.succeeded_by(proposed)
    lost = catalog(*(version(name, number) for name in ("b", "c") for number in (1, 2, 3)))
    plan, inputs = frozen(applied, applied, proven=lost)

    found = beside(plan, Proposed(proposed, applied), inputs, {}).lock.by_name

    before, after = applied.by_name.get("a"), proposed.by_name.get("a")
    is_new = after and {*after.numbers} - {*(before.numbers if before else ())}
    expected = before if is_new else after
    assert (found.get("a") and found["a"].numbers) == (expected and expected.numbers)
    for name in ("b", "c"):
        stays = proposed.by_name.get(name) or applied.by_name.get(name)  # no rule takes it away
        assert (found.get(name) and found[name].state) == (stays and stays.state)


A, B = (version("a", number) for number in (1, 2))
ONE, BOTH = model("a", A), model("a", A, B, stable=2)


@pytest.mark.parametrize(
    ("applied", "proposed", "rules", "stays"),
    [
        (ONE, BOTH, [rule(versions=Choice(latest=1))], True),
        (ONE, BOTH, [rule(versions=Choice(pin=(1, 2, 3)), labels={"stable": 2})], True),
        (ONE, BOTH, [rule(versions=Choice(pin=(2,)))], True),
        (ONE, BOTH, [rule(labels={"stable": "latest"})], True),
        (ONE, BOTH, [rule(versions=Choice(pin=(1,)))], False),
        (ONE, BOTH, [rule(labels={"stable": 1})], False),
        (ONE, BOTH, [rule(hold=True)], False),
        (ONE, BOTH, [rule(exclude=True)], False),
        (ONE, BOTH, [rule(match="others")], False),
        (None, ONE, [rule(exclude=True)], False),
        (ONE, None, [rule(exclude=True)], True),
        (ONE, None, [rule(match="others")], True),
        (ONE, None, [rule()], False),
        (BOTH, ONE, [rule(versions=Choice(pin=(1,)))], True),
    ],
)
def test_what_rules_rule_out_by_now_comes_out_of_what_is_proposed(applied, proposed, rules, stays):
    """A merge would bring it against the word of the policy; a newer version only waits."""
    before, after = (served(*([it] if it else [])) for it in (applied, proposed))
    asked = Proposed(before.succeeded_by(after), before)
    inputs = Inputs(environment(*rules), before, ALL)

    found = beside(Plan("prod", before), asked, inputs, {}).lock.by_name.get("a")

    expected = proposed if stays else applied
    assert (found and found.state) == (expected and expected.state)


def test_a_model_whose_index_is_gone_stays_out_of_what_is_served():
    """That it is taken away is the word of the store, and no rule says otherwise."""
    before = served(ONE)
    asked = Proposed(before.succeeded_by(served()), before)
    inputs = Inputs(environment(rule()), before, catalog())

    assert not beside(Plan("prod", before), asked, inputs, {}).lock.models


def test_what_a_proposal_says_beside_its_models_stays_too():
    """What was taken back and is retaken there, what failed, why a model goes, and settings."""
    applied = replace(
        served(model("a", version("a", 1)), model("b", version("b", 1))),
        settings={"serving": {"image": "1"}},
        taken_back=(("a", "x"), ("c", "y")),
        failed=(Failed("a", 2, "z"),),
    )
    proposed = applied.succeeded_by(
        replace(
            served(model("a", version("a", 1), version("a", 2))),
            settings={"serving": {"image": "2"}},
            removed=(Removed("b", "why"),),
            taken_back=(("c", "y"),),
        )
    )
    rules = rule(), rule("b", exclude=True)
    inputs = Inputs(environment(*rules), applied, ALL, hold=())
    plan = Plan("prod", applied)

    found = beside(plan, Proposed(proposed, applied), inputs, {"a": ("because",)})

    assert found.lock == proposed
    assert [it.reasons for it in found.changes] == [
        ("because",),
        ("proposed before changes were stopped",),
    ]
    assert found.stands


def test_news_are_holds_that_begin_or_end_and_what_goes_out_all_the_same():
    """A hold that waits there already is none, nor is one that is let go of before it began."""
    applied = replace(served(model("a", version("a", 1))), on_hold=(OnHold("b", "bob"),))
    asked = replace(applied, on_hold=(ADA, *applied.on_hold))
    let_go = replace(applied, on_hold=())
    goes = changes_between(applied, replace(applied, models=()), {})

    def news(lock, proposed, changes=()):
        return has_news(
            Plan("prod", lock, changes=tuple(changes)), applied, Proposed(proposed, applied)
        )

    assert news(asked, applied)
    assert not news(asked, asked)
    assert not news(applied, asked)
    assert news(let_go, applied)
    assert not news(let_go, let_go)
    assert news(applied, applied, goes)
    assert not news(applied, applied)


@given(applied=states(), made_on=states(), proposed=states())
def test_a_model_that_has_moved_on_since_does_not_stay_proposed(applied, made_on, proposed):
    """Such as by a revert, which it would undo; what it does not change is as it is served."""
    asked = Proposed(made_on.succeeded_by(proposed), made_on)
    plan, inputs = frozen(applied, applied)

    found = beside(plan, asked, inputs, {}).lock.by_name

    for name in NAMES:
        before, then, after = (
            it.by_name[name].state if name in it.by_name else None
            for it in (applied, made_on, asked.lock)
        )
        expected = after if before == then and after is not None else before
        assert (found[name].state if name in found else None) == expected


def test_settings_that_have_moved_on_since_do_not_stay_proposed():
    """Nor go back to what they were when it was made."""
    one, two, three = ({"serving": {"image": it}} for it in "123")
    lock = served(model("a", version("a", 1)))
    asked = Proposed(replace(lock, settings=two), replace(lock, settings=one))

    for settings, expected in ((one, two), (three, three)):
        applied = replace(lock, settings=settings)
        inputs = Inputs(environment(rule()), applied, ALL)
        assert beside(Plan("prod", applied), asked, inputs, {}).lock.settings == expected
