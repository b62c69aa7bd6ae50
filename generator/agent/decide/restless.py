"""The way out of a pod whose server ends again and again: it lets go of what Git has replaced.

What was proven once may end servers today, and then none lives long enough for a turn with the
version that mends it. Such a pod has little to lose. When its server is down, the file from which
it starts loses what Git wants no more of a model whose new version is not there yet: then the
server stays up, and the new version comes in its turn. One pod does so for all; the others when
that version is served well.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from msgspec import Struct

from generator.agent.decide.config import Config, keys
from generator.agent.decide.order import order_of
from generator.agent.decide.rules import Rules
from generator.agent.decide.standing import (
    NewVersion,
    has_proven,
    is_served_well,
    was_ready,
    witnesses,
)
from generator.agent.decide.view import View
from generator.serving.state import VersionKey
from generator.serving.wave_state import Peer, WaveState

_AT_STAKE = 2
"""Pods that serve, beside which the wave goes on without this one."""


class Replaced(Struct, frozen=True):
    """The versions of a model that Git wants no more, and those that are to come instead."""

    gone: frozenset[VersionKey]
    coming: Sequence[NewVersion]


def replaced(
    config: Config, wanted: Mapping[VersionKey, NewVersion], free: AbstractSet[VersionKey]
) -> list[Replaced]:
    """Return what Git has replaced of what *config* names.

    Only where all that is to come is *free*: what is refused is no reason to let go.
    """
    named, found = keys(config), []
    for name in sorted(config):
        coming = [it for key, it in sorted(wanted.items()) if key[0] == name and key not in named]
        gone = frozenset(key for key in named - wanted.keys() if key[0] == name)
        if gone and coming and all(it.key in free for it in coming):
            found.append(Replaced(gone, coming))
    return found


def let_go(
    me: WaveState, view: View, found: Iterable[Replaced], rules: Rules
) -> frozenset[VersionKey]:
    """Return the versions that a server which does not stay up starts without from now on."""
    gone = [it.gone for it in found if all(_may_let_go(me, view, to, rules) for to in it.coming)]
    return frozenset[VersionKey]().union(*gone)


def _may_let_go(me: WaveState, view: View, coming: NewVersion, rules: Rules) -> bool:
    """Whether this pod serves a model no more until it has *coming*: alone, or after others."""
    if is_served_well(witnesses(me, view.peers, coming), coming, rules):
        return True
    others = [it for it in view.peers if was_ready(it)]
    steady = [it for it in others if not _is_down_again(it)]
    name, place = coming.key[0], order_of(me.pod)
    before = [it for it in others if it not in steady and order_of(it.pod) < place]
    others = [it for it in others if not has_proven(it, coming, rules)]
    begun = [it for it in others if it.names(coming.key) or not it.served.get(name)]
    sees_all = view.is_whole and not view.strangers
    return sees_all and len(steady) < _AT_STAKE and not (before or begun)


def _is_down_again(peer: Peer) -> bool:
    """Whether a pod serves nothing to rely on: its server is down, or does not stay up."""
    if peer.is_silent or peer.wave is None:
        return False
    return peer.wave.is_restless or peer.wave.answering is None
