"""A pod whose two containers can be killed at any moment, and that starts them again."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from generator.agent.decide.config import parse
from generator.serving.paths import MODELS
from generator.serving.state import State
from tests.histories.pods import watching
from tests.histories.pods.watching import Moment
from tests.kit.pod_processes import ROOT, Pod, beside_agent, rendered_flags

HURRY = 150
"""How many times shorter the pauses of the agents are: 300 s become 2 s."""

SPEED = 10
"""How many times faster the time of the servers passes: they read their file each 0.1 s."""

FLAGS = (
    "file_system_poll_wait_seconds=3",
    *(it for it in rendered_flags(beside_agent()) if "poll_wait" not in it),
)
"""As rendered; folders are looked at less often than the file: much can happen in between."""

INTERVAL = "0.1s"


class BrokenPromiseError(AssertionError):
    """A history led to what must never be."""


@dataclass
class RestartingPod(Pod):
    """A pod; `keep` is the kubelet: it starts what should run and does not."""

    program: Sequence[str] = ("-m", "tests.kit.fast_agent", str(HURRY))
    agent_runs: bool = False
    server_runs: bool = False
    exits: int = 0
    """How often a server ended by itself."""
    moments: list[Moment] = field(default_factory=list, repr=False)
    """What was mounted when, and when it was at rest."""
    _seen: tuple[IO[str], str] | None = field(default=None, repr=False)

    @property
    def journal(self) -> Path:
        """What its servers answered for."""
        return self.root / "journal.jsonl"

    def start(self) -> None:
        """Let both containers run."""
        self.agent_runs = self.server_runs = True
        self.keep()

    def keep(self) -> None:
        """Start what should run; a server starts when there is a config.

        Raises:
            BrokenPromiseError: The agent ended by itself, or wrote a config in place.
        """
        if self.agent is not None and self.agent.poll() is not None:
            raise BrokenPromiseError(f"the agent ended with {self.agent.returncode}:\n{self.log}")
        if self.agent is None and self.agent_runs:
            self.watch(INTERVAL)
        if self.server is not None and self.server.poll() is not None:
            self.server, self.exits = None, self.exits + 1
        if self.server is None and self.server_runs and self.config.exists():
            self._serve()
        self._check_file()

    def kill_agent(self) -> None:
        """End the agent in the middle of whatever it does."""
        self.kill(self.agent)
        self.agent, self.agent_runs = None, False

    def kill_server(self) -> None:
        """End the server in the middle of whatever it does."""
        self.moments.append(Moment(time.monotonic(), "killed"))
        self.kill(self.server)
        self.server, self.server_runs = None, False

    def lose_folders(self) -> None:
        """Lose what is in the two emptyDirs, as a pod that is deleted."""
        for name in ("served", "models"):
            shutil.rmtree(self.root / name)
            (self.root / name).mkdir()

    def mount(self, files: Mapping[str, str], wanted: State, *, in_part: bool = False) -> None:
        """Let the mounted ConfigMaps have the *files* of a commit, or those that are there yet."""
        answers = watching.wanted(wanted)
        self.moments.append(Moment(time.monotonic(), "leaves", answers))
        self.swap(dict(files))
        if not in_part:
            self.moments.append(Moment(time.monotonic(), "wanted", answers))

    def check(self) -> None:
        """See that nothing stopped answering that should have gone on, and no config was refused.

        Raises:
            BrokenPromiseError: Something did, or was.
        """
        lines = self.journal.read_text().splitlines(keepends=True)
        seen = [watching.of_server(json.loads(line)) for line in lines if line.endswith("\n")]
        if found := [*watching.problems([*self.moments, *seen, *self._verdicts()])]:
            raise BrokenPromiseError(f"{self.root.name}:\n" + "\n".join(found))

    def _verdicts(self) -> Iterator[Moment]:
        """Yield the moments at which an agent found the pod ready, or out with its server there."""
        for line in self.log.splitlines():
            with suppress(ValueError):  # the last one may be cut off
                told = json.loads(line)
                at = datetime.fromisoformat(told["time"]).timestamp() + _behind()
                if told.get("ready"):
                    yield Moment(at, "ready")
                elif "the server: " not in told.get("reason", "the server: "):
                    yield Moment(at, "out")

    def _serve(self) -> None:
        words = [sys.executable, "-m", "tests.servers.tensorflow_serving"]
        words += ["--config", str(self.config), "--models", str(self.root / "models")]
        words += ["--port", str(self.port), "--speed", str(SPEED), "--journal", str(self.journal)]
        words += FLAGS
        with (self.root / "server.log").open("a") as log:
            self.server = subprocess.Popen(
                words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=log, text=True
            )

    def _check_file(self) -> None:
        """Look whether the config that was there a moment ago is still what it was.

        A new one takes its place by a rename: then the old one has kept its text.
        """
        if self._seen:
            file, text = self._seen
            file.seek(0)
            found = file.read()
            file.close()
            if found != text:
                raise BrokenPromiseError(f"a config was written in place: {text!r} to {found!r}")
        before, self._seen = self._seen, None
        if self.config.exists():
            file = self.config.open()
            self._seen = file, file.read()
            if before is None or before[1] != self._seen[1]:
                self._note(*self._seen)

    def _note(self, file: IO[str], text: str) -> None:
        """Note what a new config names."""
        config = parse(text, MODELS) or {}
        answers = watching.wanted({name: entry.state for name, entry in config.items()})
        at = os.fstat(file.fileno()).st_mtime + _behind()
        self.moments.append(Moment(at, "file", answers))

    def stop(self) -> None:
        """End all that runs."""
        super().stop()
        if self._seen:
            self._seen[0].close()


def _behind() -> float:
    """Return what the wall clock's time plus this is the monotonic clock's, in seconds."""
    return time.monotonic() - time.time()
