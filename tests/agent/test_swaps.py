"""Three pods without room for two versions, as who asks their Service sees them.

Real agents beside simulated servers; the Service knows late which pods are ready, as one does.
"""

import time
from collections import deque
from dataclasses import dataclass, field
from threading import Event, Thread

import pytest

from tests.kit.pod_processes import BROKEN, GOOD, Pod
from tests.kit.schemas import schema
from tests.kit.strategies import model
from tests.servers.ports import free_port

HURRY = 10
"""How many times shorter the margins and pauses are: a pod is out for three seconds before it lets
go, and tells for nine that it is to leave."""

RULES = "first=1,soak=2s,then=one-by-one,timeout=60s,onTimeout=hold"
LAG = 1.0
"""Seconds after which the Service knows that a pod is ready, or is not any more."""
MEMORY, SIZE = 1500, 1000
PATIENCE = 180


@dataclass
class Service:
    """A Service that somebody asks all the time, and what was seen of it."""

    pods: list[Pod]
    failed: list[str] = field(default_factory=list)
    """The requests that no version answered, and what broke a rule otherwise."""
    requests: int = 0
    left: set[str] = field(default_factory=set)
    """The pods that have told that they are out."""
    ended: Event = field(default_factory=Event)

    def ask(self) -> None:
        """Ask each pod that the Service knows of, until the end."""
        seen: deque[tuple[float, list[Pod]]] = deque()
        endpoints = self.pods
        while not self.ended.is_set():
            ready = [pod for pod in self.pods if pod.get("/readyz")[0] == 200]
            seen.append((time.monotonic(), ready))
            while seen and seen[0][0] <= time.monotonic() - LAG:
                endpoints = seen.popleft()[1]
            if not endpoints:
                self.failed.append("the Service has no pod")
            for pod in endpoints:
                self.requests += 1
                if pod.label("a", "stable") is None and not self.ended.is_set():
                    self.failed.append(f"{pod.root.name} does not answer: {pod.answers('a')}")
            self._look()

    def _look(self) -> None:
        out = [it for it in self.pods if it.status().get("wave", {}).get("leave") == "out"]
        self.left |= {pod.root.name for pod in out}
        if len(out) > 1:
            self.failed.append(f"{[pod.root.name for pod in out]} are out at once")
        for pod in self.pods:
            there = {it for it, state in pod.answers("a").items() if state not in ("END", "START")}
            if len(there) > 1:
                self.failed.append(f"{pod.root.name} has {there}, and room for one")


@pytest.fixture
def service(tmp_path):
    """Return a Service of three pods that serve version 1 of `a`, while somebody asks it."""
    ports = [free_port() for _ in range(3)]
    peers = [word for port in ports for word in ("--peers", f"127.0.0.1:{port}")]
    waves = ("--rollout", RULES, "--memory", str(MEMORY))
    pods = [
        Pod(
            tmp_path / f"pod-{number}",
            listen=port,
            program=("-m", "tests.kit.fast_agent", str(HURRY)),
            options=("--pod", f"pod-{number}", *peers, *waves),
        )
        for number, port in enumerate(ports)
    ]
    service = Service(pods)
    deliver(service, 1)
    for start in (Pod.watch, Pod.serve, Pod.in_sync):
        for pod in pods:
            start(pod)
    time.sleep(90 / HURRY)
    client = Thread(target=service.ask)
    client.start()
    yield service
    service.ended.set()
    client.join()
    for pod in pods:
        pod.stop()


def deliver(service: Service, number: int, file: str = GOOD) -> None:
    """Let Git want a version of `a`, beside which no other has room."""
    for pod in service.pods:
        version = pod.publish("a", number, file, extra={"weights": b"x" * SIZE})
        pod.deliver(model("a", version, stable=number))


def told(service: Service) -> list[str]:
    """Return what each pod waits for."""
    return [pod.status().get("waits", {}).get("a", "") for pod in service.pods]


@pytest.mark.nightly
def test_who_asks_the_service_sees_no_swap_and_none_that_fails(service):
    """Each pod leaves in its turn; a version that fails takes one out, which comes back."""
    deliver(service, 2)
    deadline = time.monotonic() + PATIENCE
    while any(pod.label("a", "stable") != 2 or told(service) != [""] * 3 for pod in service.pods):
        assert time.monotonic() < deadline, told(service)
        assert not service.failed
        time.sleep(0.2)
    assert service.left == {pod.root.name for pod in service.pods}
    schema("agent-status").validate(service.pods[0].status())

    service.left.clear()
    deliver(service, 3, BROKEN)
    deadline = time.monotonic() + PATIENCE
    while sum("tells that it fails there" in it for it in told(service)) < 2 or not all(
        pod.get("/readyz")[0] == 200 for pod in service.pods
    ):
        assert time.monotonic() < deadline, told(service)
        time.sleep(0.2)
    assert {pod.label("a", "stable") for pod in service.pods} == {2}
    assert len(service.left) == 1
    assert service.failed == []
    assert service.requests > 100
