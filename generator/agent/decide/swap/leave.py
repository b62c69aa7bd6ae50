"""The leave of a pod from its Service: whether the others serve on while it is out.

A pure function of what one pod sees. A pod first tells that it *asks* to leave, for twice as long
as what is seen of it may be old, and then goes. Of two that ask, the first in the order of pods
goes. So no two are out at once: of two that would be, the one that goes second has seen the other
ask before it, or out.
"""

from generator.agent.decide.order import order_of
from generator.agent.decide.others import Others
from generator.serving.wave_state import Labels, Leave


def hindrance(pod: str, others: Others, models: Labels) -> str:
    """Return why *pod*, which serves *models*, may not leave the Service now; empty if it may."""
    asking = [it.pod for it in others.view.peers if it.wave and it.wave.leave is Leave.ASKS]
    before = [it for it in asking if order_of(it) < order_of(pod)]
    return doubt(others, models) or (f"pod {before[0]} leaves first" if before else "")


def doubt(others: Others, models: Labels) -> str:
    """Return why it is not sure that others serve *models* on; empty if it is."""
    if found := others.uncertainty:
        return found
    left = others.lacking(models)
    return f"no other pod is ready, tries nothing new and serves {left}" if left else ""
