"""The departure of a pod from its Service: it asks, leaves, and waits until requests have ended.

It asks for as long as `leave` takes to be sure, and stays where that has a doubt. A pod that is
fresh, or goes back to what it had, gets no requests, and is out at once.
"""

from msgspec import Struct
from msgspec.structs import replace

from generator.agent.decide.others import Others
from generator.agent.decide.swap.leave import doubt, hindrance
from generator.agent.decide.swap.swap import Swap
from generator.serving.wave_state import Labels, Leave

_STAYS = "this pod stays in the Service"
_ASKS = "this pod tells the others that it leaves"
_ENDING = "this pod has left the Service, and requests have {:.0f} s to end"


class Departure(Struct, frozen=True):
    """The departure of the pod called *name*, as it stands at one moment."""

    name: str
    was_ready: bool
    others: Others

    @property
    def now(self) -> float:
        """The moment, in seconds of this agent's clock."""
        return self.others.now

    def of_age(self, swap: Swap) -> Swap:
        """Return *swap* with a time on this agent's clock, where the one before it had begun."""
        is_of_before = swap.since is None and swap.leave is not Leave.NO
        return replace(swap, since=self.now) if is_of_before else swap

    def at_once(self, swap: Swap) -> Swap:
        """Return *swap* of a pod that is out, and has no requests that could end."""
        if swap.leave is Leave.OUT:
            return swap
        return replace(swap, leave=Leave.OUT, since=self.now - self.others.rules.margins.leaves)

    def after(self, swap: Swap, models: Labels, *, is_moving: bool) -> tuple[Swap, str]:
        """Return *swap* a step further on the way out, and why the pod may not let go now.

        Nothing keeps it if that is empty. With it go all *models* that it serves, and their labels.
        *is_moving* is whether it takes something else.
        """
        is_free = self._is_free(swap)
        swap = self.at_once(swap) if is_free else swap
        margins = self.others.rules.margins
        since = self.now if swap.since is None else swap.since
        ending = _ENDING.format(margins.leaves) if self.now - since < margins.leaves else ""
        if swap.leave is Leave.OUT and (is_free or swap.of):
            return swap, ending
        why = "it swaps when nothing else moves in it" if is_moving else ""
        if why := why or doubt(self.others, models):
            return replace(swap, leave=Leave.NO, since=None), f"{_STAYS}: {why}"
        if swap.leave is Leave.OUT:
            return swap, ending
        if swap.leave is Leave.NO:
            swap, since = replace(swap, leave=Leave.ASKS, since=self.now), self.now
        why = hindrance(self.name, self.others, models)
        if swap.leave is Leave.ASKS and not why and self.now - since >= margins.asks:
            swap = replace(swap, leave=Leave.OUT, since=self.now)
            return swap, _ENDING.format(margins.leaves)
        return swap, f"{_STAYS}: {why}" if why else _ASKS

    def is_barred(self, swap: Swap, models: Labels) -> bool:
        """Whether the pod is not to let go after *swap*, for it alone serves some of *models*."""
        is_gone = swap.leave is Leave.OUT and bool(swap.of)
        return not (is_gone or self._is_free(swap)) and self.others.lack(models) is True

    def _is_free(self, swap: Swap) -> bool:
        """Whether the pod gets no requests in any case: it is fresh, or goes back."""
        return not self.was_ready or any(it.is_back for it in swap.of.values())
