"""The answers of versions to their probes, as far as they decide what a config may say.

A version that is AVAILABLE and not among the answers has nobody who would ask it.
"""

from collections.abc import Mapping

from msgspec import Struct, field

from generator.serving.agent_state import PROBE_ERROR, Answered, ProbeAnswer
from generator.serving.state import VersionKey

_UNPROVEN = frozenset({Answered.NO, Answered.NOT_YET})


class Probed(Struct, frozen=True):
    """The answers of the versions that are AVAILABLE now."""

    answers: Mapping[VersionKey, ProbeAnswer] = field(default_factory=dict)
    overdue: frozenset[VersionKey] = frozenset()
    """The versions that have been asked for long, and gave no answer that shows anything."""
    excused: frozenset[VersionKey] = frozenset()
    """The versions whose wrong answer does not count: see `excused`."""

    @property
    def answered_wrongly(self) -> frozenset[VersionKey]:
        """The versions that have answered wrongly, whether that counts or not."""
        return frozenset(key for key, it in self.answers.items() if it.answered is Answered.NO)

    def is_proven(self, key: VersionKey) -> bool:
        """Whether nothing speaks against labels on a version that is AVAILABLE."""
        if key not in self.answers or key in self.excused:
            return True
        return self.answers[key].answered not in _UNPROVEN

    def is_awaited(self, key: VersionKey) -> bool:
        """Whether an answer of a version will come soon."""
        return self._is(key, Answered.NOT_YET) and key not in self.overdue

    def wrong(self, key: VersionKey) -> str | None:
        """Return the words of a wrong answer; None if there is none that counts."""
        counts = self._is(key, Answered.NO) and key not in self.excused
        return self.answers[key].words if counts else None

    def doing(self, key: VersionKey) -> str:
        """Return, in words, what a version that is not proven waits for."""
        answer = self.answers[key]
        if answer.answered is Answered.NO:
            return f"{PROBE_ERROR}{answer.words}"
        silent = f": {answer.words}" if answer.words else ""
        if key in self.overdue:
            return f"its probe has long had no answer{silent}"
        return f"its probe is not answered yet{silent}"

    def _is(self, key: VersionKey, answered: Answered) -> bool:
        return key in self.answers and self.answers[key].answered is answered


NOBODY_ASKS = Probed()
"""The answers in a pod in which nothing is asked."""
