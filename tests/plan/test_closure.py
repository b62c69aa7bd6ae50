"""`generator.plan.closure`: when changes may not go out, and until when."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.environment.delivery import Review
from generator.environment.freeze import Freeze
from generator.environment.windows import Window, is_open
from generator.plan.closure import Closed, closure_of
from tests.kit.strategies import environment, rule

SUNDAY = datetime(2026, 11, 29, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 8, tzinfo=UTC)
WORK = Window("0 9 * * MON-THU", 8 * 3600, "Europe/Berlin")


def freeze(until: datetime, why: str = "the sale") -> Freeze:
    """Return a freeze of everything."""
    return Freeze(("*",), until, "me", why, "freeze.yaml:5")


def fleet(*freezes: Freeze, windows: tuple[Window, ...] = (), **delivery: object):
    """Return an environment with freezes and windows."""
    found = environment(rule())
    kept = replace(found.delivery, windows=windows, **delivery)
    return replace(found, freezes=freezes, delivery=kept)


def test_without_windows_and_freezes_nothing_is_closed():
    """As ever."""
    assert closure_of(fleet(), SUNDAY) is None


def test_outside_of_its_windows_an_environment_is_closed_until_the_next_opens():
    """In words that a person can act on."""
    found = closure_of(fleet(windows=(WORK,)), SUNDAY)

    assert found
    assert (found.code, found.until, found.stops) == (Closed.WINDOW, MONDAY, True)
    assert found.deferred == (
        "deferred until 2026-11-30T08:00:00Z (window 0 9 * * MON-THU for 8h, Europe/Berlin)"
    )
    assert closure_of(fleet(windows=(WORK,)), MONDAY) is None


def test_a_freeze_stops_also_within_a_window_and_says_who_and_why():
    """Of several the last to end counts; one that is over stops nothing."""
    over, short, long = (freeze(MONDAY + timedelta(hours=h), f"{h}h") for h in (0, 1, 2))

    found = closure_of(fleet(over, long, short, windows=(WORK,)), MONDAY)

    assert found
    assert (found.code, found.until) == (Closed.FREEZE, long.until)
    assert found.reason == "frozen by me: 2h (freeze.yaml:5)"
    assert closure_of(fleet(over), MONDAY) is None


def test_after_a_freeze_changes_wait_for_a_window_too():
    """What is told is when they go out, and not when they would wait for something else."""
    found = closure_of(fleet(freeze(SUNDAY + timedelta(hours=1)), windows=(WORK,)), SUNDAY)

    assert found
    assert (found.code, found.until) == (Closed.FREEZE, MONDAY)


def test_a_reason_to_override_lets_all_through():
    """The reason is kept, and what it was against."""
    for environment_ in (fleet(windows=(WORK,)), fleet(freeze(MONDAY))):
        found = closure_of(environment_, SUNDAY, "ticket 7")
        assert found
        assert (found.override, found.stops) == ("ticket 7", False)


def test_a_window_stops_no_proposal_that_a_person_merges_and_a_freeze_does():
    """The merge is when it goes out; a forge that merges by itself asks nobody."""
    asks = {"mode": "pull-request", "windows": (WORK,)}
    merges = {**asks, "pull_request": Review(auto_merge=True)}

    stops = [
        found.stops
        for one in (fleet(**asks), fleet(**merges), fleet(freeze(MONDAY), **asks))
        if (found := closure_of(one, SUNDAY))
    ]

    assert stops == [False, True, True]


@given(
    st.lists(st.integers(0, 200), max_size=3),
    st.booleans(),
    st.integers(0, 14 * 24),
)
def test_at_the_end_of_a_closure_nothing_is_closed(ends, has_window, hour):
    """So a due time is the first at which another sync helps; and no earlier one does."""
    now = SUNDAY + timedelta(hours=hour)
    windows = (WORK,) if has_window else ()
    freezes = [freeze(SUNDAY + timedelta(hours=end)) for end in ends]
    found = closure_of(fleet(*freezes, windows=windows), now)

    closed = any(now < it.until for it in freezes) or not is_open(windows, now)
    assert (found is not None) == closed
    if found:
        assert found.until > now
        assert closure_of(fleet(*freezes, windows=windows), found.until) is None
        before = found.until - timedelta(seconds=1)
        assert closure_of(fleet(*freezes, windows=windows), before) is not None
