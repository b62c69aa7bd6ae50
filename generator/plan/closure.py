"""Closures: a window that is shut, or a freeze, by which changes may not go out now."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from generator.environment import windows
from generator.environment.environment import Environment
from generator.plan.settings import Setting
from generator.text.timestamp import timestamp


class Closed(StrEnum):
    """The kind of a closure."""

    WINDOW = "window"
    """None of `delivery.windows` is open; what takes harm away goes out all the same."""
    FREEZE = "freeze"
    """`freeze.yaml` stops all of the environment."""


class Closure(Struct, frozen=True):
    """A time at which changes may not go out by themselves, and what waits for its end."""

    code: Closed
    until: datetime
    """When changes go out again by themselves, as far as is known now."""
    reason: str
    """`window 0 9 * * MON-THU for 8h, Europe/Berlin`, or who froze it and why."""
    override: str | None = None
    """The reason for which a person let everything through."""
    is_asked: bool = False
    """Whether a person has to merge what a sync proposes, and can wait for its end."""
    settings: tuple[Setting, ...] = ()
    """The settings that wait, sorted by key."""
    files: tuple[str, ...] = ()
    """The paths of all files that what waits would write or remove."""

    @property
    def stops(self) -> bool:
        """Whether anything waits for its end."""
        return self.override is None and not self.is_asked

    @property
    def briefly(self) -> str:
        """The same as `deferred`, with no more than the kind of the reason."""
        return f"deferred until {timestamp(self.until)} ({self.code})"

    @property
    def deferred(self) -> str:
        """The words for what waits: until when, and why."""
        return f"deferred until {timestamp(self.until)} ({self.reason})"


def next_change(environment: Environment, now: datetime) -> datetime | None:
    """Return the first moment after *now* at which something else may keep changes from going out.

    None where nothing ever does.
    """
    times = [freeze.until for freeze in environment.freezes if now < freeze.until]
    if (moved := windows.next_change(environment.delivery.windows, now)) is not None:
        times.append(moved)
    return min(times, default=None)


def closure_of(
    environment: Environment, now: datetime, override: str | None = None
) -> Closure | None:
    """Return what keeps changes of *environment* from going out *now*, or None.

    A freeze goes before a window: it stops more. Of several the last to end counts, and from
    there on the next window that is open. *override* is why a person lets everything through.
    """
    delivery = environment.delivery
    frozen = [freeze for freeze in environment.freezes if now < freeze.until]
    if frozen:
        last = max(frozen, key=lambda freeze: freeze.until)
        until = last.until
        if not windows.is_open(delivery.windows, until):
            until, _ = windows.next_opening(delivery.windows, until)
        return Closure(Closed.FREEZE, until, str(last), override)
    if windows.is_open(delivery.windows, now):
        return None
    opening, window = windows.next_opening(delivery.windows, now)
    if not delivery.goes_out_by_itself:
        return Closure(Closed.WINDOW, opening, str(window), is_asked=True)
    return Closure(Closed.WINDOW, opening, str(window), override)
