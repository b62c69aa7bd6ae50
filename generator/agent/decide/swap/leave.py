"""The leave of a pod from its Service: whether the others serve on while it is out.

A pure function of what one pod sees. Only what others tell now is evidence: one that is silent,
or told its last long ago, may be out itself. A pod first tells that it *asks* to leave, for twice
as long as what is seen of it may be old, and then goes. Of two that ask, the first in the order of
pods goes. So no two are out at once: of two that would be, the one that goes second has seen the
other ask before it, or out.
"""

from generator.agent.decide.order import order_of
from generator.agent.decide.rules import Rules
from generator.agent.decide.view import View
from generator.serving.wave_state import Labels, Leave, Peer
from generator.text.phrases import listed

_SHOWN = 5  # names in a reason


def hindrance(pod: str, view: View, models: Labels, rules: Rules, now: float) -> str:
    """Return why *pod*, which serves *models*, may not leave the Service now; empty if it may."""
    asking = [it.pod for it in view.peers if it.wave and it.wave.leave is Leave.ASKS]
    before = [it for it in asking if order_of(it) < order_of(pod)]
    return doubt(view, models, rules, now) or (f"pod {before[0]} leaves first" if before else "")


def doubt(view: View, models: Labels, rules: Rules, now: float) -> str:
    """Return why it is not sure that others serve *models* on; empty if it is."""
    if found := uncertainty(view, rules, now):
        return found
    left = alone(view, models, rules)
    serves = f"no other pod is ready, tries nothing new and serves {listed(left, _SHOWN)}"
    return serves if left else ""


def uncertainty(view: View, rules: Rules, now: float) -> str:
    """Return why nobody can tell what others serve: not all are heard, or in the Service."""
    if not view.is_whole or view.strangers:
        unheard = listed([*view.strangers, *view.silent], _SHOWN)
        return f"not all pods are heard: {unheard or 'their name has others, or no answer'}"
    if late := view.late(now, rules.margins.fresh):
        return f"not heard of late: pod {listed(late, _SHOWN)}"
    out = [it.pod for it in view.peers if it.wave and it.wave.leave is Leave.OUT]
    return f"pod {listed(out, _SHOWN)} is out of the Service" if out else ""


def alone(view: View, models: Labels, rules: Rules) -> list[str]:
    """Return the models, and the labels of some, that no other pod is sure to serve on."""
    others = [it for it in view.peers if _serves_on(it, rules)]
    found = []
    for name, labels in sorted(models.items()):
        serving = [it for it in others if it.served.get(name)]
        had = frozenset[str]().union(*(it.labels_of(name) for it in serving))
        if not serving:
            found.append(name)
        found += [f"{name} by its label {label}" for label in sorted(labels - had) if serving]
    return found


def _serves_on(peer: Peer, rules: Rules) -> bool:
    """Whether a pod takes requests, and is at no risk."""
    wave = peer.wave
    if wave is None or not peer.ready or wave.trials or wave.is_restless:
        return False
    return (wave.answering or 0.0) >= rules.margins.counted
