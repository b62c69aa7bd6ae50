"""The refusals of one pod: the versions that it does not take for what they did in some pod.

One that failed in a pod is refused by all of its template, with the name of that pod, until its
entry in the lock has other objects, or that pod has it well after all. Pods of another template
have another image or more memory: one of them tries it again. What Git wants no more is refused as
long as a pod serves it, for a fresh one takes what others serve.

One that may have ended a server is in doubt: it is tried once more, by the pod in which it did. A
doubt stays when Git wants the version no more: pods hear of commits at other times, and Git may
want it again in a moment.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.proven import latest
from generator.agent.decide.standing import NewVersion, Standing, is_of, standing
from generator.agent.decide.view import View
from generator.serving.state import VersionKey
from generator.serving.wave_state import Peer, Refusal

Refusals = Mapping[VersionKey, Refusal]
Digests = Mapping[VersionKey, str]


class Judge(Struct, frozen=True):
    """The pod that judges by what loads in it, and by what the others tell."""

    name: str
    soak: float
    """Seconds after which a version that answers is well."""
    wanted: Digests
    """The versions that Git wants, with the digest of each."""
    generation: int
    """Of the lock that wants them."""
    history: LoadHistory
    template: str = ""
    """Of the pod."""
    named: Digests = field(default_factory=dict)
    """The versions that the config names, with digests: Git may want some of them no more."""

    def refused(self, before: Refusals, view: View) -> dict[VersionKey, Refusal]:
        """Return what is refused now, where *before* was refused until now."""
        found = self._failed_here(before, view)
        heard = {peer.pod: peer for peer in view.peers}
        for key, refusal in self._told(before, view):
            if key in found or refusal.pod == self.name or not self._may_come(key, refusal, view):
                continue
            if not is_of(refusal, self.template):
                continue  # here it has another image, or more memory
            if key in self.history.loaded:
                continue  # it is served well here: one bad machine is no verdict
            told_of = heard.get(refusal.pod)
            if told_of is None or not _has_it_well(told_of, key, refusal, self.soak):
                found[key] = refusal
        return found

    def doubted(self, before: Digests, refused: Refusals) -> dict[VersionKey, str]:
        """Return what may have ended the server of this pod, or somebody else has."""
        doubted = {key for key, it in self.history.failures.items() if not it.is_certain}
        doubted |= self.history.suspects
        known = {**self.named, **before, **self.wanted}
        doubted |= {key for key, digest in before.items() if known[key] == digest}
        doubted -= self.history.loaded | refused.keys()
        return latest({key: known[key] for key in known if key in doubted})

    def _failed_here(self, before: Refusals, view: View) -> dict[VersionKey, Refusal]:
        """Return what failed in this pod, and has not loaded since."""
        found = {
            key: it
            for key, it in before.items()
            if it.pod == self.name
            and key not in self.history.loaded
            and self._may_come(key, it, view)
        }
        for key, digest in self.wanted.items():
            failure = self.history.failures.get(key)
            if failure is not None and failure.is_certain and failure.of(digest):
                found[key] = Refusal(digest, self.name, failure.error, self.template)
        return found

    def _may_come(self, key: VersionKey, refusal: Refusal, view: View) -> bool:
        """Whether a pod may yet take what is refused: Git wants it, or a pod serves it."""
        if key in self.wanted:
            return self.wanted[key] == refusal.digest
        return any(it.is_remembered or it.names(key) for it in view.peers)

    def _told(self, before: Refusals, view: View) -> Iterable[tuple[VersionKey, Refusal]]:
        """Yield what was known, and what each of the others tells."""
        yield from before.items()
        yield from view.lost
        for peer in view.peers:
            yield from peer.wave.refused.items() if peer.wave else self._old_failures(peer)

    def _old_failures(self, peer: Peer) -> Iterable[tuple[VersionKey, Refusal]]:
        """Yield what failed in a pod whose agent knows no waves, if both want the same."""
        if peer.generation != self.generation:
            return
        for key, error in peer.failed.items():
            if key in self.wanted:
                yield key, Refusal(self.wanted[key], peer.pod, error)


def _has_it_well(peer: Peer, key: VersionKey, refusal: Refusal, soak: float) -> bool:
    """Whether the pod for which a version is refused has it well after all."""
    still = peer.wave.refused.get(key) if peer.wave else None
    says_so = still is not None and still.pod == peer.pod
    version = NewVersion(key, refusal.digest)
    return not says_so and standing(peer, version, soak) is Standing.STEADY
