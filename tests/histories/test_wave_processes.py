"""Random rollouts through three to five pods, each a real agent beside a simulated server.

`test_waves` plays thousands of them with the agent's decisions alone; here are its loop, its files,
its processes and its requests to the others, with kills of both containers in between.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from generator.agent.pod.mounted import CONFIG
from generator.lock.lock_file import dump
from generator.lock.models_config import models_config
from generator.lock.paths import LOCK
from generator.serving.paths import MODELS
from generator.serving.state import ModelState
from tests.histories.pods.runners import RestartingPod
from tests.kit.pod_processes import behaving
from tests.kit.strategies import model
from tests.servers.ports import free_port

HURRY = 15
"""How many times shorter the margins and pauses of the agents are: a pod takes turns after 4 s."""

RULES = "first=1,soak=2s,then={then},timeout=60s,onTimeout=hold"

KINDS = {
    "good": {},
    "slow": behaving(seconds=15),
    "fails": behaving(load="fails", seconds=5),
    "kills": behaving(load="ends-server", seconds=5),
}
"""The files by which versions behave so; the time of the servers passes ten times as fast."""

PATIENCE = 180.0
SEEDS = 24


@dataclass
class Rollout:
    """An environment of pods that serve version 1 of `a`, with the label `stable`."""

    pods: list[RestartingPod]
    chance: Random
    kinds: dict[int, str] = field(default_factory=dict)

    @classmethod
    def begin(cls, root: Path, seed: int) -> "Rollout":
        """Start three to five."""
        chance = Random(seed)
        ports = [free_port() for _ in range(chance.randint(3, 5))]
        peers = [word for port in ports for word in ("--peers", f"127.0.0.1:{port}")]
        rules = RULES.format(then=chance.choice(("one-by-one", "all")))
        pods = [
            RestartingPod(
                root / f"pod-{number}",
                listen=port,
                program=("-m", "tests.kit.fast_agent", str(HURRY)),
                options=("--pod", f"pod-{number}", *peers, "--rollout", rules),
            )
            for number, port in enumerate(ports)
        ]
        rollout = cls(pods, chance)
        rollout.deliver("good")
        for pod in pods:
            pod.start()
        return rollout

    @property
    def newest(self) -> int:
        """The version that Git wants."""
        return len(self.kinds)

    def deliver(self, kind: str) -> None:
        """Let Git want another version; who serves is no further behind than half a second."""
        number = self.newest + 1
        self.kinds[number] = kind
        for pod in self.pods:
            files = KINDS[kind]
            lock = pod.lock(model("a", pod.publish("a", number, extra=files), stable=number))
            texts = {CONFIG: models_config(lock.models, MODELS), LOCK: dump(lock)}
            pod.mount(texts, {"a": ModelState(frozenset({number}), (("stable", number),))})
            if pod.agent:
                self.pause(self.chance.random() / 2)

    def pause(self, seconds: float) -> None:
        """Let time pass; what ends is started again, and someone answers at each moment."""
        end = time.monotonic() + seconds
        while True:
            for pod in self.pods:
                pod.agent_runs = pod.server_runs = True
                pod.keep()
            assert self.answers() or self.answers(), self.told()
            if time.monotonic() >= end:
                return
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether `stable` answers from any pod, once it has."""
        if any(pod.label("a", "stable") for pod in self.pods):
            self.has_answered = True
        elif self.has_answered:
            return False
        return True

    has_answered: bool = False

    def settle(self) -> None:
        """Wait until all pods serve what Git says."""
        end = time.monotonic() + PATIENCE
        while not all(self.is_in_sync(pod) for pod in self.pods):
            assert time.monotonic() < end, self.told()
            self.pause(0.2)

    def is_in_sync(self, pod: RestartingPod) -> bool:
        """Whether a pod serves what was delivered last."""
        status = pod.status()
        wanted = pod.generation_wanted()
        return status.get("generation") == wanted and status["inSync"] and status["ready"]

    def ended(self) -> Iterator[tuple[int, str]]:
        """Yield each version that has ended a server, with its pod."""
        for pod in self.pods:
            for line in pod.journal.read_text().splitlines():
                if found := json.loads(line)["exited"].partition("crash a/")[2]:
                    yield int(found), pod.root.name

    def told(self) -> str:
        """Return what to look at when something is wrong."""
        return json.dumps([self.kinds, *(pod.status() for pod in self.pods)], indent=1)


@pytest.fixture
def rollout(tmp_path, seed):
    """Return an environment of this seed."""
    found = Rollout.begin(tmp_path, seed)
    yield found
    for pod in found.pods:
        pod.stop()


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_rollouts_reach_one_pod_with_what_ends_servers(rollout):
    """And all the others go on answering, and come to what Git says when that is well."""
    rollout.settle()
    chance = rollout.chance
    rollout.pause(60 / HURRY + 1)
    for _ in range(chance.randint(3, 5)):
        rollout.deliver(chance.choice([*KINDS]))
        for _ in range(chance.randint(0, 2)):
            rollout.pause(chance.random() * 6)
            pod = chance.choice(rollout.pods)
            chance.choice((pod.kill_agent, pod.kill_server))()
        rollout.pause(chance.random() * 12)
    rollout.deliver("good")
    rollout.settle()

    reached: dict[int, set[str]] = {}
    for number, pod in rollout.ended():
        assert rollout.kinds[number] == "kills"
        reached.setdefault(number, set()).add(pod)
    assert all(len(pods) == 1 for pods in reached.values()), reached
    for pod in rollout.pods:
        pod.check()
