"""The agents of the other pods, asked again and again beside the rounds of this one.

The name of a headless Service has the addresses of all pods, ready or not. No round waits for
them: `view` is what the last look found, and knows how old that is.
"""

import logging
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from generator.agent.decide.roster import Roster, Sighting
from generator.agent.decide.turn import View
from generator.limits.agent import PEERS
from generator.serving.http import REQUEST_ERRORS, request
from generator.serving.wave_state import Peer, peer
from generator.waits import within

Name = tuple[str, int]
"""A host, which may have many addresses, and a port."""

TIMEOUT = 3.0
"""Seconds for the answer of one agent, or of a name."""

_WORKERS = 4
"""Agents that are asked at once: each answer may take some megabytes."""

_log = logging.getLogger(__name__)


class Neighbours:
    """The agents at *names*, among them that of this pod; *roster* is what is known of them."""

    def __init__(self, names: Sequence[Name], roster: Roster, clock: Callable[[], float]) -> None:
        self._names = names
        self._margins = margins = roster.margins
        self._clock = clock
        self._roster = roster
        self._wake = threading.Event()
        self._pause = margins.often
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="looks for pods", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; what is being asked now is left behind."""
        self._is_over = True
        self._wake.set()

    def view(self, *, hurry: bool) -> View:
        """Return what is seen now; with *hurry*, the next looks come soon."""
        pause = self._margins.often if hurry else self._margins.seldom
        if pause < self._pause:
            self._wake.set()
        self._pause = pause
        return self._roster.view(self._clock())

    def look(self) -> None:
        """Ask once who is there, and each of them for its share."""
        listed = _listed(self._names)
        known = (it.address for it in self._roster.known.values())
        told = _ask(sorted({*(listed or ()), *known}))
        heard = {at: it for at, it in told.items() if isinstance(it, Peer)}
        others = [at for at, it in told.items() if not isinstance(it, Peer) and _is_answer(it)]
        self._roster = self._roster.after(Sighting(listed, heard, self._clock(), others))

    def _run(self) -> None:
        while not self._is_over:
            try:
                self.look()
            except Exception:  # noqa: BLE001  what was seen grows old, and nobody goes on by it
                _log.exception("other pods could not be looked for")
            self._wake.wait(self._pause)
            self._wake.clear()


def _listed(names: Iterable[Name]) -> frozenset[str] | None:
    """Return the addresses of *names*; None if one could not be asked."""
    found: set[str] = set()
    for host, port in names:
        try:
            found |= within(partial(_addresses, host, port), host, TIMEOUT)
        except (OSError, UnicodeError):
            return None
    return frozenset(sorted(found)[:PEERS])


def _addresses(host: str, port: int) -> set[str]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    hosts = {str(address[0]) for *_, address in answers}
    return {f"[{it}]:{port}" if ":" in it else f"{it}:{port}" for it in hosts}


def _ask(addresses: Sequence[str]) -> dict[str, Peer | Exception]:
    with ThreadPoolExecutor(_WORKERS) as pool:
        return dict(zip(addresses, pool.map(_told, addresses), strict=True))


def _is_answer(error: Exception) -> bool:
    """Whether something at an address has answered: nobody is cut off from it."""
    return isinstance(error, ConnectionError) or not isinstance(error, OSError)


def _told(address: str) -> Peer | Exception:
    """Return what the agent at *address* tells, or why there is nothing to go by."""
    try:
        answer = request(f"http://{address}", "/status", timeout=TIMEOUT)
        return answer.read(partial(peer, address=address), of="an agent")
    except REQUEST_ERRORS as error:
        return error
