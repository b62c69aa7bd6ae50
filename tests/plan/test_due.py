"""The moment at which a plan is due again: until then, the clock alone changes nothing."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.environment.environment import Choice
from generator.lock.lock import LockState
from generator.plan.context import Context
from tests.kit.decisions import decide
from tests.kit.plans import NOTHING, numbers
from tests.kit.strategies import catalog, environment, model, rule, served, version

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
AGES = st.sampled_from([0, 600, 3600, 86400])
MINUTES = st.integers(-3000, 3000)
CHOICES = st.builds(
    Choice,
    latest=st.integers(1, 3),
    min_age=AGES,
    source=st.sampled_from([None, "staging"]),
)


@st.composite
def situations(draw):
    """Draw an environment, a catalog, what it serves, and what another one serves since when."""
    versions = [
        replace(version("m", number), published=NOON + timedelta(minutes=draw(MINUTES)))
        for number in range(1, draw(st.integers(2, 5)))
    ]
    now = served(model("m", versions[0])) if draw(st.booleans()) else NOTHING
    times = sorted(draw(st.lists(MINUTES, max_size=3)), reverse=True)
    past = [
        LockState(NOON + timedelta(minutes=minutes), served(model("m", *versions[:number])))
        for number, minutes in enumerate(times, 1)
    ]
    return environment(rule(versions=draw(CHOICES))), catalog(*versions), now, {"staging": past}


@given(situations(), st.integers(0, 100_000), st.integers(0, 999))
def test_before_it_is_due_a_plan_stays_as_it_is(situation, minutes, share):
    """At any moment from now on, and up to the last before that."""
    env, found, lock, elsewhere = situation
    now = NOON + timedelta(minutes=minutes - 3000)
    plan = decide(env, found, lock, Context(now, elsewhere))
    end = plan.due or now + timedelta(days=1000)

    later = decide(env, found, lock, Context(now + (end - now) * share / 1000, elsewhere))

    assert (numbers(later), later.changes, later.due) == (numbers(plan), plan.changes, plan.due)


def test_the_first_of_all_that_wait_is_due_also_where_a_newer_one_is_told():
    """An older version that waits is not held: the rule wants the newest. It opens first."""
    one, two, three = (version("m", number) for number in (1, 2, 3))
    two = replace(two, published=NOON - timedelta(minutes=50))
    three = replace(three, published=NOON)
    env = environment(rule(versions=Choice(latest=1, min_age=3600)))

    plan = decide(env, catalog(one, two, three), served(model("m", one)), Context(NOON))

    assert [hold.version for hold in plan.held] == [3]
    assert plan.due == NOON + timedelta(minutes=10)


def test_a_plan_without_a_gate_is_never_due():
    """No clock is in it."""
    plan = decide(environment(rule()), catalog(version("m", 1)), NOTHING, Context(NOON))

    assert plan.due is None
