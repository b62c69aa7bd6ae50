"""The other pods, and what they serve on whatever becomes of this one.

A pure function of what one pod sees. Only what others tell now is evidence that they serve: one
that is silent, or told its last long ago, may be out itself.
"""

from msgspec import Struct

from generator.agent.decide.rules import Rules
from generator.agent.decide.standing import is_restless, was_ready
from generator.agent.decide.view import NOT_WHOLE, View
from generator.serving.wave_state import Labels, Leave, Peer
from generator.text.phrases import listed

_SHOWN = 5  # names in a reason


class Others(Struct, frozen=True):
    """The others as a pod sees them at the moment *now*."""

    view: View
    rules: Rules
    now: float

    @property
    def uncertainty(self) -> str:
        """The reason why nobody can tell what they serve: not all are heard, or in the Service."""
        view = self.view
        if not view.is_whole or view.strangers:
            unheard = listed([*view.strangers, *view.silent], _SHOWN)
            return f"not all pods are heard: {unheard or NOT_WHOLE}"
        if late := view.late(self.now, self.rules.margins.fresh):
            return f"not heard of late: pod {listed(late, _SHOWN)}"
        out = [it.pod for it in view.peers if it.wave and it.wave.leave is Leave.OUT]
        return f"pod {listed(out, _SHOWN)} is out of the Service" if out else ""

    def lacking(self, models: Labels) -> str:
        """Return which of *models*, or which labels of some, none is sure to serve on.

        Empty if there are none.
        """
        others = [it for it in self.view.peers if self._serves_on(it)]
        found = []
        for name, labels in sorted(models.items()):
            serving = [it for it in others if it.served.get(name)]
            had = frozenset[str]().union(*(it.labels_of(name) for it in serving))
            if not serving:
                found.append(name)
            found += [f"{name} by its label {label}" for label in sorted(labels - had) if serving]
        return listed(found, _SHOWN) if found else ""

    def lack(self, models: Labels) -> bool | None:
        """Return whether one of *models* is lacking without this pod; None if nobody can tell."""
        return None if self.uncertainty else bool(self.lacking(models))

    @property
    def are_out(self) -> bool | None:
        """Whether none gets requests of those that did; None if nobody can tell."""
        others = [it for it in self.view.peers if was_ready(it) and not is_restless(it)]
        if not others or any(it.ready and not it.is_silent for it in others):
            return False
        return None if self.uncertainty else True

    @property
    def know_yielding(self) -> bool:
        """Whether all tell whether they yield: see `yielding`."""
        peers = self.view.peers
        return not any(it.wave and it.yields is None and not it.is_remembered for it in peers)

    @property
    def are_heard(self) -> bool:
        """Whether each was heard of late, so that it has heard this pod as well."""
        return not self.view.late(self.now, self.rules.margins.fresh)

    def _serves_on(self, peer: Peer) -> bool:
        """Whether a pod takes requests, and is at no risk."""
        wave = peer.wave
        if wave is None or not peer.ready or wave.trials or wave.is_restless:
            return False
        return (wave.answering or 0.0) >= self.rules.margins.counted
