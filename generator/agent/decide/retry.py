"""The pauses before a version that failed to load is tried again, in seconds."""

from generator.agent import backoff
from generator.agent.decide.seconds import Seconds

FIRST_PAUSE = 300.0
LONGEST_PAUSE = 3600.0

PAUSE_OF_THE_KILLED = 30.0
"""After the first load with which the server ended: somebody else may have killed it.

If it ends again, that is the version's doing, and the pauses are those of any failure.
"""

GRACE = 600.0
"""An error that was there before a version was tried again counts anew after so long.

It is longer than a server takes to read its config and to look for versions. Until then it
cannot be told from the error of the trial before, which servers report until they try again.
"""


class RetryPauses(Seconds, frozen=True):
    """The pauses of one agent; they double from the first to the longest."""

    first: float = FIRST_PAUSE
    longest: float = LONGEST_PAUSE
    killed: float = PAUSE_OF_THE_KILLED
    grace: float = GRACE

    def after(self, attempts: int, *, is_killed: bool) -> float:
        """Return the pause after so many failed *attempts*; *is_killed*: with the last, the server.

        Only the first such end may be somebody else's doing.
        """
        if is_killed and attempts == 1:
            return self.killed
        return backoff.pause(attempts, self.first, self.longest)


USUAL = RetryPauses()
