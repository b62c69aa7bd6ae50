"""The pauses of an agent, in one value: all of them in seconds."""

from msgspec import field

from generator.agent.decide import retry
from generator.agent.decide.probe_history import ProbePauses
from generator.agent.decide.reload import OVERDUE
from generator.agent.decide.retention import LINGER
from generator.agent.decide.retry import RetryPauses
from generator.agent.decide.rules import Margins
from generator.agent.decide.seconds import Seconds
from generator.agent.download import data_source
from generator.serving.agent_state import STALLED


class Pauses(Seconds, frozen=True):
    """The times after which an agent does something again, or gives up waiting."""

    retry: RetryPauses = retry.USUAL
    """Before a version that failed to load is tried again."""
    probe: ProbePauses = field(default_factory=ProbePauses)
    """Between two probes of a version."""
    overdue: float = OVERDUE
    """Before a config that is not taken counts as refused."""
    linger: float = LINGER
    """For which data stays that the server may still look for."""
    prune_again: float = 300.0
    """Before what could not be removed is tried again."""
    first_fetch: float = data_source.FIRST_PAUSE
    longest_fetch: float = data_source.LONGEST_PAUSE
    """Between two tries to fetch; the pause doubles from the first to the longest."""
    margins: Margins = field(default_factory=Margins)
    """By which pods allow for what they see late of each other."""
    stalled: float = STALLED
    """Without a round, before an agent counts as dead."""


USUAL = Pauses()
