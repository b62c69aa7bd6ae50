"""A pod with many models: it gets ready, takes a change of one, and costs little at rest."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator.agent.decide.survey import AT_REST, COMES_TO_REST
from generator.lock import desired_parts
from generator.plan.capacity import PART_BYTES
from generator.serving.paths import MODELS
from tests.agent.test_memory import limit
from tests.kit.pod_processes import GOOD, Pod
from tests.kit.strategies import model, version

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells it")

FLAGS = ("model_config_file_poll_wait_seconds=5", "file_system_poll_wait_seconds=60")
"""A server looks into its folders seldom here: all files are there, and it has them from Python."""

REST = 30.0  # seconds for which an agent is watched that has nothing to do


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
            time.sleep(0.5)
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
    ("count", "part_bytes", "speed", "patience"),
    [
        pytest.param(300, 100_000, 20, 120, marks=pytest.mark.slow),
        pytest.param(2000, PART_BYTES, 20, 900, marks=pytest.mark.nightly),
    ],
)
def test_a_pod_serves_many_models_and_takes_a_change_of_one(
    tmp_path, count, part_bytes, speed, patience
):
    """In parts, beside a server that loads one version each 100 ms of its time.

    No round of it leaves the pod unready again, and at rest it takes a tenth of one CPU at most.
    """
    fleet = Fleet(pod := Pod(tmp_path / "pod", pull=False), count)
    try:
        assert fleet.commit(part_bytes=part_bytes) > 1
        pod.watch(interval="10s")
        pod.serve(speed=speed, flags=FLAGS)
        first = fleet.in_sync(patience)
        logged = len(pod.log)
        fleet.commit(fleet.names[0], part_bytes=part_bytes)
        change = fleet.in_sync(patience)
        assert pod.loaded(fleet.names[0]) == {2}
        time.sleep(COMES_TO_REST if count > AT_REST else 0)
        began = fleet.cpu()
        time.sleep(REST)
        at_rest = (fleet.cpu() - began) / REST
        told = f"{first:.0f} s, a change {change:.0f} s, {fleet.megabytes()} MB, {at_rest:.1%} CPU"
        print(f"{count} models: {told}")  # noqa: T201  figures for the page of benchmarks
        assert "not ready" not in pod.log[logged:], told
        assert fleet.megabytes() < limit() / 2, told
        assert at_rest < 0.1, told
    finally:
        pod.stop()
