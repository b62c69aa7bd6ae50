"""The cluster of the demo: pods on this machine, and what Flux and the kubelet do elsewhere.

It does nothing by itself: `turn` takes what is new in Git to the pods, and starts servers again.
"""

import socket
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from generator.cli.demo import rendered
from generator.cli.demo.pod import Pod
from generator.cli.demo.stage import MODEL, Stage
from generator.errors import GeneratorError
from generator.serving import rest_api
from generator.serving.reported import Question, ServerState, Unanswered
from generator.simulated_server.process import EXIT
from generator.status.agent_reader import ask_beside

PATIENCE = 180.0
"""Seconds for what takes a few: a machine may have much to do."""

_TURN = 0.2
_NAMES = "abcdefghij"

Tell = Callable[[str, str], None]
"""Prints who does something, and what."""


class Cluster:
    """So many pods of the environment dev; as a context, nothing of it runs afterwards."""

    def __init__(self, stage: Stage, count: int) -> None:
        ports = iter(_free_ports(2 * count))
        self.pods = [
            Pod(
                f"pod-{letter}",
                stage.folder / "pods" / letter,
                stage.store,
                next(ports),
                next(ports),
            )
            for letter in _NAMES[:count]
        ]
        self._repository = stage.repository
        self._commit = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all processes, at once and together."""
        for pod in self.pods:
            pod.begin_stop()
        for pod in self.pods:
            pod.stop()

    def start(self) -> None:
        """Start all pods with what Git says now.

        Raises:
            GeneratorError: One does not start: its port was taken in between, perhaps.
        """
        found = self._deliver()
        peers = [f"127.0.0.1:{pod.agent_port}" for pod in self.pods]
        for pod in self.pods:
            pod.start_agent(peers, found.rollout)
        self._until(lambda: all(pod.has_config for pod in self.pods), "writes no config")
        for pod in self.pods:
            pod.start_server(found.flags)
        self._until(self._answers, "does not answer")

    def _answers(self) -> bool:
        return not any(isinstance(it.models, Unanswered) for it in self.look())

    def _until(self, condition: Callable[[], bool], lacks: str) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            for pod in self.pods:
                if which := pod.ended:
                    told = pod.last_words(which)
                    raise GeneratorError(
                        f"{pod.name}: its {which} ended: {told}", hint="run it again"
                    )
            if time.monotonic() > end:
                raise GeneratorError(f"a pod {lacks}", hint="run it again")
            time.sleep(_TURN)

    def turn(self, tell: Tell) -> None:
        """Do what is due now, and tell of it: who does it elsewhere, and what."""
        before = self._commit
        found = self._deliver()
        if found.commit != before:
            tell("Flux", f"commit {found.commit[:12]} is mounted in all pods")
        for pod in self.pods:
            if pod.has_ended():
                tell("kubelet", f"the server of {pod.name} ended, with exit code {EXIT}")
            if pod.is_due():
                tell("kubelet", f"starts the server of {pod.name} again")
                pod.start_server(found.flags)
        time.sleep(_TURN)

    def look(self) -> Sequence[ServerState]:
        """Return what each server and the agent beside it tell, in the order of the pods."""
        servers = rest_api.ask([it.server_url for it in self.pods], [Question(MODEL, ("stable",))])
        return ask_beside(servers, [it.agent_url for it in self.pods], is_named=True)

    @property
    def words(self) -> list[str]:
        """The options by which `status` finds the pods."""
        return [
            word
            for it in self.pods
            for word in ("--server", it.server_url, "--agent", it.agent_url)
        ]

    @property
    def agents(self) -> list[str]:
        """The options by which `sync` hears of failures."""
        return [word for it in self.pods for word in ("--agent", it.agent_url)]

    @property
    def generation(self) -> int:
        """That of the lock in Git."""
        return self._read().generation

    def _read(self) -> rendered.Rendered:
        return rendered.read(self._repository, "tf-serving", "dev")

    def _deliver(self) -> rendered.Rendered:
        """Let all pods mount what Git says, if it is new."""
        found = self._read()
        if found.commit != self._commit:
            for pod in self.pods:
                pod.mount(found)
            self._commit = found.commit
        return found


def _free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 at which nobody listens, all of them different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for it in sockets:
            it.bind(("127.0.0.1", 0))
        return [it.getsockname()[1] for it in sockets]
