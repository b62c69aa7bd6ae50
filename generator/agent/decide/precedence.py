"""The precedence that a pod gives to others: they take their turns before one that is needed.

One that alone serves a model, or a label of it, is to lead with nothing while others can: a version
that ends its server would take that away. Nor does the last pod that gets requests. So such a pod
yields, as one does that has no room for its turn. It leads only where all the others yield too.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct

from generator.agent.decide.config import keys
from generator.agent.decide.others import Others
from generator.agent.decide.standing import is_restless, was_ready
from generator.agent.decide.swap.look import Look
from generator.agent.decide.turn import Go, Turn, Wait
from generator.agent.decide.yielding import Yielding
from generator.serving.state import VersionKey
from generator.serving.wave_state import Labels


class Precedence(Struct, frozen=True):
    """The look of the pod called *name* at itself and the others, when it is to take turns."""

    name: str
    look: Look
    others: Others
    is_out: bool = False
    """Whether the pod gets no requests: nobody needs it then."""

    @property
    def serving(self) -> Labels:
        """The models, with their labels, that it serves well: what is on trial is at risk."""
        found = {}
        for name, labels in self.look.serving.items() if not self.is_out else ():
            serves, loaded = self.look.serves(name), self.look.history.loaded
            proven = {it for it in serves.versions if (name, it) in loaded}
            if len(proven) == len(serves.versions):  # as of nearly all, and there may be thousands
                found[name] = labels
            elif proven:
                on = dict(serves.labels)
                found[name] = frozenset(label for label in labels if on[label] in proven)
        return found

    def given(
        self, turns: Mapping[VersionKey, Turn], yielding: Yielding
    ) -> Mapping[VersionKey, Turn]:
        """Return *turns* where the pod does not lead before it yields, if others are to go first.

        Nobody is there to go first who is fresh, or whose server does not stay up.
        """
        leads = [key for key, it in turns.items() if isinstance(it, Go) and it.leads]
        others = [it for it in self.others.view.peers if was_ready(it) and not is_restless(it)]
        if not (leads and others) or yielding.is_behind or not self.others.know_yielding:
            return turns
        models = self.serving
        if not self.others.lack(models):
            return turns
        lacking = self.others.lacking(models)
        why = f"no other pod serves {lacking} and tries nothing new: others are to go first"
        return {**turns, **dict.fromkeys(leads, Wait(self.name, why))}

    def is_held(
        self,
        turns: Mapping[VersionKey, Turn],
        blocked: AbstractSet[VersionKey],
        *,
        has_room: bool | None,
    ) -> bool | None:
        """Return whether others are to go first; None if nobody can tell now.

        Whoever's turn it is: else nothing would hold it once others go before it.
        """
        if self._is_moving(blocked):
            return None
        found: set[bool | None] = {None if has_room is None else not has_room}
        if any(isinstance(it, Wait) for it in turns.values()) and (models := self.serving):
            found |= {self.others.are_out, self.others.lack(models)}
        return True if True in found else None if None in found else False

    def after(self, before: Yielding, *, is_held: bool | None) -> Yielding:
        """Return the yielding of the pod after *before*.

        It keeps its place beside an agent that knows nothing of that: such a one waits for this
        pod in any case, and those that went before would wait for such a one.
        """
        others, enough = self.others, self.others.rules.margins.asks
        is_held = is_held if others.know_yielding else False
        return before.after(others.now, enough, is_held=is_held, hears_all=others.are_heard)

    def _is_moving(self, blocked: AbstractSet[VersionKey]) -> bool:
        named = keys(self.look.current)
        stays = keys(self.look.wanted) - blocked
        return bool(stays - named) or self.look.is_trying(named & stays)
