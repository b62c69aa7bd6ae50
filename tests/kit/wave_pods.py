"""Pods of one environment with real agents, which find each other over HTTP."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from click.testing import CliRunner, Result

from generator.cli import main
from tests.kit.pod_processes import GOOD, Pod
from tests.kit.strategies import model
from tests.servers.ports import free_port

HURRY = 15
"""How many times shorter the margins and pauses are: a pod takes turns after four seconds."""

RULES = "first=1,soak=3s,then=one-by-one,timeout=60s,onTimeout=hold"


@dataclass
class Environment:
    """Pods that serve version 1 of `a`, and are known to each other."""

    pods: list[Pod]
    fourth: Pod
    killed: list[str] = field(default_factory=list)
    """The pods whose server a version has ended, each time."""
    others: tuple[str, ...] = ()
    """The models beside `a`, which stay at version 1."""

    @classmethod
    def begin(cls, root: Path, *others: str) -> "Environment":
        """Start three; where a fourth one would be is known as well."""
        ports = [free_port() for _ in range(4)]
        peers = [word for port in ports for word in ("--peers", f"127.0.0.1:{port}")]
        pods = [
            Pod(
                root / f"pod-{number}",
                listen=port,
                program=("-m", "tests.kit.fast_agent", str(HURRY)),
                options=("--pod", f"pod-{number}", *peers, "--rollout", RULES),
            )
            for number, port in enumerate(ports)
        ]
        environment = cls(pods[:3], pods[3], others=others)
        environment.deliver(1)
        for pod in environment.pods:
            pod.watch()
        for pod in environment.pods:
            pod.serve()
        for pod in environment.pods:
            pod.in_sync()
        return environment

    def deliver(self, number: int, file: str = GOOD, slow: float = 0) -> None:
        """Let Git want a version of `a`, with the label `stable` on it; its load may be *slow*."""
        for pod in (*self.pods, self.fourth):
            others = [model(it, pod.publish(it, 1), stable=1) for it in self.others]
            of_a = model("a", pod.publish("a", number, file, slow), stable=number)
            pod.deliver(of_a, *others)

    def verified(self, number: int) -> Result:
        """Return what `verify` says of the commit that wants a version."""
        desired = self.pods[0].root / "desired"
        assert f'"version": {number}' in (desired / "models.lock.json").read_text()
        words = ["verify", "--desired", str(desired), "--pods", "3", "--timeout", "60s"]
        words += [word for pod in self.pods for word in ("--agents", f"127.0.0.1:{pod.listen}")]
        return CliRunner().invoke(main, words)

    def naming(self, number: int) -> list[Pod]:
        """Return the pods whose server is told to serve a version."""
        return [pod for pod in self.pods if f"versions: {number}\n" in pod.config.read_text()]

    def end_servers(self, number: int, seconds: float, until: Callable[[], bool]) -> None:
        """Let a version end each server that is told to serve it, *until* something, or so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            for pod in self.naming(number):
                self.killed.append(pod.root.name)
                pod.kill(pod.server)
                pod.until(partial(self._has_left, pod, number))
                pod.serve()
            time.sleep(0.05)

    def _has_left(self, pod: Pod, number: int) -> bool:
        return pod not in self.naming(number)

    def refusing(self) -> int:
        """Return how many pods say that the version fails in another one."""
        return sum("tells that it fails there" in it for it in self.waits())

    def waits(self) -> list[str]:
        """Return what each pod waits for."""
        return [pod.status().get("waits", {}).get("a", "") for pod in self.pods]
