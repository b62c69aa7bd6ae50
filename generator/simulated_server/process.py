"""A simulated server in real time: a process that reads its config file again and again."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from generator.simulated_server.folder import Folder
from generator.simulated_server.listener import listening
from generator.simulated_server.rest import ModelServer
from generator.simulated_server.server import Server

EXIT = 255
"""The exit code of a server that ends by itself."""

_TURN = 0.05  # s of its time between two looks at the clock
_BREATH = 0.005  # s of ours between them at least: requests are answered meanwhile
_AT_ONCE = 1.0  # s of its time between two moments at which it may answer


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a server: its files, its port, and how fast its time passes."""

    config: Path
    models: Path
    port: int
    """Of 127.0.0.1; 0 is a free one."""
    speed: float = 1.0


def run(simulated: Server, place: Place, started: Callable[[str], None]) -> int:
    """Run *simulated* until it ends by itself; return its exit code.

    *started* is told its URL once it listens.

    Raises:
        OSError: Nobody may listen at its port.
    """
    server, file = ModelServer(simulated), ConfigFile(place.config)
    clock = partial(_elapsed, time.monotonic(), place.speed)
    simulated.start(file.read(), Folder(place.models))
    advance = partial(_advance, server, file, clock, max(_BREATH, _TURN / place.speed))
    while not simulated.listening:  # before, the real one has no open port
        if simulated.exited:
            return EXIT
        advance()
    with listening(server, place.port):
        started(server.url)
        while not simulated.exited:
            advance()
    return EXIT


def _elapsed(began: float, speed: float) -> float:
    return (time.monotonic() - began) * speed


@dataclass(slots=True)
class ConfigFile:
    """The file of a config at *path*, which is read when another one is in its place."""

    path: Path
    _seen: tuple[int, ...] = ()
    _text: str | None = None

    def read(self) -> str | None:
        """Return its text; None if there is none."""
        try:
            status = self.path.stat()
            seen = status.st_ino, status.st_mtime_ns, status.st_size
            if seen != self._seen:
                self._text, self._seen = self.path.read_text(encoding="utf-8"), seen
        except FileNotFoundError:
            self._text, self._seen = None, ()
        return self._text


def _advance(
    server: ModelServer, file: ConfigFile, clock: Callable[[], float], turn: float
) -> None:
    """Let the simulated time catch up with the real one."""
    time.sleep(turn)
    text = file.read()
    with server.lock:
        server.simulated.file = text
        behind = clock() - server.simulated.now / 1000
        server.simulated.tick(min(max(0.0, behind), _AT_ONCE))
