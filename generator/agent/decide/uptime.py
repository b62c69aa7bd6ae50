"""The uptime of a server: for how long it has answered, and whether it stays up at all."""

from msgspec import Struct

from generator.agent.decide.load_history import Refused, Reported
from generator.serving.reported import Unanswered

_ENDS = 3
"""Ends, with less than a minute of answers between them, after which a server does not stay up."""


class Uptime(Struct, frozen=True):
    """The uptime of one server; a new value for each look."""

    since: float | None = None
    """Since when it has answered without a break; None if it does not."""
    ends: int = 0
    """The number of its ends since it answered for long enough."""

    @property
    def is_restless(self) -> bool:
        """Whether the server ends again and again."""
        return self.ends >= _ENDS

    def seconds(self, now: float) -> float | None:
        """Return for how long it has answered; None if it does not."""
        return None if self.since is None else now - self.since

    def after(self, reported: Reported, now: float, enough: float) -> "Uptime":
        """Return it after a look; *enough* are the seconds for which one that stays up answers."""
        if isinstance(reported, Unanswered):
            has_ended = self.since is not None and isinstance(reported, Refused)
            return Uptime(None, self.ends + has_ended)
        since = now if self.since is None else self.since
        return Uptime(since, 0 if now - since >= enough else self.ends)
