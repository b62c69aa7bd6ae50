"""A pod with many models: it gets ready, takes a change of one, and costs little at rest."""

import itertools
import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator.agent.agent import Agent
from generator.agent.decide.survey import AT_REST, COMES_TO_REST
from generator.agent.download.data_source import DirectSource
from generator.agent.pod.config_map import DesiredFolder
from generator.agent.pod.mounted import CONFIG
from generator.agent.pod.served import Served
from generator.agent.ports import Ports
from generator.lock import desired_parts
from generator.lock.lock import Lock
from generator.lock.models_config import models_config
from generator.plan.capacity import PART_BYTES
from generator.serving.paths import MODELS
from generator.serving.reported import LoadState, ServerModel, VersionState
from tests.kit.overlays import agent_megabytes
from tests.kit.pod_processes import GOOD, Pod
from tests.kit.strategies import model, version

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells it")

FLAGS = ("model_config_file_poll_wait_seconds=5", "file_system_poll_wait_seconds=60")
"""A server looks into its folders seldom here: all files are there, and it has them from Python."""

SELDOM = ("model_config_file_poll_wait_seconds=100", "file_system_poll_wait_seconds=300")
"""Of ten thousand, each look at the file takes it a tenth of a second, and at the folders more."""

INTERVAL = 10.0  # seconds between two rounds of an agent at rest


@dataclass
class Fleet:
    """A pod with *count* models, of which versions 1 and 2 are there."""

    pod: Pod
    count: int

    def __post_init__(self) -> None:
        self.names = [f"model-{number:05}" for number in range(self.count)]
        for name in self.names:
            for number in ("1", "2"):
                folder = self.pod.root / "models" / name / number
                folder.mkdir(parents=True)
                (folder / GOOD).write_bytes(b"x")

    def commit(self, *newer: str, part_bytes: int = PART_BYTES) -> int:
        """Deliver all models at version 1, and some *newer* at 2; return the number of parts."""
        numbers = {name: 2 if name in newer else 1 for name in self.names}
        models = [model(it, version(it, number), stable=number) for it, number in numbers.items()]
        parts = desired_parts.split(self.pod.lock(*models), MODELS, part_bytes)
        assert parts is not None
        self.pod.swap(parts)
        return len(parts)

    def in_sync(self, patience: float) -> float:
        """Wait until the server serves what was delivered last; return the seconds."""
        began, wanted = time.monotonic(), self.pod.generation_wanted()
        while time.monotonic() - began < patience:
            status = self.pod.status()
            if status.get("generation") == wanted and status["inSync"]:
                assert status["ready"]
                return time.monotonic() - began
            time.sleep(max(0.5, self.count / 2000))  # to tell of thousands takes it a moment
        pytest.fail(self.pod.log[-2000:])

    def megabytes(self) -> int:
        """Return the most memory that the agent has had."""
        lines = self._proc("status").splitlines()
        [peak] = [line.split()[1] for line in lines if line.startswith("VmHWM")]
        return int(peak) // 1024

    def cpu(self) -> float:
        """Return the seconds of CPU that the agent has had."""
        times = self._proc("stat").rpartition(")")[2].split()[11:13]
        return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")

    def _proc(self, name: str) -> str:
        assert self.pod.agent
        return Path(f"/proc/{self.pod.agent.pid}/{name}").read_text()


@pytest.mark.parametrize(
    ("count", "part_bytes", "flags", "patience", "rest"),
    [
        pytest.param(300, 100_000, FLAGS, 120, INTERVAL, marks=pytest.mark.slow),
        pytest.param(2000, PART_BYTES, FLAGS, 900, 3 * INTERVAL, marks=pytest.mark.nightly),
        pytest.param(10_000, PART_BYTES, SELDOM, 3000, 3 * INTERVAL, marks=pytest.mark.nightly),
    ],
)
def test_a_pod_serves_many_models_and_takes_a_change_of_one(
    tmp_path, count, part_bytes, flags, patience, rest
):
    """In parts, beside a server that loads one version each 100 ms of its time: 20 times as fast.

    No round of it leaves the pod unready again, and at *rest*, in so many seconds, it takes a tenth
    of one CPU at most.
    """
    fleet = Fleet(pod := Pod(tmp_path / "pod", pull=False), count)
    try:
        assert fleet.commit(part_bytes=part_bytes) > 1
        pod.watch(interval=f"{INTERVAL:.0f}s")
        pod.serve(speed=20, flags=flags)
        first = fleet.in_sync(patience)
        logged = len(pod.log)
        fleet.commit(fleet.names[0], part_bytes=part_bytes)
        change = fleet.in_sync(patience)
        assert pod.loaded(fleet.names[0]) == {2}
        time.sleep(COMES_TO_REST if count > AT_REST else 0)
        began = fleet.cpu()
        time.sleep(rest)
        at_rest = (fleet.cpu() - began) / rest
        told = (
            f"all served after {first:.0f} s, a change of one after {change:.0f} s, "
            f"{fleet.megabytes()} MB, at rest {at_rest * INTERVAL:.2f} s of CPU a round"
        )
        print(f"{count:,} models: {told}")  # noqa: T201  figures for the page of benchmarks
        assert "not ready" not in pod.log[logged:], told
        assert fleet.megabytes() < agent_megabytes() / 2, told
        assert at_rest < 0.1, told
    finally:
        pod.stop()


def rounds(folder, count):
    """Yield, round by round, how many models the server of a pod with *count* is asked for."""
    models = [model(f"m-{number}", version(f"m-{number}", 1), stable=1) for number in range(count)]
    lock = Lock("prod", "s3://models", tuple(sorted(models, key=lambda it: it.name)))
    desired, served, asked = folder / "desired", folder / "served", []
    for place in (desired, served):
        place.mkdir(parents=True)
    for name, text in desired_parts.split(lock, MODELS, PART_BYTES).items():
        (desired / name).write_text(text)
    (served / CONFIG).write_text(models_config(lock.models, MODELS))
    loaded = ServerModel({1: VersionState(LoadState.AVAILABLE)}, {"stable": 1})

    def ask(questions):
        asked.append(len(questions))
        return {it.model: loaded for it in questions}

    clock = itertools.count(0, INTERVAL)  # a round looks at it some times
    ports = Ports(
        DesiredFolder(desired, pull=True), Served(served), DirectSource(), ask, lambda: next(clock)
    )
    agent = Agent(ports)
    while True:
        agent.round()
        assert agent.report.in_sync
        yield asked[-1]


def test_a_round_at_rest_asks_for_so_many_models_whatever_their_number(tmp_path):
    """Each model has its turn; with fewer, all are asked for."""
    for count, most in ((100, 100), (AT_REST + 100, AT_REST)):
        looks = [*itertools.islice(rounds(tmp_path / str(count), count), 6)]
        assert (looks[0], looks[-1]) == (count, most)
