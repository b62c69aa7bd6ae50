"""The next step of a pod's swaps: what it lets go of, what waits for room, and what goes back.

A pod that serves swaps when nothing else moves in it, and it has left its Service: see
`departure`. Then it lets go, and loads what is to come. It goes back where that fails, has no
answer for its probe, takes longer than others wait for it, or may not be taken any more.
"""

from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from generator.agent.decide.config import keys
from generator.agent.decide.swap.decided import Decided
from generator.agent.decide.swap.departure import Departure
from generator.agent.decide.swap.look import Look
from generator.agent.decide.swap.pauses import followed, went_back
from generator.agent.decide.swap.room import Room
from generator.agent.decide.swap.shortage import Shortage, Swaps
from generator.agent.decide.swap.swap import Swap, Swapped
from generator.agent.decide.turn import Go, Turn, Wait
from generator.serving.state import VersionKey
from generator.serving.wave_state import Labels, Leave
from generator.text.duration import short_duration

_PAUSED = (
    "there is no room for it beside the one before, and it did not come to serve in its place: it "
    "is tried again {} after that, or when its entry in the lock changes"
)


class Swapping(Struct, frozen=True):
    """One decision on the swaps of a pod, in which models may take *limit* bytes."""

    limit: int
    timeout: float
    """Seconds for which others wait for this pod."""
    look: Look
    departure: Departure
    turns: Mapping[VersionKey, Turn]
    """With the versions that are new to the config."""

    def after(self, swap: Swap, blocked: AbstractSet[VersionKey]) -> Decided:
        """Return the swaps after *swap*, where other reasons keep out what is *blocked*."""
        look, swap = self.look, self._followed(swap)
        back = swap.ways_back
        named, stays = keys(look.current), keys(look.wanted) - blocked - back.keys()
        goes = frozenset(back.keys() & named) | look.left_over(swap)
        shortage = self._shortage(swap, stays)
        is_moving = bool(stays - named - {*shortage.versions}) or look.is_trying(named & stays)
        is_at_rest = not (is_moving or swap.is_changing) and self.departure.was_ready
        has_room = self._has_room(swap, shortage, stays) if is_at_rest else None
        paused = self._paused(swap, shortage.versions)
        waits, shortage = back | paused, shortage.without(paused)
        if shortage.ending:
            waits |= dict.fromkeys(shortage.versions, shortage.ending)
            return Decided(swap, waits, goes, has_room)
        swaps = shortage.swaps(self._able(swap))
        swap, why = self._departed(self._settled(swap), swaps, is_moving=is_moving)
        if swaps and not why:
            swap = self._let_go(swap, swaps)
            goes |= frozenset[VersionKey]().union(*swaps.values())
        return Decided(swap, waits | shortage.reasons(swaps, why), goes, has_room)

    def stuck(self, swap: Swap, blocked: AbstractSet[VersionKey]) -> frozenset[VersionKey]:
        """Return the versions that could not be named now, whatever is tried beside them.

        They go back after *swap*, or have no room and get none by what lets go. What other reasons
        keep out is *blocked*.
        """
        swap = self._followed(swap)
        back = swap.ways_back.keys()
        shortage = self._shortage(swap, keys(self.look.wanted) - blocked - back)
        paused = self._paused(swap, shortage.versions).keys()
        found = back | paused
        shortage = shortage.without(paused)
        if not shortage.ending:
            swaps = shortage.swaps(self._able(swap))
            if self.departure.is_barred(swap, self._leaving(swaps)):
                swaps = {}
            found |= {key for key in shortage.versions if key[0] not in swaps}
        return frozenset(found - keys(self.look.current))

    def _able(self, swap: Swap) -> Callable[[str], bool]:
        """Return which models may let go now.

        Who goes back is out of the Service at once, for what failed is gone already. Requests for
        the other models have not ended by then: these begin when it is over.
        """
        back = {name for name, it in swap.of.items() if it.is_back}
        is_at_once = self.departure.was_ready and bool(back)
        return lambda name: self.look.may_go_back(swap, name) and (not is_at_once or name in back)

    def _shortage(self, swap: Swap, stays: AbstractSet[VersionKey]) -> Shortage:
        """Return which versions of those that are to stay in the pod do not fit now."""
        look = self.look
        lasting = stays - look.revision.meanwhile
        room = Room.of(self.limit, look.pod, look.current, lasting, look.data(swap))
        room = room.beside(stays, lasting)
        return Shortage.among(stays - keys(look.current), room, swap.of)

    def _departed(self, swap: Swap, swaps: Swaps, *, is_moving: bool) -> tuple[Swap, str]:
        """Return *swap* a step further on the way out, for these *swaps* or back in for none.

        With it comes why the pod may not let go now; nothing keeps it if that is empty.
        """
        if not swaps:
            return self._rested(swap), ""
        return self.departure.after(swap, self._leaving(swaps), is_moving=is_moving)

    def _leaving(self, swaps: Swaps) -> Labels:
        """Return the models, with their labels, that leave the Service with the pod."""
        return {**dict.fromkeys(swaps, frozenset[str]()), **self.look.serving}

    def _has_room(
        self, swap: Swap, shortage: Shortage, stays: AbstractSet[VersionKey]
    ) -> bool | None:
        """Return whether the pod has room for its turn, or could make it; None if nobody can tell.

        Room for one version is enough to go on. Whoever's turn it is: else nothing would hold it
        once others go before it.
        """
        if awaited := {key for key, it in self.turns.items() if isinstance(it, Wait)}:
            shortage = self._shortage(swap, stays | awaited)
            if not awaited <= {*shortage.versions}:
                return True
        shortage = shortage.without(self._paused(swap, shortage.versions))
        if shortage.ending:
            return None
        if not shortage.versions:
            return True
        swaps = shortage.swaps(lambda name: self.look.may_go_back(swap, name))
        lack = self.departure.others.lack(self._leaving(swaps)) if swaps else True
        return None if lack is None else not lack

    def _followed(self, swap: Swap) -> Swap:
        """Return the swaps as Git and the server have them by now."""
        swap = self.departure.of_age(swap)
        contents = self.look.pod.contents
        of: dict[str, Swapped] = {}
        for name in swap.of.keys() & self.look.wanted.keys():
            it = swap.of[name].wanting(contents)
            is_over = it != swap.of[name] and bool(self.look.serves(name).versions)
            if is_over and swap.leave is not Leave.OUT:
                continue  # it gets requests for what has come, and goes on from there
            fails = any(self._fails(swap, it, key) for key in it.coming)
            of[name] = replace(it, is_back=it.is_back or fails)
        swap = replace(swap, of=of, pauses=followed(swap.pauses, contents, self.look.pod.now))
        # What failed is gone already, and what it let go of as well.
        return self.departure.at_once(swap) if any(it.is_back for it in of.values()) else swap

    def _fails(self, swap: Swap, swapped: Swapped, key: VersionKey) -> bool:
        """Whether a version is not to come, that a model has let go for."""
        look, now = self.look, self.look.pod.now
        if key in look.pod.probed.overdue or look.attempts(key) > swapped.doubts.get(key, -1):
            return True
        if swap.leave is not Leave.OUT or look.is_served(key[0]):
            return False
        since = now if swap.since is None else swap.since
        if now - since >= self.timeout:
            return True
        may = key in keys(look.current) or key in swapped.begun
        return not may and not isinstance(self.turns.get(key), Go)

    def _let_go(self, swap: Swap, models: Collection[str]) -> Swap:
        """Return the swaps once *models* have let go of what is to go."""
        look, of = self.look, dict(swap.of)
        for name in models:
            found = of.get(name) or Swapped(look.served(swap, name)).wanting(look.pod.contents)
            begun = {key: it for key in found.coming if isinstance(it := self.turns.get(key), Go)}
            doubts = {key: look.attempts(key) for key in begun}
            begun, doubts = {**found.begun, **begun}, {**found.doubts, **doubts}
            of[name] = replace(found, begun=begun, doubts=doubts)
        return replace(swap, of=of)

    def _settled(self, swap: Swap) -> Swap:
        """Return the swaps without those that are over: proven, or as before, after a pause."""
        look = self.look
        back = {name: it for name, it in swap.of.items() if it.is_back}
        again = {name for name, it in back.items() if look.is_as_before(name, it)}
        left = [item for name in again for item in look.to_blame(back[name])]
        trials = {key: it for key, it in swap.pauses.items() if key not in look.history.loaded}
        pauses = went_back(trials, left, look.pod.now)
        over = again | {it for it in swap.of.keys() - back.keys() if look.is_proven(it)}
        return replace(swap.without(over), pauses=pauses)

    def _rested(self, swap: Swap) -> Swap:
        """Return the swaps where there is nothing to let go of: a pod comes back that is done."""
        is_done = all(self.look.is_served(name) for name in swap.of)
        if swap.leave is Leave.OUT and not is_done:
            return swap
        return replace(swap, leave=Leave.NO, since=None)

    def _paused(self, swap: Swap, short: Collection[VersionKey]) -> dict[VersionKey, str]:
        """Return those of *short* for which the pod went back of late, and what it says of them."""
        timeout, now = self.timeout, self.look.pod.now
        return {
            key: _PAUSED.format(
                short_duration(timedelta(seconds=swap.pauses[key].seconds(timeout)))
            )
            for key in short
            if key in swap.pauses and not swap.pauses[key].is_over(timeout, now)
        }
