"""`generator.plan.deferral`: the part of a plan that goes out now; the rest waits, as it is."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.catalog.hold import Code
from generator.environment.freeze import Freeze
from generator.environment.windows import Window
from generator.lock.changes import changes_between
from generator.lock.lock import Lock
from generator.lock.notes import Pending, Removed
from generator.plan.closure import Closed, Closure
from generator.plan.context import Context, Facts, Inputs
from generator.plan.deferral import closure_now, defer, foretold, with_holds_foretold
from generator.plan.plan import Deferred, Plan, Why
from tests.kit.memory_run import MemoryBranch
from tests.kit.strategies import catalog, environment, model, rule, served, version

UNTIL = datetime(2026, 11, 30, 8, tzinfo=UTC)
SHUT = Closure(Closed.WINDOW, UNTIL, "window 0 9 * * MON for 8h, UTC")
NAMES = ("a", "b", "c", "d")


@st.composite
def locks(draw: st.DrawFn) -> Lock:
    """Return a lock with some models, each with a version or two, and some that wait."""
    models = []
    for name in NAMES:
        if numbers := draw(st.sets(st.integers(1, 3), max_size=2)):
            labels = (
                {"stable": draw(st.sampled_from(sorted(numbers)))} if draw(st.booleans()) else {}
            )
            models.append(
                model(name, *(version(name, number) for number in sorted(numbers)), **labels)
            )
    waiting = draw(st.sets(st.sampled_from(NAMES)))
    pending = tuple(Pending(name, (3,)) for name in sorted(waiting))
    return replace(served(*models), pending=pending)


def planned(applied: Lock, wanted: Lock, taken=()) -> tuple[Plan, Inputs]:
    """Return a plan from one lock to another, and what it was made of."""
    lock = applied.succeeded_by(wanted)
    changes = changes_between(applied, lock, {})
    steps = tuple(
        Deferred(it.model, it.versions, it.labels, UNTIL - timedelta(days=1), "a step")
        for it in lock.pending
    )
    facts = Facts(taken=frozenset(taken))
    inputs = Inputs(environment(rule()), applied, catalog(), facts=facts)
    return Plan("prod", lock, changes=changes, deferred=steps), inputs


@given(applied=locks(), wanted=locks(), exempt=st.sets(st.sampled_from(NAMES)))
def test_models_that_are_exempt_are_as_planned_and_all_others_as_they_were(applied, wanted, exempt):
    """Versions, labels and the steps ahead; each that waits is told with its time."""
    plan, inputs = planned(applied, wanted)

    found = defer(plan, inputs, SHUT, dict.fromkeys(exempt, "why"))

    before, planned_, after = (it.by_name for it in (applied, plan.lock, found.lock))
    pending = [{it.model: it for it in lock.pending} for lock in (applied, plan.lock, found.lock)]
    for name in NAMES:
        expected = planned_ if name in exempt else before
        assert (one := after.get(name)) is None or one.state == expected[name].state
        assert (name in after) == (name in expected)
        assert pending[2].get(name) == pending[1 if name in exempt else 0].get(name)
    assert {it.model for it in found.changes} == {it.model for it in plan.changes} & exempt
    waiting = {it.model: it for it in found.deferred if it.why is Why.WINDOW}
    assert waiting.keys() >= {it.model for it in plan.changes} - exempt
    assert not waiting.keys() & exempt
    assert all(it.due == UNTIL for it in waiting.values())


@given(applied=locks(), wanted=locks())
def test_where_nothing_is_exempt_the_lock_stays_to_the_byte(applied, wanted):
    """So nothing is rendered, and nothing committed; in the window all of it is there again."""
    plan, inputs = planned(applied, wanted)

    found = defer(plan, inputs, SHUT, {})

    assert found.lock is applied
    assert found.changes == ()
    assert found.unchanged == len(applied.models)


def test_what_was_taken_back_stays_so_while_its_model_waits():
    """Another model's way back is a commit of ours, from which on the past is not looked at."""
    applied = served(model("a", version("a", 1)), model("b", version("b", 2)))
    wanted = served(model("a", version("a", 3)), model("b", version("b", 1)))
    plan, inputs = planned(applied, wanted, taken=[("a", "old"), ("b", "new")])

    found = defer(plan, inputs, SHUT, {"b": "back"})

    assert found.lock.taken_back == (("a", "old"),)


