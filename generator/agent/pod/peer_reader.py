"""A reader of one other agent: what it told last is kept, and it is asked only for what is new."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus

from generator.network.http import REQUEST_ERRORS, Answer, request
from generator.serving import wave_document
from generator.serving.wave_document import WaveDocument, document, moment
from generator.serving.wave_reading import peer
from generator.serving.wave_state import Peer

TIMEOUT = 3.0
"""Seconds for an answer."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The desired state of this pod: that of most others too."""

    environment: str
    state: str
    """Digest of the state."""
    served: dict[str, frozenset[int]]
    """The versions that a server has in the end, by model."""

    def believes(self, peer: Peer) -> bool:
        """Whether *peer* is of this environment, or has not heard yet of which it is."""
        return peer.environment in {"", self.environment}


@dataclass(slots=True)
class PeerReader:
    """The agent at *address*, and the documents that it gave, by target, with their tags."""

    address: str
    timeout: float = TIMEOUT
    _kept: dict[str, tuple[str, WaveDocument]] = field(default_factory=dict)

    def read(self, wanted: Wanted | None) -> Peer | Exception:
        """Return what it tells now, or why that is nothing to go by.

        An agent that makes no waves, or is of a release that has no `/wave`, is asked for its
        `/status`.
        """
        try:
            return self._waves(wanted) or self._status()
        except REQUEST_ERRORS as error:
            return error

    def _waves(self, wanted: Wanted | None) -> Peer | None:
        """Return what its `/wave` tells; None if it has none that is understood here."""
        answer = self._ask(wave_document.PATH)
        found = self._document(answer)
        served: dict[str, frozenset[int]] = {}
        if found is not None and wanted is not None and found.state == wanted.state:
            served = wanted.served
        elif found is not None:  # by its difference from what this pod does not have
            answer = self._ask(wave_document.ALL)
            found = self._document(answer)
        if found is None:
            return None
        age, clock = answer.headers.get("age", "0"), answer.headers.get(wave_document.CLOCK, "")
        return found.peer(moment(clock), moment(age), served)

    def _ask(self, target: str) -> Answer:
        tag = self._kept[target][0] if target in self._kept else ""
        headers = {"If-None-Match": tag} if tag else {}
        return request(f"http://{self.address}", target, timeout=self.timeout, headers=headers)

    def _document(self, answer: Answer) -> WaveDocument | None:
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if answer.status == HTTPStatus.NOT_MODIFIED and answer.target in self._kept:
            return self._kept[answer.target][1]
        found = answer.read(document, of="an agent")
        if found is None:
            return None
        self._kept[answer.target] = answer.headers.get("etag", ""), found
        return found

    def _status(self) -> Peer:
        answer = request(f"http://{self.address}", "/status", timeout=self.timeout)
        return answer.read(partial(peer, address=self.address), of="an agent")


def readers(addresses: list[str], before: Mapping[str, PeerReader]) -> dict[str, PeerReader]:
    """Return a reader for each address: that from *before*, where there was one."""
    return {it: before.get(it) or PeerReader(it) for it in addresses}
