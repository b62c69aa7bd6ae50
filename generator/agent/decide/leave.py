"""The leave of a pod from its Service: whether the others serve on while it is out.

A pure function of what one pod sees. Only what others tell now is evidence: one that is silent,
or told its last long ago, may be out itself. A pod first tells that it *asks* to leave, for twice
as long as what is seen of it may be old, and then goes. Of two that ask, the first in the order of
pods goes. So no two are out at once: of two that would be, the one that goes second has seen the
other ask before it, or out.
"""

from collections.abc import Collection

from generator.agent.decide.order import order_of
from generator.agent.decide.rules import Rules
from generator.agent.decide.turn import View
from generator.serving.wave_state import Leave, Peer
from generator.text.phrases import listed


def hindrance(pod: str, view: View, models: Collection[str], rules: Rules) -> str:
    """Return why *pod*, which serves *models*, may not leave the Service now; empty if it may."""
    asking = [it.pod for it in view.peers if it.wave and it.wave.leave is Leave.ASKS]
    before = [it for it in asking if order_of(it) < order_of(pod)]
    return doubt(view, models, rules) or (f"pod {before[0]} leaves first" if before else "")


def doubt(view: View, models: Collection[str], rules: Rules) -> str:
    """Return why it is not sure that others serve *models* on; empty if it is."""
    if not view.is_whole or view.strangers:
        unheard = listed([*view.strangers, *view.silent], 5)
        return f"not all pods are heard: {unheard or 'their name has others, or no answer'}"
    late = sorted({*view.late, *(it.pod for it in view.peers if it.is_silent)})
    if late:
        return f"not heard of late: pod {listed(late, 5)}"
    out = [it.pod for it in view.peers if it.wave and it.wave.leave is Leave.OUT]
    if out:
        return f"pod {listed(out, 5)} is out of the Service"
    left = set(models)
    for peer in view.peers:
        if left and _serves_on(peer, rules):
            left = {name for name in left if not peer.served.get(name)}
    if left:
        return f"no other pod is ready, tries nothing new and serves {listed(sorted(left), 5)}"
    return ""


def _serves_on(peer: Peer, rules: Rules) -> bool:
    """Whether a pod takes requests, and is at no risk."""
    wave = peer.wave
    if wave is None or not peer.ready or wave.trials or wave.is_restless:
        return False
    return (wave.answering or 0.0) >= rules.margins.counted
