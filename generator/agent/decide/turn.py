"""The turn of a pod with a version that is new to its environment.

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

from collections.abc import Collection, Mapping, Sequence
from math import inf

from msgspec import Struct, field
from msgspec.structs import replace

from generator.agent.decide.order import comes_before, order_of
from generator.agent.decide.rules import Rules
from generator.agent.decide.standing import (
    NewVersion,
    Standing,
    doing,
    doubters,
    has_proven,
    is_on_trial,
    is_restless,
    is_served_well,
    is_tried_again,
    may_not_count_in,
    serves_safely,
    standing,
    takes_turns,
    tries,
    was_ready,
    witnesses,
)
from generator.agent.decide.uptime import CALM
from generator.serving.state import VersionKey
from generator.serving.wave_state import Peer, Refusal, WaveState
from generator.text.phrases import listed

NOBODY = ""
"""The name of the pod that is waited for where it is not known who is there."""


class View(Struct, frozen=True):
    """The others, as one pod sees them."""

    peers: Sequence[Peer] = ()
    is_whole: bool = True
    """Whether these are all, as far as anybody can tell."""
    lost: Sequence[tuple[VersionKey, Refusal]] = ()
    """The versions on trial in pods that fell silent with them and did not come back."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """The address at which each of them was heard last, by its name."""
    strangers: Sequence[str] = ()
    """The addresses that are listed, and at which nothing has ever answered for a while."""
    silent: Sequence[str] = ()
    """The pods that were heard, and are listed and not heard now."""
    told_at: Mapping[str, float] = field(default_factory=dict)
    """The moment of this pod's clock of which the last word of each is, by its name."""
    is_unlisted: bool = False
    """Whether the name of all pods has not had this one for a while."""

    def late(self, now: float, fresh: float) -> list[str]:
        """Return the pods whose last word is no evidence by *now*: it is not as *fresh* as that."""
        return [
            it.pod
            for it in self.peers
            if it.is_silent or now - self.told_at.get(it.pod, -inf) >= fresh
        ]

    def as_of(self, now: float, fresh: float) -> "View":
        """Return it where no pod yields that has told nothing of late: each keeps its place."""
        late = {it.pod for it in self.peers if it.yields} & {*self.late(now, fresh)}
        if not late:
            return self
        return replace(self, peers=[it.unyielding if it.pod in late else it for it in self.peers])

    @property
    def problem(self) -> str:
        """The words for others that this pod may miss; empty if nothing is amiss."""
        return "; ".join(filter(None, (self._unlisted, self._unheard)))

    @property
    def _unlisted(self) -> str:
        if not self.is_unlisted:
            return ""
        is_alone = self.is_whole and not self.strangers
        does = "takes itself for alone" if is_alone else "leads with nothing new"
        return f"their name gives no answer that has this pod in it: it {does}"

    @property
    def _unheard(self) -> str:
        found = [*self.strangers, *self.silent]
        if not found:
            return ""
        of = len(self.peers) + len(self.strangers)
        return f"{len(found)} of {of} other pods that are listed do not answer: {listed(found, 5)}"


class Go(Struct, frozen=True):
    """The pod may name the version."""

    digest: str
    """Of its objects."""
    leads: bool = False
    """Whether it is one of the first: there the version has to answer for the soak."""


class Wait(Struct, frozen=True):
    """The pod waits for another one."""

    pod: str
    why: str
    is_doubt: bool = False
    """Whether that pod's server ended with the version on trial: nobody goes on without it."""


Turn = Go | Wait | Refusal


def turn(
    me: WaveState,
    view: View,
    version: NewVersion,
    rules: Rules,
    skipped: Collection[str] = (),
    *,
    serves: bool = True,
) -> Turn:
    """Return whether the pod *me* may name *version* now, which nobody has refused.

    *skipped* are the pods that it has waited for long enough, and goes on without. Where it
    *serves* nothing, nothing is lost with it.
    """
    peers = [it for it in view.peers if it.pod not in skipped]
    if not me.was_ready and not any(map(was_ready, peers)):
        # Nothing is served anywhere: there is nothing to protect, and all to gain.
        return Go(version.digest) if view.is_whole or NOBODY in skipped else Wait(NOBODY, _UNSEEN)
    if later := _with_a_later_state(peers, version):
        return later
    if not (me.was_ready and (me.answering or 0.0) >= _takes(me, rules)):
        return _as_guest(me, peers, version, rules)
    if not view.is_whole:
        unseen = _UNSEEN
    else:
        unseen = f"nobody has heard {listed(view.strangers, 5)}" if view.strangers else ""
    unseen = "" if NOBODY in skipped else unseen
    return _in_line(me, peers, version, rules, unseen, serves=serves)


