"""The budget of an agent for what others tell it: whatever they say, its memory has an end."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from generator.limits.agent import PEERS_BYTES
from generator.network.http import Answer, UnexpectedAnswerError

_VALUE_BYTES = 64
"""Bytes that a value takes beside its own, about: of an entry of a dict, most of them."""


class PeerBudget:
    """The bytes for the answers of many agents: of each, the last one to a target is kept."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], int] = {}
        """Bytes, by address and target."""
        self._lock = threading.Lock()

    def only(self, addresses: Collection[str]) -> None:
        """Free what is taken by all other agents."""
        with self._lock:
            self._taken = {it: size for it, size in self._taken.items() if it[0] in addresses}

    @contextmanager
    def reading(self, address: str, answer: Answer) -> Iterator[None]:
        """Take bytes for an *answer* that is read meanwhile, in place of the one before it.

        One at a time is read: that takes several times the bytes of an answer.

        Raises:
            UnexpectedAnswerError: Too little is left for it; what there was is still there.
        """
        of, size = (address, answer.target), _size(answer.body)
        with self._lock:
            others = sum(self._taken.values()) - self._taken.get(of, 0)
            if others + size > PEERS_BYTES:
                told = f"{PEERS_BYTES.over}, with those of other agents"
                raise UnexpectedAnswerError(f"{answer.target}: an answer of {told}")
            yield
            self._taken[of] = size


def _size(body: bytes) -> int:
    """Return the bytes that what is read of *body* takes, about, and hardly more."""
    return len(body) + _VALUE_BYTES * sum(map(body.count, (b",", b"[", b"{", b":")))
