"""The versions that pods have served well and let go of: the way back to them needs no wave.

A pod trusts its own experience whatever others say. What another pod of its template tells is as
good as long as nobody refuses the version: so the way back stays short when all pods that served
it have been replaced.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct, field
from msgspec.structs import replace

from generator.serving.state import VersionKey
from generator.serving.wave_state import Peer

_OF_A_MODEL = 8
"""Versions of a model that are remembered, of those that Git wants no more."""

_TOLD = 200
"""Versions that others are told, those that were served last."""

Digests = Mapping[VersionKey, str]


class Proven(Struct, frozen=True):
    """The versions that were served well; a new value for each look."""

    here: Digests = field(default_factory=dict)
    """In this pod, and not named any more: the digest of each, the last one at the end."""
    elsewhere: Digests = field(default_factory=dict)
    """In other pods of its template, as they told."""

    @property
    def told(self) -> Digests:
        """Those that others are told."""
        known = {**self.elsewhere, **self.here}
        return dict([*known.items()][-_TOLD:])

    def heard(self, peers: Iterable[Peer], template: str) -> "Proven":
        """Return these with what *peers* of a *template* tell."""
        found = dict(self.elsewhere)
        for peer in peers:
            if peer.wave is not None and peer.wave.template == template and not peer.is_silent:
                found |= peer.wave.proven
        return self if found == self.elsewhere else replace(self, elsewhere=latest(found))

    def after(self, named: AbstractSet[VersionKey], let_go: Digests) -> "Proven":
        """Return these when the file names the versions *named*, and has *let go* of others."""
        here = {key: it for key, it in self.here.items() if key not in named}
        for key in sorted(let_go):
            here[key] = let_go[key]
        return replace(self, here=latest(here))


def latest(found: Digests) -> dict[VersionKey, str]:
    """Return the last ones of each model, in their order."""
    of: dict[str, list[VersionKey]] = {}
    for key in found:
        of.setdefault(key[0], []).append(key)
    kept = {key for keys in of.values() for key in keys[-_OF_A_MODEL:]}
    return {key: it for key, it in found.items() if key in kept}
