"""Taking turns: whether a pod may name a version that is new to its environment.

A pure function of what one pod sees. All pods have one order, by a hash of their names. The first
ones lead: they name it at once, and it has to answer there for the soak. Then the others follow,
each when it answers in those before it, or all together.

The order is the same for all versions: with one for each, a commit of two versions that end
servers would take two pods at once.

What a pod sees may be old, or less than there is, so each rule errs on the side of waiting:

- who has the version already leads, whatever the order says: it may have come in between;
- a pod that is not heard any more keeps its place until it is gone for sure (see `roster`);
- a pod takes turns when its server has answered for a while, and others count it in sooner;
- nobody leads who may not see all pods, or is cut off from one that is listed and was never
  heard, nor does the last one that serves and is at no risk.

None of them keeps a fresh pod out for ever: see `is_served_well` and `is_left_alone`.
"""

from collections.abc import Collection, Sequence

from generator.agent.decide.line import Line
from generator.agent.decide.order import order_of
from generator.agent.decide.own_state import OwnState
from generator.agent.decide.rules import Rules
from generator.agent.decide.standing import (
    NewVersion,
    doing,
    doubters,
    has_proven,
    is_served_well,
    standing,
    was_ready,
    witnesses,
)
from generator.agent.decide.turn import NOBODY, Go, Turn, Wait
from generator.agent.decide.view import NOT_WHOLE, View
from generator.serving.wave_state import Peer
from generator.text.phrases import listed

_UNSEEN = f"it is not known which pods there are: {NOT_WHOLE}"


def turn(
    me: OwnState,
    view: View,
    version: NewVersion,
    rules: Rules,
    skipped: Collection[str] = (),
) -> Turn:
    """Return whether the pod *me* may name *version* now, which nobody has refused.

    *skipped* are the pods that it has waited for long enough, and goes on without.
    """
    peers = [it for it in view.peers if it.pod not in skipped]
    if not me.was_ready and not any(map(was_ready, peers)):
        # Nothing is served anywhere: there is nothing to protect, and all to gain.
        return Go(version.digest) if view.is_whole or NOBODY in skipped else Wait(NOBODY, _UNSEEN)
    if later := _with_a_later_state(peers, version):
        return later
    if not me.takes_turns(rules):
        return _as_guest(me, peers, version, rules)
    unseen = "" if NOBODY in skipped else _unseen(view)
    return Line.of(me, peers, version, rules).turn(unseen)


def _unseen(view: View) -> str:
    """Return why there may be pods that are not seen; empty if there are none."""
    if not view.is_whole:
        return _UNSEEN
    return f"nobody has heard {listed(view.strangers, 5)}" if view.strangers else ""


def _with_a_later_state(peers: Sequence[Peer], version: NewVersion) -> Wait | None:
    """Return the wait for what Git says by now: there this version may not be wanted any more.

    Who has that state forgets what it knew of a version that it does not want.
    """
    for peer in peers:
        if peer.generation > version.generation and not peer.is_silent:
            has = f"pod {peer.pod} has generation {peer.generation} of what Git says"
            return Wait(peer.pod, f"{has}, and this one still {version.generation}")
    return None


def _as_guest(me: OwnState, peers: Sequence[Peer], version: NewVersion, rules: Rules) -> Turn:
    """Return the turn of a pod that is fresh, or whose server has just come back.

    It takes what enough others serve well, and tries nothing that they do not, nor what a pod of
    its template tries again.
    """
    if is_served_well(witnesses(me, peers, version), version, rules):
        return Go(version.digest)
    if me.was_ready:
        takes = f"{me.seconds_before_turns(rules):.0f} s"
        return Wait(me.pod, f"this pod takes turns when its server has answered for {takes}")
    if again := sorted(doubters(me, peers, version), key=_order):
        return Wait(again[0].pod, f"first, {doing(again[0], version, rules)}", is_doubt=True)
    serving = [it for it in peers if was_ready(it)]
    trying = sorted((it for it in serving if not has_proven(it, version, rules)), key=_order)
    trying.sort(key=lambda it: -standing(it, version, rules.soak))
    return Wait(trying[0].pod, f"first, {doing(trying[0], version, rules)}")


def _order(peer: Peer) -> str:
    return order_of(peer.pod)
