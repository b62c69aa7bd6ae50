"""The agents of the other pods, asked again and again beside the rounds of this one.

The name of a headless Service has the addresses of all pods, ready or not. No round waits for
them: `view` is what the last look found, and knows how old that is.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from msgspec.structs import replace

from generator.agent.decide.config import states
from generator.agent.decide.roster import Roster, Sighting
from generator.agent.decide.view import View
from generator.agent.pod.config_map import MountedRevision
from generator.agent.pod.peer_budget import PeerBudget
from generator.agent.pod.peer_reader import PeerReader, Unheard, Wanted, readers
from generator.serving.names import Name, addresses
from generator.serving.wave_document import Serving
from generator.serving.wave_state import Peer
from generator.text.phrases import listed
from generator.text.quoting import short

_WORKERS = 16
"""Agents that are asked at once: a machine that is gone takes seconds to show it."""

_MOMENT = 0.5  # seconds in which a look ends that waits for nobody

_SHOWN = 3  # addresses in a problem

_log = logging.getLogger(__name__)


class Neighbours:
    """The agents at *names*, among them that of this pod; *roster* is what is known of them."""

    def __init__(self, names: Sequence[Name], roster: Roster, clock: Callable[[], float]) -> None:
        self._names = names
        self._margins = margins = roster.margins
        self._clock = clock
        self._roster = roster
        self._wanted: Wanted | None = None
        self._readers: dict[str, PeerReader] = {}
        self._budget = PeerBudget()
        self._foreign: dict[str, str] = {}
        """The environments of those that are of another one, by address."""
        self._wake = threading.Event()
        self._pause = margins.often
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="looks for pods", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> bool:
        """Look no more; return whether nobody is being asked any more."""
        self._is_over = True
        self._wake.set()
        self._thread.join(_MOMENT)
        return not self._thread.is_alive()

    @property
    def problem(self) -> str:
        """The names behind which is no pod of this environment, as a problem; or empty."""
        if not self._foreign:
            return ""
        of = listed([f"{at} is of {short(it)}" for at, it in self._foreign.items()], _SHOWN)
        return f"{of}: an agent of another environment is not believed; see what --peers names"

    def view(self, wanted: MountedRevision, *, hurry: bool) -> View:
        """Return what is seen now by a pod that is to come to what is *wanted*.

        With *hurry*, the next looks come soon.
        """
        if self._wanted is None or self._wanted.state != wanted.digest:
            config = wanted.revision.config
            serving = Serving.of(states(config))
            environment = wanted.revision.lock.environment
            self._wanted = Wanted(environment, wanted.digest, serving)
        pause = self._margins.often if hurry else self._margins.seldom
        if pause < self._pause:
            self._wake.set()
        self._pause = pause
        return self._ours().view(self._clock())

    def look(self) -> None:
        """Ask once who is there, and each of them for its share."""
        found, wanted = addresses(self._names), self._wanted
        known = (it.address for it in self._roster.known.values())
        asked = sorted({*(found or ()), *known})
        self._readers = readers(asked, self._readers, self._budget)
        began = self._clock()  # an answer may be as old as the look
        told, wanted = _ask(self._readers, wanted), self._wanted  # a round may know it by now
        heard = {at: it for at, it in told.items() if isinstance(it, Peer)}
        others = [at for at, it in told.items() if isinstance(it, Unheard) and it.has_answered]
        foreign = {at: it for at, it in heard.items() if wanted and not wanted.believes(it)}
        self._foreign = {at: it.environment for at, it in foreign.items()}
        heard = {at: it for at, it in heard.items() if at not in foreign}
        sighting = Sighting(found, heard, began, [*others, *foreign])
        self._roster = self._ours().after(sighting)

    def _ours(self) -> Roster:
        """Return the roster without who was heard before it was known of which environment."""
        wanted, roster = self._wanted, self._roster
        if wanted is None or all(wanted.believes(it.peer) for it in roster.known.values()):
            return roster
        known = {name: it for name, it in roster.known.items() if wanted.believes(it.peer)}
        return replace(roster, known=known)

    def _run(self) -> None:
        while not self._is_over:
            try:
                self.look()
            except Exception:  # noqa: BLE001  what was seen grows old, and nobody goes on by it
                _log.exception("other pods could not be looked for")
            self._wake.wait(self._pause)
            self._wake.clear()


def _ask(agents: Mapping[str, PeerReader], wanted: Wanted | None) -> dict[str, Peer | Unheard]:
    with ThreadPoolExecutor(_WORKERS) as pool:
        found = pool.map(lambda it: it.read(wanted), agents.values())
        return dict(zip(agents, found, strict=True))
