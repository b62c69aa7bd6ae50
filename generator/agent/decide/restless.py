"""The way out of a pod whose server ends again and again: it lets go of what Git has replaced.

What was proven once may end servers today, and then none lives long enough for a turn with the
version that mends it. Such a pod has little to lose. When its server is down, the file from which
it starts loses what Git wants no more of a model whose new version is not there yet: then the
server stays up, and the new version comes in its turn. One pod does so for all; the others when
that version is served well.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from generator.agent.decide.config import Config, keys
from generator.agent.decide.order import order_of
from generator.agent.decide.rules import Rules
from generator.agent.decide.standing import NewVersion, is_served_well, was_ready
from generator.serving.state import VersionKey
from generator.serving.wave_state import Peer, WaveState

_AT_STAKE = 2
"""Pods that serve, beside which the wave goes on without this one."""


def replaced(
    config: Config, wanted: Mapping[VersionKey, NewVersion], refused: AbstractSet[VersionKey]
) -> dict[str, tuple[frozenset[VersionKey], list[NewVersion]]]:
    """Return, by model, what *config* names and Git does not, and what is to come in its place.

    Not where that is *refused*: it would be let go of for nothing.
    """
    named, found = keys(config), {}
    for name in config:
        coming = [it for key, it in wanted.items() if key[0] == name and key not in named]
        gone = frozenset(key for key in named - wanted.keys() if key[0] == name)
        if gone and coming and not any(it.key in refused for it in coming):
            found[name] = gone, coming
    return found


def may_let_go(
    me: WaveState, peers: Sequence[Peer], coming: NewVersion, rules: Rules, *, is_whole: bool
) -> bool:
    """Whether this pod, whose server does not stay up, serves a model no more until *coming*."""
    if is_served_well(peers, coming, rules):
        return True
    others = [it for it in peers if was_ready(it)]
    steady = [it for it in others if not _is_down_again(it)]
    before = [it for it in others if order_of(it.pod) < order_of(me.pod)]
    name = coming.key[0]
    begun = [it for it in others if it.names(coming.key) or not it.served.get(name)]
    first = not [it for it in before if it not in steady]
    return is_whole and first and len(steady) < _AT_STAKE and not begun


def _is_down_again(peer: Peer) -> bool:
    """Whether a pod serves nothing to rely on: its server is down, or does not stay up."""
    if peer.is_silent or peer.wave is None:
        return False
    return peer.wave.is_restless or peer.wave.answering is None
