"""The rules of waves: how pods take a new version one after another, and how sure they make."""

from msgspec import Struct, field

from generator.agent.decide.seconds import Seconds
from generator.serving.leaving import ASKS, LEAVES


class Margins(Seconds, frozen=True):
    """The seconds by which pods allow for what they see late of each other."""

    counted: float = 30.0
    """For which a server has answered when other pods count its pod in."""
    takes: float = 60.0
    """For which it has answered when the pod itself takes turns: what others see is older."""
    silent: float = 20.0
    """After which what a pod told last is not of now."""
    stale: float = 90.0
    """Since its last round after which an agent only repeats what it found then."""
    gone: float = 60.0
    """For which a pod is neither listed nor heard before it is gone."""
    stranger: float = 60.0
    """For which an address counts at which nobody was ever heard."""
    fresh: float = ASKS / 2
    """Within which what a pod tells counts where another one is to leave the Service."""
    leaves: float = LEAVES
    """For which a pod is out of the Service before it lets go of what it served."""
    often: float = 2.0
    """Between two looks while something waits or is on trial."""
    seldom: float = 10.0
    """Between two looks at other times."""

    @property
    def asks(self) -> float:
        """For how long a pod tells that it is to leave: twice what others hear may be old."""
        return 2 * self.fresh


class Rules(Struct, frozen=True):
    """The rules of waves, as `serving.rollout` has them."""

    first: int = 1
    """The pods that lead."""
    soak: float = 120.0
    """Seconds for which a version answers in those before others follow."""
    one_by_one: bool = True
    """Whether the others follow one after another, or all at once."""
    timeout: float = 1800.0
    """Seconds for which a pod waits for one other."""
    goes_on: bool = False
    """Whether it goes on without that one then; else it holds, and says so."""
    margins: Margins = field(default_factory=Margins)