def is_left_alone(view: View, version: NewVersion) -> bool:
    """Return whether all pods are heard, and none of them has *version*, well or on trial."""
    return view.is_whole and not any(
        it.is_silent or it.names(version.key) or tries(it, version) for it in view.peers
    )


_UNSEEN = "it is not known which pods there are: their name gives no answer with this pod in it"


def _with_a_later_state(peers: Sequence[Peer], version: NewVersion) -> Wait | None:
    """Return the wait for what Git says by now: there this version may not be wanted any more.

    Who has that state forgets what it knew of a version that it does not want.
    """
    for peer in peers:
        if peer.generation > version.generation and not peer.is_silent:
            has = f"pod {peer.pod} has generation {peer.generation} of what Git says"
            return Wait(peer.pod, f"{has}, and this one still {version.generation}")
    return None


def _as_guest(me: WaveState, peers: Sequence[Peer], version: NewVersion, rules: Rules) -> Turn:
    """Return the turn of a pod that is fresh, or whose server has just come back.

    It takes what enough others serve well, and tries nothing that they do not, nor what a pod of
    its template tries again.
    """
    if is_served_well(witnesses(me, peers, version), version, rules):
        return Go(version.digest)
    if me.was_ready:
        takes = f"{_takes(me, rules):.0f} s"
        return Wait(me.pod, f"this pod takes turns when its server has answered for {takes}")
    if again := sorted(doubters(me, peers, version), key=_order):
        return Wait(again[0].pod, f"first, {doing(again[0], version, rules)}", is_doubt=True)
    serving = [it for it in peers if was_ready(it)]
    trying = sorted((it for it in serving if not has_proven(it, version, rules)), key=_order)
    trying.sort(key=lambda it: -standing(it, version, rules.soak))
    return Wait(trying[0].pod, f"first, {doing(trying[0], version, rules)}")


def _in_line(
    me: WaveState,
    peers: Sequence[Peer],
    version: NewVersion,
    rules: Rules,
    unseen: str,
    *,
    serves: bool,
) -> Turn:
    """Return the turn of a pod that serves, in the line of those that do.

    *unseen* is why there may be other pods than *peers*; empty if there are none.
    """
    takers = sorted((it for it in peers if takes_turns(it, version, rules)), key=_order)
    reached = {it.pod: standing(it, version, rules.soak) for it in takers}
    place = order_of(me.pod)
    trying = [it for it in takers if tries(it, version) and not reached[it.pod]]
    absent = [it for it in takers if it not in trying and not reached[it.pod]]
    absent = [it for it in absent if not version.is_refused_by(it)]
    before = sorted((it for it in takers if reached[it.pod]), key=lambda it: -reached[it.pod])
    if is_on_trial(me, version):
        before += [it for it in trying if _order(it) < place]
    else:
        before += trying + [it for it in absent if comes_before(it, me)]
    number, of = len(before) + 1, len(takers) + 1
    first = min(rules.first, max(1, of - 1))  # one serves on that does not lead
    if len(before) < first:
        if unseen:
            return Wait(NOBODY, f"turn {number} of {of}: {unseen}")
        missed = [it for it in absent if may_not_count_in(me, it, rules)]
        if missed and not is_on_trial(me, version):
            why = f"turn {number} of {of}: {doing(missed[0], version, rules)}"
            return Wait(missed[0].pod, why)
        others = [it for it in peers if was_ready(it) and not is_restless(it)]
        is_safe = not serves and not any(it.ready for it in others)
        if others and not is_safe and not any(serves_safely(it, rules) for it in others):
            why = f"turn {number} of {of}: no other pod serves now that tries nothing new"
            return Wait(others[0].pod, why)
        return Go(version.digest, leads=True)
    for at, peer in enumerate(before):
        leads = at < first
        if reached[peer.pod] < (Standing.STEADY if leads else Standing.ANSWERING):
            why = f"turn {number} of {of}: {doing(peer, version, rules)}"
            is_doubt = is_tried_again(peer, version)
            return Wait(peer.pod, why, is_doubt)
        if leads and at + 1 >= first and not rules.one_by_one:
            break
    return Go(version.digest)


def _takes(me: WaveState, rules: Rules) -> float:
    """Return the seconds for which the server of a pod has answered when it takes turns."""
    return rules.margins.takes * (CALM if me.is_restless else 1)


def _order(peer: Peer) -> str:
    return order_of(peer.pod)
