"""A pod on this machine: a folder, and a simulated server and a real agent as processes."""

import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from generator.cli.demo.child import AGENT, SERVER
from generator.cli.demo.rendered import Rendered
from generator.errors import GeneratorError
from generator.limits.file import CONFIG_BYTES
from generator.lock.paths import MODELS_CONFIG
from generator.text import bounded_file
from generator.text.phrases import reason

Process = subprocess.Popen[bytes]

RESTARTS = 2.0
"""Seconds after which the container of a server that ended starts again."""

_ERROR = "error: "

_ENDS = 5.0
"""Seconds in which a process ends that is told to."""


@dataclass(slots=True)
class Pod:
    """A pod called *name*, whose processes listen on 127.0.0.1."""

    name: str
    folder: Path
    store: Path
    """The folder that is mounted at /models."""
    server_port: int
    agent_port: int
    agent: Process | None = None
    server: Process | None = None
    ended_at: float | None = None
    """When the server was found to have ended, in seconds of the monotonic clock."""

    def __post_init__(self) -> None:
        for folder in (self._desired, self._served):
            folder.mkdir(parents=True)

    @property
    def _desired(self) -> Path:
        return self.folder / "desired"

    @property
    def _served(self) -> Path:
        return self.folder / "served"

    @property
    def server_url(self) -> str:
        """The REST port of its server."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def agent_url(self) -> str:
        """The port of its agent."""
        return f"http://127.0.0.1:{self.agent_port}"

    def mount(self, rendered: Rendered) -> None:
        """Let the mounted ConfigMaps be those of a commit, all at once, as the kubelet does."""
        new = self._desired / f"..{rendered.commit}"
        new.mkdir(exist_ok=True)
        for name, text in rendered.mounted.items():
            (new / name).write_text(text)
            with suppress(FileExistsError):
                (self._desired / name).symlink_to(f"..data/{name}")
        (self._desired / "..data_tmp").symlink_to(new.name)
        (self._desired / "..data_tmp").rename(self._desired / "..data")

    def start_agent(self, peers: Sequence[str], rollout: str) -> None:
        """Start the agent, which knows the agents of all pods by their addresses."""
        words = [f"--desired={self._desired}", f"--served={self._served}"]
        words += [f"--mounted={self.store}", f"--server={self.server_url}", "--interval=1s"]
        words += [f"--listen=127.0.0.1:{self.agent_port}", f"--pod={self.name}"]
        words += [f"--rollout={rollout}", *(f"--peers={it}" for it in peers)]
        self.agent = self._start(AGENT, words)

    def start_server(self, flags: Sequence[str]) -> None:
        """Start the server."""
        words = [f"--config={self._served / MODELS_CONFIG}", f"--models={self.store}"]
        words += [f"--port={self.server_port}", *flags]
        self.server, self.ended_at = self._start(SERVER, words), None

    def _start(self, which: str, words: Sequence[str]) -> Process:
        """Start a process that ends when this one does, and takes no Ctrl-C of the terminal."""
        command = [sys.executable, "-m", "generator.cli.demo.child", which, *words]
        with self.log(which).open("ab") as log:
            try:
                return subprocess.Popen(  # noqa: S603  this program itself
                    command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
                )
            except OSError as error:
                problem = f"{self.name}: its {which} cannot be started: {reason(error)}"
                raise GeneratorError(problem) from error

    @property
    def has_config(self) -> bool:
        """Whether the agent has written the file that the server starts from."""
        return (self._served / MODELS_CONFIG).exists()

    @property
    def ended(self) -> str:
        """The process that has ended and should run: `server` or `agent`; empty if none has."""
        found = {AGENT: self.agent, SERVER: self.server}
        return next((it for it, one in found.items() if one and one.poll() is not None), "")

    def log(self, which: str) -> Path:
        """Return the file that has what a process has told."""
        return self.folder / f"{which}.log"

    def last_words(self, which: str) -> str:
        """Return the error that a process has ended with, or else the last line that it told."""
        told = bounded_file.read_text(self.log(which), CONFIG_BYTES).strip().split("\n")
        errors = (it for it in reversed(told) if it.startswith(_ERROR))
        return next(errors, told[-1]).removeprefix(_ERROR) or "it has told nothing"

    def has_ended(self) -> bool:
        """Whether the server is found to have ended: once for each end."""
        if self.server is None or self.ended_at is not None or self.server.poll() is None:
            return False
        self.ended_at = time.monotonic()
        return True

    def is_due(self) -> bool:
        """Whether the kubelet starts the server again now."""
        return self.ended_at is not None and time.monotonic() - self.ended_at >= RESTARTS

    def begin_stop(self) -> None:
        """Tell the processes to end."""
        for process in filter(None, (self.agent, self.server)):
            if process.stdin:
                process.stdin.close()

    def stop(self) -> None:
        """Wait until they have ended; who does not is killed."""
        for process in filter(None, (self.agent, self.server)):
            try:
                process.wait(_ENDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
