"""The place in the line that a pod gives to those behind it, while it cannot take its turn.

It has no room for what Git wants, and may not leave its Service to make some: nobody else serves a
model of it, say. So it stands behind all that do not say the same, with every version: there is one
order at a time. It is behind as soon as it says so. Its own place is its own again when all others
have heard that it says so no more, and nobody else has gone by that since: after twice the time by
which what they hear may be old.
"""

from msgspec import Struct


class Yielding(Struct, frozen=True):
    """The yielding of one pod; a new value for each look."""

    since: float | None = None
    """Since when it cannot take its turn; None if it can."""
    is_told: bool = False
    """Whether it tells so now."""
    told_at: float | None = None
    """When it told so last; None if its place is its own."""
    is_recalled: bool = False
    """Whether an agent before this one told so, on a clock of its own."""

    @property
    def is_behind(self) -> bool:
        """Whether the pod stands behind those that do not yield."""
        return self.is_recalled or self.told_at is not None

    @property
    def lasting(self) -> "Yielding":
        """The part of it that outlives an agent: others may yet go by what that told."""
        return Yielding(is_recalled=self.is_behind)

    def after(
        self, now: float, enough: float, *, is_held: bool | None, hears_all: bool
    ) -> "Yielding":
        """Return it after a look at which the pod *is held*; None is that nobody can tell.

        Such a look begins nothing and ends nothing: a pod that others hear late at times is held
        as long as before.
        *enough* are the seconds after which it tells so, and after which others know that it does
        not any more, if it *hears all* of them by then.
        """
        since = now if self.since is None else self.since
        # A round that could not be made, or written, has told the same as the one before it.
        told_at = now if self.is_told or self.is_recalled else self.told_at
        is_due = bool(is_held) and now - since >= enough
        if is_due or (self.is_told and is_held is not False):
            return Yielding(since, is_told=True, told_at=now)
        if hears_all and told_at is not None and now - told_at >= enough:
            told_at = None
        if is_held is None:
            return Yielding(self.since, told_at=told_at)
        return Yielding(since if is_held else None, told_at=told_at)
