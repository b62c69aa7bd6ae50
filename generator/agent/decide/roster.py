"""The roster: the other pods of the environment, as this one has heard of them.

The name of the headless Service says at which addresses pods are, and an agent at an address
says which pod it is. A pod that was heard stays until it is gone for sure: a name that gives no
answer, or only this pod, has taken nobody away. An address at which nobody was ever heard is of
a pod that starts, perhaps for ever: if its machine says that nobody listens, it counts no more
after a while. One that is mute may be cut off from this pod alone: that is not absence.
"""

from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from generator.agent.decide.rules import Margins
from generator.agent.decide.view import View
from generator.serving.state import VersionKey
from generator.serving.wave_state import Peer, Refusal, remembered

_MOST_LOST = 1_000
"""Versions of pods that are gone: what this pod wants of them it has long noted for itself."""

_LOST = "it fell silent while it tried this version, and did not come back"


class Sighting(Struct, frozen=True):
    """One look for other pods."""

    listed: Collection[str] | None
    """The addresses that the name has; None if it could not be asked."""
    heard: Mapping[str, Peer]
    """The agents that answered, by address; this pod's own may be among them."""
    at: float
    """Seconds of a monotonic clock."""
    without_agent: Collection[str] = ()
    """The addresses that answer, and not as an agent: by refusing, for one."""


class Known(Struct, frozen=True):
    """A pod that was heard."""

    address: str
    peer: Peer
    heard_at: float
    listed_at: float


class Roster(Struct, frozen=True):
    """The others as the pod called *pod* knows them; a new value for each look."""

    pod: str
    began: float
    """When it was begun, in seconds of a monotonic clock."""
    margins: Margins = field(default_factory=Margins)
    known: Mapping[str, Known] = field(default_factory=dict)
    """By the name of the pod."""
    strangers: Mapping[str, float] = field(default_factory=dict)
    """Since when an address is listed at which nobody was heard."""
    mute: frozenset[str] = frozenset()
    """Those of the strangers at which nothing answers."""
    looked_at: float = 0.0
    is_listed: bool = False
    """Whether the name had this pod when it was asked last."""
    listed_at: float | None = None
    """When it had this pod last; None if it never did."""
    lost: Mapping[tuple[str, VersionKey], Refusal] = field(default_factory=dict)

    @classmethod
    def recalled(
        cls, pod: str, addresses: Mapping[str, str], now: float, margins: Margins
    ) -> "Roster":
        """Return what an agent that starts knows: the *addresses* that the one before had heard."""
        long_ago = now - margins.silent
        known = {
            name: Known(address, remembered(name), long_ago, now)
            for name, address in addresses.items()
        }
        return cls(pod, now, margins, known)

    def after(self, sighting: Sighting) -> "Roster":
        """Return what is known after another look."""
        now, listed = sighting.at, frozenset(sighting.listed or ())
        heard = {at: it for at, it in sighting.heard.items() if it.pod != self.pod}
        own = sighting.heard.keys() - heard.keys()
        is_listed = bool(own & listed)
        known = {
            name: replace(it, listed_at=now) if it.address in listed else it
            for name, it in self.known.items()
            if it.address not in sighting.heard  # an address has one pod at a time
        }
        for address, peer in heard.items():
            seen = self.known.get(peer.pod)
            listed_at = now if address in listed or seen is None else seen.listed_at
            known[peer.pod] = Known(address, peer, now, listed_at)
        gone = {name for name, it in known.items() if is_listed and self._is_gone(it, now)}
        ever = {it.address for it in known.values()} | own
        strangers = {at: self.strangers.get(at, now) for at in listed - ever}
        return replace(
            self,
            known={name: it for name, it in known.items() if name not in gone},
            strangers=strangers,
            mute=frozenset(strangers.keys() - set(sighting.without_agent)),
            looked_at=now,
            is_listed=is_listed,
            listed_at=now if is_listed else self.listed_at,
            lost=self._lost(known, gone),
        )

    def view(self, now: float) -> View:
        """Return what the pod sees at *now*."""
        peers = [self._as_heard(it, now) for _, it in sorted(self.known.items())]
        old = [at for at, since in self.strangers.items() if now - since >= self.margins.stranger]
        is_whole = (
            self.is_listed and len(old) == len(self.strangers) and not self._lists_too_few(now)
        )
        # Nobody was ever heard, and no name is known: a cluster's first pod waits no longer.
        alone = not self.known and now - self.began >= self.margins.stranger
        return View(
            peers,
            is_whole or alone,
            [(key, it) for (_, key), it in sorted(self.lost.items())],
            {name: it.address for name, it in sorted(self.known.items())},
            sorted(self.mute.intersection(old)),
            [it.pod for it in peers if it.is_silent and self._is_still_listed(it.pod)],
            {name: it.heard_at - it.peer.age for name, it in sorted(self.known.items())},
            self._is_unlisted(now),
        )

    def _is_unlisted(self, now: float) -> bool:
        since = self.began if self.listed_at is None else self.listed_at
        return not self.is_listed and now - since >= self.margins.stranger

    def _lists_too_few(self, now: float) -> bool:
        """Whether the name lacks a pod that answers: then it may lack others too.

        One alone that it lacks for long was taken out of it, by another label, say. A name that
        has this pod alone is never to be believed while others answer.
        """
        heard = [it for it in self.known.values() if it.heard_at >= self.looked_at]
        missed = [it for it in heard if it.listed_at < self.looked_at]
        is_alone = bool(missed) and not any(map(self._is_still_listed, self.known))
        return is_alone or any(now - it.listed_at < self.margins.stranger for it in missed)

    def _is_still_listed(self, pod: str) -> bool:
        return self.known[pod].listed_at >= self.looked_at

    def _lost(
        self, known: Mapping[str, Known], gone: Collection[str]
    ) -> dict[tuple[str, VersionKey], Refusal]:
        lost = {key: it for key, it in self.lost.items() if key[0] not in known or key[0] in gone}
        for name in gone:
            lost.update(self._left_with(known[name]))
        return dict([*lost.items()][-_MOST_LOST:])

    def _is_gone(self, it: Known, now: float) -> bool:
        return min(now - it.listed_at, now - it.heard_at) >= self.margins.gone

    def _left_with(self, it: Known) -> Iterator[tuple[tuple[str, VersionKey], Refusal]]:
        """Yield what a pod had on trial that was silent long before it was taken off the list.

        One that is deleted answers until it is off, or nearly so; one whose machine died does not.
        """
        if it.peer.wave is None or it.listed_at - it.heard_at < self.margins.gone:
            return
        for key, trial in it.peer.wave.trials.items():
            yield (
                (it.peer.pod, key),
                Refusal(trial.digest, it.peer.pod, _LOST, it.peer.wave.template),
            )

    def _as_heard(self, it: Known, now: float) -> Peer:
        since = now - it.heard_at
        is_of_now = since < self.margins.silent and it.peer.age < self.margins.stale
        return replace(it.peer, is_silent=not is_of_now, age=it.peer.age + since)
