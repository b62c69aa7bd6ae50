"""A reader of one other agent: what it told last is kept, and it is asked only for what is new."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus

from msgspec import Struct

from generator.agent.pod.peer_budget import PeerBudget
from generator.limits.agent import PEER_BYTES
from generator.network.http import REQUEST_ERRORS, Answer, at_most, request
from generator.serving import wave_document
from generator.serving.wave_document import Serving, WaveDocument, document, moment
from generator.serving.wave_reading import peer
from generator.serving.wave_state import Peer

TIMEOUT = 3.0
"""Seconds for an answer."""

_MOST = at_most(PEER_BYTES)


class Wanted(Struct, frozen=True):
    """The desired state of this pod: that of most others too."""

    environment: str
    state: str
    """Digest of the state."""
    serving: Serving
    """The versions and labels that a server has in the end."""

    def believes(self, peer: Peer) -> bool:
        """Whether *peer* is of this environment, or has not heard yet of which it is."""
        return peer.environment in {"", self.environment}


class Unheard(Struct, frozen=True):
    """An agent that told nothing to go by.

    It is no exception: that would keep the answer that it is about, of each agent of a look.
    """

    has_answered: bool
    """Whether something at the address has answered, by refusing for one: it is not cut off."""


@dataclass(slots=True)
class PeerReader:
    """The agent at *address*, and the documents that it gave, by target, with their tags."""

    address: str
    budget: PeerBudget
    timeout: float = TIMEOUT
    _kept: dict[str, tuple[str, WaveDocument]] = field(default_factory=dict)

    def read(self, wanted: Wanted | None) -> Peer | Unheard:
        """Return what it tells now.

        An agent that makes no waves, or is of a release that has no `/wave`, is asked for its
        `/status`.
        """
        try:
            return self._waves(wanted) or self._status()
        except REQUEST_ERRORS as error:
            return Unheard(isinstance(error, ConnectionError) or not isinstance(error, OSError))

    def _waves(self, wanted: Wanted | None) -> Peer | None:
        """Return what its `/wave` tells; None if it has none that is understood here."""
        answer = self._ask(wave_document.PATH)
        found = self._document(answer)
        serving = Serving()
        if found is not None and wanted is not None and found.state == wanted.state:
            serving = wanted.serving
        elif found is not None:  # by its difference from what this pod does not have
            answer = self._ask(wave_document.ALL)
            found = self._document(answer)
        if found is None:
            return None
        age, clock = answer.headers.get("age", "0"), answer.headers.get(wave_document.CLOCK, "")
        return found.peer(moment(clock), moment(age), serving)

    def _ask(self, target: str) -> Answer:
        tag = self._kept[target][0] if target in self._kept else ""
        headers = {"If-None-Match": tag} if tag else {}
        url = f"http://{self.address}"
        return request(url, target, timeout=self.timeout, headers=headers, most=_MOST)

    def _document(self, answer: Answer) -> WaveDocument | None:
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if answer.status == HTTPStatus.NOT_MODIFIED and answer.target in self._kept:
            return self._kept[answer.target][1]
        with self.budget.reading(self.address, answer):
            found = answer.read(document, of="an agent")
        if found is None:
            return None
        self._kept[answer.target] = answer.headers.get("etag", ""), found
        return found

    def _status(self) -> Peer:
        answer = self._ask("/status")
        with self.budget.reading(self.address, answer):
            return answer.read(partial(peer, address=self.address), of="an agent")


def readers(
    addresses: list[str], before: Mapping[str, PeerReader], budget: PeerBudget
) -> dict[str, PeerReader]:
    """Return a reader for each address: that from *before*, where there was one."""
    budget.only(set(addresses))
    return {it: before.get(it) or PeerReader(it, budget) for it in addresses}
