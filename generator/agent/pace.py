"""The pace of an agent: its wait from one round to the next.

A round asks for each model and label, so an agent that has nothing to do looks seldom. While
something is under way it looks each second: each step of a change waits for a look.
"""

from dataclasses import dataclass

from generator.agent.report import Report

QUICK = 1.0
"""Seconds between two looks at a pod in which something happens."""

LASTS = 60.0
"""Seconds for which a pod in which nothing has changed is still looked at so often."""

NOTICES = 1.0
"""Seconds between two looks at the mounted folder alone, which costs next to nothing."""


@dataclass(slots=True)
class Pace:
    """The waits of one agent, by what its rounds find; *interval* is the longest, in seconds."""

    interval: float
    _moved_at: float | None = None

    def wait(self, before: Report, after: Report, began: float, now: float) -> float:
        """Return the seconds to wait after a round that found *after*, and *before* it the other.

        It took from *began* to *now*, and the wait is no shorter than that: to look is not to
        take more than half of the time.
        """
        took = now - began
        if _state(before) != _state(after) or self._moved_at is None:
            self._moved_at = now
        # To see that nobody listens is one connection.
        is_cheap = "server" in after.problems and took < QUICK
        moves = not after.in_sync and (is_cheap or now - self._moved_at < LASTS)
        return min(self.interval, max(QUICK, took)) if moves else self.interval


def _state(report: Report) -> tuple[object, ...]:
    """Return what changes in a report while something happens in its pod."""
    readiness = report.readiness.ready, report.readiness.reason
    wanted = report.environment, report.generation, report.wanted_digest
    served = report.served_digest, report.reload.verdict
    return *readiness, *wanted, *served, report.waits, report.failed, report.unfetched
