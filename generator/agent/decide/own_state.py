"""The state of the pod itself, as it takes turns: what it tells others, and what only it knows."""

from generator.agent.decide.rules import Rules
from generator.agent.decide.uptime import CALM
from generator.serving.wave_state import WaveState


class OwnState(WaveState, frozen=True):
    """The share of this pod, with what it does not tell."""

    serves: bool = True
    """Whether its server answers for something now: where it does not, nothing is lost with it."""

    def seconds_before_turns(self, rules: Rules) -> float:
        """Return for how long its server has answered when it takes turns."""
        return rules.margins.takes * (CALM if self.is_restless else 1)

    def takes_turns(self, rules: Rules) -> bool:
        """Whether it stands in the line: it serves, and its server has answered for a while."""
        return self.was_ready and (self.answering or 0.0) >= self.seconds_before_turns(rules)
