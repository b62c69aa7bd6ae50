"""Windows: the times at which changes may go out, as `delivery.windows` has them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from generator.environment.units import duration_text
from generator.text.phrases import did_you_mean

_FIELDS = 5
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NO_ZONE = "Factory"
"""The zone of a machine to which nobody has told one."""


class Window(Struct, frozen=True):
    """A window: it opens whenever *cron* says so, and closes a while later."""

    cron: str
    """Minute, hour, day of the month, month, day of the week; on the clock of *timezone*."""
    duration: int
    """Seconds that pass until it closes, also where clocks are put forward or back meanwhile."""
    timezone: str = "UTC"

    def __str__(self) -> str:
        return f"window {self.cron} for {duration_text(self.duration)}, {self.timezone}"

    def is_open(self, now: datetime) -> bool:
        """Whether *now* is in it: from its opening on, and before its close."""
        return self.closing(now) is not None

    def closing(self, now: datetime) -> datetime | None:
        """Return the first moment at which it may close, of one that is open *now*; else None."""
        opened = next(self.openings(now - timedelta(seconds=self.duration)), None)
        if opened is None or opened > now:
            return None
        return opened + timedelta(seconds=self.duration)

    def openings(self, since: datetime) -> Iterator[datetime]:
        """Yield the times after *since* at which it opens, in UTC.

        As cron of Debian has it: a time that clocks skip opens it when they have, and one that
        they show twice opens it the first time; where minutes or hours are a `*`, what passes
        counts, whatever clocks say.
        """
        from zoneinfo import ZoneInfo  # noqa: PLC0415  most environments have no window

        from cronsim import CronSim  # noqa: PLC0415

        for at in CronSim(self.cron, since.astimezone(ZoneInfo(self.timezone))):
            if (opened := at.astimezone(UTC)) > since:
                yield opened


def is_open(windows: Sequence[Window], now: datetime) -> bool:
    """Whether changes may go out *now*: at any time where there are no *windows*."""
    return not windows or any(window.is_open(now) for window in windows)


def next_opening(windows: Sequence[Window], now: datetime) -> tuple[datetime, Window]:
    """Return when the first of *windows* opens after *now*, and which it is."""
    found = ((opened, it) for it in windows for opened in _first(it.openings(now)))
    return min(found, key=lambda one: one[0])


def next_change(windows: Sequence[Window], now: datetime) -> datetime | None:
    """Return the first moment after *now* at which one of *windows* opens or closes."""
    found = [opened for it in windows for opened in _first(it.openings(now))]
    found += [closed for it in windows if (closed := it.closing(now)) is not None]
    return min(found, default=None)


def problem_of_cron(text: str) -> str | None:
    """Return what is wrong with *text* as the cron of a window, or None."""
    from cronsim import CronSim, CronSimError  # noqa: PLC0415

    if len(text.split()) != _FIELDS:
        return "expected five fields: minute, hour, day of the month, month, day of the week"
    try:
        return None if [*_first(CronSim(text, _ANY))] else "no day is like that, so it never opens"
    except CronSimError as error:
        field = str(error).removeprefix("Bad ")
        problem = f"the {field} cannot be read, or no day has it"
        return f"{problem}; a week begins with SUN: FRI-SAT,SUN" if _goes_back(text) else problem


def _goes_back(cron: str) -> bool:
    """Whether the days of the week have a range over the end of a week, such as `FRI-SUN`."""
    ranges = [it.split("-") for it in cron.upper().rsplit(maxsplit=1)[-1].split(",")]
    found = [[_DAYS.index(day) for day in days] for days in ranges if {*days} <= {*_DAYS}]
    return any(days != sorted(days) for days in found)


def problem_of_timezone(name: str) -> str | None:
    """Return what is wrong with *name* as a time zone, or None.

    A machine knows others as well, such as `localtime`: they are not the same everywhere.
    """
    from importlib import resources  # noqa: PLC0415  likewise

    zones = resources.files("tzdata").joinpath("zones").read_text().split()
    if name in zones and name != _NO_ZONE:
        return None
    problem = "no time zone of the IANA database, such as Europe/Berlin or UTC"
    return f"{problem}{did_you_mean(name, zones)}"


def _first(times: Iterator[datetime]) -> Iterator[datetime]:
    """Yield the first of *times*, if there is one."""
    if (found := next(times, None)) is not None:
        yield found


_ANY = datetime(2026, 1, 1, tzinfo=UTC)
