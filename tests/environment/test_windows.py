"""`generator.environment.windows`: when changes may go out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.environment.windows import (
    Window,
    is_open,
    next_opening,
    problem_of_cron,
    problem_of_timezone,
)
from tests.kit.examples import examples

MINUTE = timedelta(minutes=1)
DAY_SHIFT = timedelta(days=2)
BERLIN = "Europe/Berlin"
SHIFTS = [
    *(datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),  # Berlin
    *(datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)),  # New York
    *(datetime(2026, 4, 4, 15, tzinfo=UTC), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),  # Lord Howe
]
LORD_HOWE = "Australia/Lord_Howe"
ZONES = ["UTC", BERLIN, "America/New_York", LORD_HOWE, "Asia/Kolkata"]
RANGES = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 6)}


@st.composite
def fields(draw: st.DrawFn, name: str, *, star: int) -> tuple[str, set[int]]:
    """Return a field of cron, and the numbers that it stands for; most are a star."""
    low, high = RANGES[name]
    if draw(st.integers(0, 9)) < star:
        return "*", set(range(low, high + 1))
    first = draw(st.integers(low, high))
    last = draw(st.integers(first, high))
    step = draw(st.integers(1, 5))
    text = draw(st.sampled_from(["one", "range", "steps"]))
    if text == "one":
        return str(first), {first}
    if text == "range":
        return f"{first}-{last}", set(range(first, last + 1))
    return f"*/{step}", set(range(low, high + 1, step))


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, dict[str, set[int]]]:
    """Return a window of some hours at most, and the numbers of each field."""
    stars = {"minute": 3, "hour": 4, "day": 9, "month": 10, "weekday": 8}
    found = {name: draw(fields(name, star=stars[name])) for name in RANGES}
    cron = " ".join(text for text, _ in found.values())
    duration = draw(st.integers(1, 240)) * 60
    numbers = {name: numbers for name, (_, numbers) in found.items()}
    # Of a cron with a star its library knows shifts of whole hours only.
    is_fixed = "*" not in f"{cron.split()[0][0]}{cron.split()[1][0]}"
    zones = ZONES if is_fixed else [zone for zone in ZONES if zone != LORD_HOWE]
    return Window(cron, duration, draw(st.sampled_from(zones))), numbers


def matches(wall: datetime, numbers: dict[str, set[int]], cron: str) -> bool:
    """Whether cron names a time of the clock: of two that say a day, one is enough."""
    _, _, day, _, weekday = cron.split()
    days = wall.day in numbers["day"], wall.isoweekday() % 7 in numbers["weekday"]
    is_day = all(days) if day.startswith("*") or weekday.startswith("*") else any(days)
    return (
        is_day
        and wall.minute in numbers["minute"]
        and wall.hour in numbers["hour"]
        and wall.month in numbers["month"]
    )


def opens_at(at: datetime, window: Window, numbers: dict[str, set[int]]) -> bool:
    """Whether *window* opens in the minute *at*: read off the clock on the wall."""
    zone = ZoneInfo(window.timezone)
    wall, before = at.astimezone(zone), (at - MINUTE).astimezone(zone)
    minute, hour, *_ = window.cron.split()
    if minute.startswith("*") or hour.startswith("*"):
        return matches(wall, numbers, window.cron)
    shown = before.replace(tzinfo=None) + MINUTE
    now = wall.replace(tzinfo=None)
    skipped = []
    while shown < now:
        skipped.append(shown)
        shown += MINUTE
    return any(matches(one, numbers, window.cron) for one in skipped) or (
        not wall.fold and matches(wall, numbers, window.cron)
    )


def minutes(first: datetime, last: datetime) -> Iterator[datetime]:
    """Yield the whole minutes after *first* until *last*."""
    at = first.replace(second=0, microsecond=0)
    while (at := at + MINUTE) <= last:
        yield at


@settings(max_examples=examples(150), deadline=None)
@given(
    drawn=windows(),
    shift=st.sampled_from(SHIFTS),
    offset=st.integers(-2 * 86400, 2 * 86400),
)
def test_a_window_is_open_as_a_clock_that_is_read_minute_by_minute_says(drawn, shift, offset):
    """Also in nights in which clocks are put forward or back, by an hour or by half of one."""
    window, numbers = drawn
    now = shift + timedelta(seconds=offset)
    since = now - timedelta(seconds=window.duration)
    opened = any(opens_at(at, window, numbers) for at in minutes(since, now))

    assert is_open([window], now) == opened

    until = now + DAY_SHIFT
    slow = next((at for at in minutes(now, until) if opens_at(at, window, numbers)), None)
    found = next(window.openings(now), until + MINUTE)
    assert (found if found <= until else None) == slow


@given(drawn=st.lists(windows(), min_size=1, max_size=3), offset=st.integers(0, 30 * 86400))
@settings(max_examples=examples(60), deadline=None)
def test_of_several_windows_one_that_is_open_is_enough_and_the_first_to_open_counts(drawn, offset):
    """Each is read by itself."""
    several = [window for window, _ in drawn]
    now = SHIFTS[0] + timedelta(seconds=offset)

    assert is_open(several, now) == any(window.is_open(now) for window in several)
    if not is_open(several, now):
        opening, window = next_opening(several, now)
        assert opening == min(next(one.openings(now)) for one in several)
        assert is_open([window], opening)
        assert not is_open([window], opening - timedelta(microseconds=1))


def test_without_windows_changes_go_out_at_any_time():
    """That is the default."""
    assert is_open((), datetime.now(UTC))


def test_a_window_is_closed_again_at_its_last_moment():
    """The moment after eight hours is the first one outside."""
    window = Window("0 9 * * MON-THU", 8 * 3600, BERLIN)
    opening = datetime(2026, 11, 30, 8, tzinfo=UTC)

    assert window.is_open(opening)
    assert window.is_open(opening + timedelta(hours=8, microseconds=-1))
    assert not window.is_open(opening + timedelta(hours=8))
    assert not window.is_open(opening + timedelta(days=4))  # Friday


def test_a_time_that_clocks_skip_opens_when_they_have():
    """02:30 is not there on 29 March: the window opens at 03:00, and stays for its hour."""
    window = Window("30 2 * * *", 3600, BERLIN)
    night = datetime(2026, 3, 28, 12, tzinfo=UTC)

    assert next(window.openings(night)) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert window.is_open(datetime(2026, 3, 29, 1, 59, tzinfo=UTC))
    assert not window.is_open(datetime(2026, 3, 29, 2, tzinfo=UTC))


def test_a_time_that_clocks_show_twice_opens_once():
    """02:30 is there twice on 25 October: the first one counts."""
    window = Window("30 2 * * *", 1800, BERLIN)
    openings = window.openings(datetime(2026, 10, 24, 12, tzinfo=UTC))

    assert next(openings) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next(openings) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_eight_hours_are_eight_hours_in_the_night_of_the_shift():
    """What passes counts, not what clocks say."""
    window = Window("0 0 * * *", 8 * 3600, BERLIN)
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)

    assert window.is_open(midnight + timedelta(hours=7, minutes=59))
    assert not window.is_open(midnight + timedelta(hours=8))


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 9 * *", "expected five fields"),
        ("@daily", "expected five fields"),
        ("0 0 9 * * MON", "expected five fields"),
        ("0 25 * * *", "hour"),
        ("0 9 * * MON-THUR", "day-of-week"),
        ("0 9 * * FRI-MON", "a week begins with SUN: FRI-SAT,SUN"),
        ("61 9 * * *", "minute"),
        ("0 9 * 13 *", "month"),
        ("0 9 30 2 *", "day-of-month cannot be read, or no day has it"),
        ("0 9 31 4,6,9,11 *", "day-of-month cannot be read, or no day has it"),
    ],
)
def test_a_cron_that_is_none_or_that_never_comes_is_told(cron, words):
    """A window that never opens would defer for ever, and nobody would see why."""
    problem = problem_of_cron(cron)
    assert problem
    assert words in problem
    assert ("a week begins" in problem) == (cron == "0 9 * * FRI-MON")


@pytest.mark.parametrize("cron", ["0 9 29 2 *", "0 0 * 2 MON#5", "0 9 L * *", "* * * * *"])
def test_a_cron_that_comes_once_in_years_is_one(cron):
    """The 29th of February is a day."""
    assert problem_of_cron(cron) is None


@pytest.mark.parametrize("name", ["Europe", "Nowhere", "../../etc/passwd", "/etc/localtime", " "])
def test_a_time_zone_is_one_of_the_database(name):
    """Neither a folder of it nor a file elsewhere."""
    assert problem_of_timezone(name)
    assert problem_of_timezone(BERLIN) is None


@pytest.mark.parametrize("name", ["localtime", "posixrules", "Factory", "right/UTC"])
def test_a_time_zone_is_the_same_on_all_machines(name):
    """Windows are open at the same time on a laptop and in CI."""
    assert problem_of_timezone(name)


def test_a_time_zone_is_written_as_the_database_has_it():
    """Some machines take it otherwise, and others do not."""
    assert "did you mean 'Europe/Berlin'?" in (problem_of_timezone("europe/berlin") or "")
