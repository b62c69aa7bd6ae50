"""Three pods with real agents, which find each other over HTTP and take a version in turns."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator.cli import main
from tests.kit.pod_processes import BROKEN, GOOD, Pod, free_port
from tests.kit.schemas import schema
from tests.kit.strategies import model

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
                pod.until(lambda pod=pod: pod not in self.naming(number))
                pod.serve()
            time.sleep(0.05)

    def refusing(self) -> int:
        """Return how many pods say that the version fails in another one."""
        return sum("tells that it fails there" in it for it in self.waits())

    def waits(self) -> list[str]:
        """Return what each pod waits for."""
        return [pod.status().get("waits", {}).get("a", "") for pod in self.pods]


@pytest.fixture
def environment(tmp_path):
    """Return an environment that serves, and its pods take turns."""
    environment = Environment.begin(tmp_path)
    time.sleep(90 / HURRY)
    yield environment
    for pod in (*environment.pods, environment.fourth):
        pod.stop()


@pytest.mark.slow
def test_a_good_version_goes_from_pod_to_pod_and_back_at_once(environment):
    """The first one has it for three seconds before another one is told of it."""
    began = time.monotonic()
    environment.deliver(2)
    many = 0
    while many < 3:
        now = len(environment.naming(2))
        assert now - many <= 1 or many
        if now == 1 and not many:
            schema("agent-status").validate(environment.naming(2)[0].status())
        if now >= 2 and many < 2:
            assert time.monotonic() - began >= 3
        many = max(many, now)
        assert all(pod.label("a", "stable") for pod in environment.pods)
        assert time.monotonic() - began < 60
    assert environment.verified(2).exit_code == 0
    environment.deliver(1)
    back = time.monotonic()
    for pod in environment.pods:
        pod.in_sync()
    assert time.monotonic() - back < 15


@pytest.mark.nightly
def test_a_version_that_does_not_load_stops_at_the_first_pod(environment):
    """The others say which pod tells so, and go on serving."""
    environment.deliver(2, BROKEN)
    deadline = time.monotonic() + 40
    while environment.refusing() < 2:
        assert len(environment.naming(2)) <= 1
        assert time.monotonic() < deadline, environment.waits()
    assert {pod.label("a", "stable") for pod in environment.pods} == {1}
    environment.deliver(3)
    for pod in environment.pods:
        pod.in_sync()


@pytest.mark.nightly
def test_a_pod_that_comes_while_a_version_is_refused_serves_the_one_before(environment):
    """Its lock does not name that one: it hears of it from the others."""
    environment.deliver(2, BROKEN)
    for pod in environment.pods:
        pod.until(lambda: environment.refusing() == 2)
    fourth = environment.fourth
    fourth.watch()
    fourth.serve()
    fourth.until(lambda: fourth.status().get("ready"))
    assert fourth.label("a", "stable") == 1


@pytest.mark.slow
def test_a_version_that_ends_servers_reaches_one(environment):
    """Twice in the same pod; then the others refuse it, also after all agents have started anew.

    That pod tries it again after its pause, and no sooner.
    """
    environment.deliver(2)
    environment.end_servers(
        2, 40, lambda: environment.refusing() == 2 and not environment.naming(2)
    )
    [first], said = {*environment.killed}, environment.verified(2)
    assert said.exit_code == 10
    assert said.stdout.splitlines()[-1] == f"failed-in-pods: prod {{a 2 ({first})}}"
    assert len(environment.killed) == 2
    for pod in environment.pods:
        pod.kill(pod.agent)
        pod.watch()
    environment.end_servers(2, 6, lambda: False)
    assert len(set(environment.killed)) == 1
    assert len(environment.killed) == 2
    assert {pod.label("a", "stable") for pod in environment.pods} == {1}
