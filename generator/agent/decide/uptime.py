"""The uptime of a server: for how long it has answered, and whether it stays up at all."""

from msgspec import Struct

from generator.agent.decide.load_history import Refused, Reported
from generator.serving.reported import Unanswered

_ENDS = 3
"""Ends, with less than a minute of answers between them, after which a server does not stay up."""

CALM = 2
"""The times as long that such a server answers before it is taken to stay up again."""


class Uptime(Struct, frozen=True):
    """The uptime of one server; a new value for each look."""

    since: float | None = None
    """Since when it has answered without a break; None if it does not."""
    ends: int = 0
    """The number of its ends, with no answers between them that lasted."""

    @property
    def is_restless(self) -> bool:
        """Whether the server ends again and again."""
        return self.ends >= _ENDS

    def seconds(self, now: float) -> float | None:
        """Return for how long it has answered; None if it does not."""
        return None if self.since is None else now - self.since

    def after(self, reported: Reported, now: float, enough: float) -> "Uptime":
        """Return it after a look; *enough* are the seconds for which one that stays up answers.

        One that did not stay up answers for longer: others count its pod in only before that.
        """
        lasted = 0.0 if self.since is None else now - self.since
        if isinstance(reported, Unanswered):
            has_ended = self.since is not None and isinstance(reported, Refused)
            return Uptime(None, has_ended + (0 if lasted >= enough else self.ends))
        since = now if self.since is None else self.since
        is_calm = lasted >= (CALM * enough if self.is_restless else enough)
        return Uptime(since, 0 if is_calm else self.ends)
