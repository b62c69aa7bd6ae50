"""The order in which pods take new versions: one for all of them, whoever computes it."""

from functools import lru_cache
from hashlib import sha256

from generator.serving.wave_state import Peer, WaveState


@lru_cache(maxsize=4096)
def order_of(pod: str) -> str:
    """Return what the order of pods goes by."""
    return sha256(pod.encode()).hexdigest()


def comes_before(peer: Peer, me: WaveState) -> bool:
    """Whether *peer* takes its turn before the pod *me*: who yields stands behind all others.

    An agent that does not tell waits for all that are before it, so nobody stands behind it for
    yielding: both would wait.
    """
    its, mine = order_of(peer.pod), order_of(me.pod)
    if peer.yields is None:
        return its < mine
    return (peer.yields, its) < (bool(me.yields), mine)
