"""The standing of another pod: how far it is with a version, and what it risks by now."""

from collections.abc import Iterable, Sequence
from enum import IntEnum

from msgspec import Struct

from generator.agent.decide.rules import Rules
from generator.serving.state import VersionKey
from generator.serving.wave_state import Leave, Peer, Refusal, WaveState


class NewVersion(Struct, frozen=True):
    """A version that this pod may name next."""

    key: VersionKey
    digest: str
    generation: int = 0
    """Of the lock that wants it."""
    template: str = ""
    """Of this pod."""

    def is_refused_by(self, peer: Peer, me: str) -> bool:
        """Whether a pod does not take it for what it did in one of another template, or in *me*.

        If it fails no more where it did, that pod follows.
        """
        refusal = peer.wave.refused.get(self.key) if peer.wave else None
        if refusal is None or refusal.digest != self.digest:
            return False
        return refusal.pod == me or not is_of(refusal, self.template)

    def alike(self, peers: Iterable[Peer]) -> list[Peer]:
        """Return the pods of this pod's template, as far as anybody can tell."""
        return [it for it in peers if it.wave is None or is_of(it.wave, self.template)]


class Standing(IntEnum):
    """The stage that a pod has come to with a version."""

    ABSENT = 0
    TRYING = 1
    ANSWERING = 2
    STEADY = 3


def is_of(told: Refusal | WaveState, template: str) -> bool:
    """Whether what is told is of a pod of this *template*, as far as anybody can tell."""
    return told.template == template or "" in {told.template, template}


def standing(peer: Peer, version: NewVersion, soak: float) -> Standing:
    """Return how far *peer* is with *version*, which is steady after *soak* seconds."""
    if not peer.names(version.key):
        return Standing.ABSENT
    if peer.wave is None:
        bad = not peer.ready or version.key[0] in peer.waits or version.key in peer.failed
        found = Standing.TRYING if bad else Standing.STEADY
    elif trial := peer.wave.trials.get(version.key):
        if trial.digest != version.digest:
            return Standing.ABSENT
        answering = trial.answering
        found = Standing.TRYING if answering is None else Standing.ANSWERING
        found = Standing.STEADY if answering is not None and answering >= soak else found
    else:
        found = Standing.TRYING if peer.wave.answering is None else Standing.STEADY
    return min(found, Standing.TRYING) if peer.is_silent and found < Standing.STEADY else found


def is_served_well(peers: Sequence[Peer], version: NewVersion, rules: Rules) -> bool:
    """Return whether enough pods serve *version*, and try it no more: a fresh pod takes it then.

    A server that is down takes nothing back from what it had proven before.
    """
    serving = [it for it in peers if was_ready(it)]
    steady = [it for it in serving if has_proven(it, version, rules)]
    return bool(serving) and len(steady) >= min(rules.first, len(serving))


def doubters(me: WaveState, peers: Iterable[Peer], version: NewVersion) -> list[Peer]:
    """Return the pods of this one's template that are first to try *version* again.

    While one of them does, it proves nothing that pods of another template serve it: they may
    have more memory. A pod that tries it again itself waits for none of them.
    """
    if is_on_trial(me, version):
        return []
    return [it for it in version.alike(peers) if is_tried_again(it, version)]


def witnesses(me: WaveState, peers: Sequence[Peer], version: NewVersion) -> Sequence[Peer]:
    """Return the pods that can tell this one whether *version* is served well."""
    return version.alike(peers) if doubters(me, peers, version) else peers


def has_proven(peer: Peer, version: NewVersion, rules: Rules) -> bool:
    """Return whether a pod serves *version* well, or did until its server went down."""
    if standing(peer, version, rules.soak) is Standing.STEADY:
        return True
    tells = peer.wave is not None and not peer.is_silent
    return tells and peer.names(version.key) and not tries(peer, version)


def serves_safely(peer: Peer, rules: Rules) -> bool:
    """Whether a pod serves on, whatever becomes of a version that this one leads with."""
    if peer.is_silent or not peer.ready:
        return False
    if peer.wave is None:
        return True
    if peer.wave.is_restless or peer.wave.leave is not Leave.NO:
        return False
    return (peer.wave.answering or 0.0) >= rules.margins.counted and not peer.wave.trials


def may_not_count_in(me: WaveState, peer: Peer, rules: Rules) -> bool:
    """Whether a pod told its last word before this one took turns, and may lead without it now."""
    return (me.answering or 0.0) - peer.age < rules.margins.takes


def is_restless(peer: Peer) -> bool:
    """Whether the server of a pod ends again and again: it has nothing to protect."""
    return peer.wave is not None and peer.wave.is_restless and not peer.is_silent


def was_ready(peer: Peer) -> bool:
    """Whether a pod has been ready since it is there, as far as its agent tells."""
    return peer.ready if peer.wave is None else peer.wave.was_ready


def takes_turns(peer: Peer, version: NewVersion, rules: Rules) -> bool:
    """Whether a pod has a place in the line: it serves, or it may have gone down with this.

    One whose server ends again and again takes no turn, so it keeps none from the others; but one
    that fell silent may take turns by now.
    """
    if peer.wave is None:
        return False  # it waits for nobody
    is_late = is_restless(peer) and not peer.names(version.key)
    enough = rules.margins.takes if is_late else rules.margins.counted
    serves = (peer.wave.answering or 0.0) >= enough
    return peer.wave.was_ready and (tries(peer, version) or serves)


def tries(peer: Peer, version: NewVersion) -> bool:
    """Whether a pod has the version on trial, or had, and tries it again; or nobody knows."""
    if peer.is_remembered:
        return True
    return peer.wave is not None and (
        is_on_trial(peer.wave, version) or _is_doubted(peer.wave, version)
    )


def is_on_trial(state: WaveState, version: NewVersion) -> bool:
    """Whether a pod that tells *state* has these objects of the version on trial."""
    trial = state.trials.get(version.key)
    return trial is not None and trial.digest == version.digest


def is_tried_again(peer: Peer, version: NewVersion) -> bool:
    """Whether the server of a pod ended with the version on trial, and it is tried once more."""
    if peer.wave is None:
        return False
    if _is_doubted(peer.wave, version):
        return True
    trial = peer.wave.trials.get(version.key)
    if trial is None or trial.digest != version.digest:
        return False
    return trial.is_again or not peer.names(version.key)


def _is_doubted(state: WaveState, version: NewVersion) -> bool:
    """Whether a server ended with these objects, which its pod does not know Git to want."""
    return state.doubted.get(version.key) == version.digest


def doing(peer: Peer, version: NewVersion, rules: Rules) -> str:
    """Return what is waited for, in words that last as long as the wait.

    The seconds that have passed are in /status: in a reason they would be a line in each round.
    """
    pod = f"waits for pod {peer.pod}"
    if peer.is_silent:
        return f"{pod}, which does not answer"
    match standing(peer, version, rules.soak):
        case Standing.ABSENT if tries(peer, version):
            is_out = peer.wave is not None and peer.wave.leave is Leave.OUT
            return f"{pod}, which {'has let go for it' if is_out else 'tries it again'}"
        case Standing.ABSENT:
            return f"{pod}, which comes first and does not have it yet"
        case Standing.TRYING:
            return f"{pod}, where it does not answer yet"
    return f"{pod}, which soaks for {rules.soak:.0f} s"
