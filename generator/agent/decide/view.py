"""The view that one pod has of the others: who they are, what each told last, and who is missed."""

from collections.abc import Mapping, Sequence
from math import inf

from msgspec import Struct, field
from msgspec.structs import replace

from generator.serving.state import VersionKey
from generator.serving.wave_state import Peer, Refusal
from generator.text.phrases import listed

NOT_WHOLE = "their name gives no answer, lacks this pod or one that answers, or has one unheard"
"""The words for others that this pod may not see."""


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
