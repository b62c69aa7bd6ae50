"""The race of pushes to one branch: a run that was too slow pauses, and goes on for some time."""

import random
import time

from msgspec import Struct, field

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
"""Seconds; between them, each pause is twice as long as the one before, at most."""


class Race(Struct, frozen=False):
    """The attempts of one run to push; pauses differ, so that runs do not meet again."""

    patience: float = 120
    """Seconds for all attempts."""
    attempts: int = 1
    _begun: float = field(default_factory=time.monotonic)

    def goes_on(self) -> bool:
        """Pause after a push that others forestalled; False when the time is over."""
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(self.attempts, 10))
        pause = random.uniform(0, longest)  # noqa: S311  no secret
        if time.monotonic() + pause - self._begun > self.patience:
            return False
        time.sleep(pause)
        self.attempts += 1
        return True