def test_a_step_that_is_due_after_the_opening_keeps_its_own_time_and_reason():
    """The later of the two is when it is made."""
    applied = replace(served(model("a", version("a", 1))), pending=(Pending("a", (3,)),))
    plan, inputs = planned(applied, applied)
    late = replace(plan.deferred[0], due=UNTIL + timedelta(hours=1))
    servers = replace(plan.deferred[0], due=None)

    for item in (late, servers):
        found = defer(replace(plan, deferred=(item,)), inputs, SHUT, {})
        assert found.deferred == (item,)
    [soon] = defer(plan, inputs, SHUT, {}).deferred
    assert (soon.due, soon.why) == (UNTIL, Why.WINDOW)


def test_a_step_whose_time_comes_after_the_window_is_told_for_the_next_one():
    """Nothing is closed now. A step within the window keeps its own time and reason."""
    applied = replace(served(model("a", version("a", 1))), pending=(Pending("a", (3,)),))
    plan, inputs = planned(applied, applied)
    own = inputs.environment
    mondays = replace(own.delivery, windows=(Window("0 8 * * MON", 8 * 60 * 60),))
    inputs = replace(inputs, environment=replace(own, delivery=mondays))
    within = replace(plan.deferred[0], due=UNTIL + timedelta(hours=7))
    after = replace(plan.deferred[0], due=UNTIL + timedelta(hours=9))

    def told(item):
        plans = replace(plan, deferred=(item,))
        return foretold(plan, plans, inputs, MemoryBranch()).deferred[0]

    assert told(within) == within
    assert told(after) == replace(
        after, due=UNTIL + timedelta(days=7), reason="window 0 8 * * MON for 8h, UTC"
    )


def test_a_withdrawn_version_that_stays_for_a_window_is_told_as_degraded():
    """Nothing proves it any more, and it is served."""
    applied = served(model("a", version("a", 2)))
    plan, inputs = planned(applied, served(model("a", version("a", 3))))
    lost = replace(inputs, facts=Facts(deleted=frozenset({version("a", 2).path})))

    assert defer(plan, lost, SHUT, {}).degraded == ("a 2",)
    assert defer(plan, inputs, SHUT, {}).degraded == ()


def test_a_window_stops_no_first_sync_and_what_was_all_removed_is_none():
    """No pod runs before the first; afterwards there may be clients."""
    shut = Window("0 0 29 2 *", 60)
    fleet = environment(rule())
    fleet = replace(fleet, delivery=replace(fleet.delivery, windows=(shut,)))
    now = replace(Inputs(fleet, served(), catalog()).context, now=UNTIL)
    emptied = replace(served(), removed=(Removed("a", "", 2),))

    assert closure_now(Inputs(fleet, served(), catalog(), now)) is None
    assert closure_now(Inputs(fleet, emptied, catalog(), now)) is not None


def test_a_version_that_comes_of_age_in_a_freeze_is_told_for_its_end():
    """Its age alone would promise a time at which nothing goes out; one that ends in time stays."""
    until = UNTIL + timedelta(days=20)
    frozen = replace(
        environment(rule()), freezes=(Freeze(("prod",), until, "ada", "the sale", "freeze.yaml:5"),)
    )
    waits = replace(version("a", 1).hold(Code.WAITING, "too young"), due=UNTIL)
    later = replace(waits, due=until + timedelta(hours=1))
    plan = Plan("prod", served(), held=(waits, later))

    def foretold_at(now, of=frozen):
        inputs = Inputs(of, served(), catalog(), context=Context(now))
        return with_holds_foretold(plan, inputs).held

    told, as_it_was = foretold_at(UNTIL - timedelta(days=1))

    assert told.due == until
    assert told.problems[-1].startswith("then deferred until 2026-12-20T08:00:00Z (frozen by ada")
    assert as_it_was == later
    assert foretold_at(UNTIL, environment(rule())) == plan.held
    assert foretold_at(until)[0].due == UNTIL, "what is due now goes out now"
