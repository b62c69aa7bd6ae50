"""The line of the pods that serve, by which a new version comes to one after the other.

Who has the version comes before who does not, the furthest first; the others have one order, by a
hash of their names. The first ones lead: there the version has to answer for the soak.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from generator.agent.decide.order import comes_before, order_of
from generator.agent.decide.own_state import OwnState
from generator.agent.decide.rules import Rules
from generator.agent.decide.standing import (
    NewVersion,
    Standing,
    doing,
    is_on_trial,
    is_restless,
    is_tried_again,
    may_not_count_in,
    serves_safely,
    standing,
    takes_turns,
    tries,
    was_ready,
)
from generator.agent.decide.turn import NOBODY, Go, Turn, Wait
from generator.serving.wave_state import Peer


class Line(Struct, frozen=True):
    """The line for one version, as the pod *me* stands in it."""

    me: OwnState
    version: NewVersion
    rules: Rules
    peers: Sequence[Peer]
    """All others, in the line or not."""
    length: int
    """The pods that stand in it, this one included."""
    reached: Mapping[str, Standing]
    """The stage that each of the others in the line has come to, by its name."""
    before: Sequence[Peer]
    """Those that stand before this pod."""
    absent: Sequence[Peer]
    """Those in the line that have nothing of the version yet, and may take it."""

    @classmethod
    def of(cls, me: OwnState, peers: Sequence[Peer], version: NewVersion, rules: Rules) -> "Line":
        """Return the line in which *me* stands with those of *peers* that take turns."""
        takers = sorted((it for it in peers if takes_turns(it, version, rules)), key=_order)
        reached = {it.pod: standing(it, version, rules.soak) for it in takers}
        trying = [it for it in takers if tries(it, version) and not reached[it.pod]]
        absent = [it for it in takers if it not in trying and not reached[it.pod]]
        absent = [it for it in absent if not version.is_refused_by(it, me.pod)]
        before = sorted((it for it in takers if reached[it.pod]), key=lambda it: -reached[it.pod])
        if is_on_trial(me, version):
            before += [it for it in trying if _order(it) < order_of(me.pod)]
        else:
            before += trying + [it for it in absent if comes_before(it, me)]
        return cls(me, version, rules, peers, len(takers) + 1, reached, before, absent)

    def turn(self, unseen: str) -> Turn:
        """Return the turn of the pod.

        *unseen* is why there may be other pods than those in the line; empty if there are none.
        """
        if len(self.before) < self._first:
            return self._leading(unseen)
        for at, peer in enumerate(self.before):
            leads = at < self._first
            if self.reached[peer.pod] < (Standing.STEADY if leads else Standing.ANSWERING):
                is_doubt = is_tried_again(peer, self.version)
                return self._wait(peer.pod, self._doing(peer), is_doubt=is_doubt)
            if leads and at + 1 >= self._first and not self.rules.one_by_one:
                break
        return Go(self.version.digest)

    def _leading(self, unseen: str) -> Turn:
        """Return the turn of the pod where it would be one of the first."""
        me = self.me
        if unseen:
            return self._wait(NOBODY, unseen)
        missed = [it for it in self.absent if may_not_count_in(me, it, self.rules)]
        if missed and not is_on_trial(me, self.version):
            return self._wait(missed[0].pod, self._unaware(missed[0]))
        others = [it for it in self.peers if was_ready(it) and not is_restless(it)]
        is_safe = not me.serves and not any(it.ready for it in others)
        if others and not is_safe and not any(serves_safely(it, self.rules) for it in others):
            return self._wait(others[0].pod, "no other pod serves now that tries nothing new")
        return Go(self.version.digest, leads=True)

    @property
    def _first(self) -> int:
        """The number of those that lead: one serves on that does not."""
        return min(self.rules.first, max(1, self.length - 1))

    def _unaware(self, peer: Peer) -> str:
        """Return why the pod does not lead yet beside one that may not know that it takes turns."""
        if peer.is_silent:
            return self._doing(peer)
        return f"pod {peer.pod} may not have heard yet that this one takes turns"

    def _doing(self, peer: Peer) -> str:
        return doing(peer, self.version, self.rules)

    def _wait(self, pod: str, why: str, *, is_doubt: bool = False) -> Wait:
        return Wait(pod, f"turn {len(self.before) + 1} of {self.length}: {why}", is_doubt)


def _order(peer: Peer) -> str:
    return order_of(peer.pod)
