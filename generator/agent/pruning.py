"""The pruning of a models folder: which data stays, and when the rest is due to be removed."""

from dataclasses import dataclass, field

from generator.agent.decide.config import Config
from generator.agent.decide.observation import Observation
from generator.agent.decide.retention import Retention
from generator.agent.place import Place
from generator.serving.reported import Unanswered


@dataclass(slots=True)
class Pruning:
    """The pruning of one folder: again after some seconds, or when something else is to stay."""

    retention: Retention
    again: float
    _at: float = 0.0
    _kept: frozenset[Place] = field(default_factory=frozenset)

    def kept(
        self, wanted: Config, served: Config, pod: Observation, *, is_idle: bool
    ) -> frozenset[Place] | None:
        """Return the places that stay where all others are to be removed now; None if not.

        That is where neither Git nor the config *served* names them and the server has let go of
        them, and only while nothing else moves: *is_idle*.
        """
        if pod.present is None or isinstance(pod.reported, Unanswered):
            return None
        places = self.retention.places(wanted, served, pod)
        is_due = places != self._kept or pod.now - self._at >= self.again
        if not (is_idle and is_due):
            return None
        self._at, self._kept = pod.now, places
        return places
