"""Time a pod from a commit to what is served: `python -m benchmarks.pod`.

The agent is the real one, a process; the server is the simulated one, a process with its own clock,
real HTTP, and the flags that are rendered for it. A commit is mounted as the kubelet does it, and
containers start and get ready by the probes of the scaffold. What a cluster adds is not in it:
pulling images, and the minute or two in which a kubelet mounts a changed ConfigMap.
"""

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from generator.environment.environment import Environment
from generator.lock.lock import ServedModel
from generator.render.scaffold import scaffold_of
from generator.render.templates import Templates
from tests.kit import strategies
from tests.kit.pod_processes import BROKEN, ROOT, Pod, beside_agent, rendered_flags

LOADS_IN = 1.0
"""Seconds that a version takes to load."""

_LOOK = 0.05
_PATIENCE = 900.0


@dataclass(frozen=True, slots=True)
class Measure:
    """What is timed, and how many seconds it may take."""

    name: str
    aim: float
    take: Callable[["TimedPod", random.Random], float]


@dataclass
class Probe:
    """A probe of a container, by the fields that Kubernetes has."""

    period: float
    initial: float
    succeeds: Callable[[], bool]
    due: float = 0.0
    good: bool = False

    @classmethod
    def of(cls, found: dict[str, Any], succeeds: Callable[[], bool]) -> "Probe":
        """Return the probe that a manifest describes."""
        return cls(found.get("periodSeconds", 10), found.get("initialDelaySeconds", 0), succeeds)

    def begin(self) -> None:
        """Note that its container has started."""
        self.due = time.monotonic() + self.initial

    def look(self) -> bool:
        """Probe if it is time, and return what the last look found."""
        if time.monotonic() >= self.due:
            self.due += self.period
            self.good = self.succeeds()
        return self.good


class TimedPod(Pod):
    """A pod whose containers start as the kubelet starts them."""

    def __init__(self, root: Path, environment: Environment) -> None:
        super().__init__(root)
        scaffold = scaffold_of(environment, Templates()).values()
        files = {path: data for unit in scaffold for path, data in unit.items()}
        [patch, *_] = yaml.safe_load(files["components/agent/kustomization.yaml"])["patches"]
        self._agent = _container(yaml.safe_load(patch["patch"]), "initContainers")
        self._server = _container(yaml.safe_load(files["base/deployment.yaml"]), "containers")
        self.flags = rendered_flags(environment)

    def run(self) -> float:
        """Start both containers, and return the seconds until the pod is ready."""
        began = time.monotonic()
        words = [sys.executable, "-m", "generator", "--log-format", "json", "agent"]
        words += ["--desired", "desired", "--served", "served", "--models", "models"]
        words += [
            "--server",
            f"http://127.0.0.1:{self.port}",
            "--listen",
            f"127.0.0.1:{self.listen}",
        ]
        with (self.root / "agent.log").open("a") as log:
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            self.agent = subprocess.Popen(
                words, cwd=self.root, stderr=log, env=environment, text=True
            )
        alive = Probe.of(
            self._agent["startupProbe"], lambda: self.get("/healthz")[0] == HTTPStatus.OK
        )
        _until_all([alive])
        words = [
            sys.executable,
            "-m",
            "tests.servers.tensorflow_serving",
            "--config",
            str(self.config),
        ]
        words += ["--models", str(self.root / "models"), "--port", str(self.port), *self.flags]
        self.server = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        _until_all([Probe.of(self._server["startupProbe"], self._listens)])
        ready = Probe.of(
            self._agent["readinessProbe"], lambda: self.get("/readyz")[0] == HTTPStatus.OK
        )
        _until_all([ready, Probe.of(self._server["readinessProbe"], self._listens)])
        return time.monotonic() - began

    def serves(self, *models: ServedModel) -> bool:
        """Whether exactly these versions answer, with their labels."""
        return all(
            self.loaded(model.name) == set(model.numbers)
            and all(self.label(model.name, label) == to for label, to in model.labels)
            for model in models
        )

    def time_until(self, condition: Callable[[], bool]) -> float:
        """Return the seconds until *condition* holds."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > _PATIENCE:
                raise SystemExit(f"too late: {json.dumps(self.status(), indent=1)}\n{self.log}")
            time.sleep(_LOOK)
        return time.monotonic() - began

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


def fresh(pod: TimedPod, _: random.Random) -> float:
    """Return the seconds until a fresh pod with three models is ready."""
    pod.deliver(*(_model(pod, name, 1) for name in "abc"))
    return pod.run()


def promotion(pod: TimedPod, draw: random.Random) -> float:
    """Return the seconds in which a new version takes the place of the old one, with its label."""
    _settled(pod, draw)
    two = _model(pod, "a", 2)
    pod.deliver(two, _model(pod, "b", 1))
    return pod.time_until(lambda: pod.serves(two))


def beside_broken(pod: TimedPod, draw: random.Random) -> float:
    """Return the seconds until a version of one model serves that came with a broken new model."""
    _settled(pod, draw)
    both = strategies.model("a", pod.publish("a", 1), pod.publish("a", 2, slow=LOADS_IN), stable=1)
    bad = strategies.model("bad", pod.publish("bad", 1, BROKEN, slow=LOADS_IN))
    pod.deliver(both, _model(pod, "b", 1), bad)
    return pod.time_until(lambda: pod.loaded("a") == {1, 2})


def after_broken(pod: TimedPod, draw: random.Random) -> float:
    """Return the same for a change that comes while the server tries the broken new model."""
    _settled(pod, draw)
    bad = strategies.model("bad", pod.publish("bad", 1, BROKEN, slow=LOADS_IN))
    pod.deliver(_model(pod, "a", 1), _model(pod, "b", 1), bad)
    pod.time_until(lambda: bool(pod.answers("bad")))
    time.sleep(draw.uniform(0, 1))
    both = strategies.model("a", pod.publish("a", 1), pod.publish("a", 2, slow=LOADS_IN), stable=1)
    pod.deliver(both, _model(pod, "b", 1), bad)
    return pod.time_until(lambda: pod.loaded("a") == {1, 2})


MEASURES = (
    Measure("a fresh pod is ready", 20, fresh),
    Measure("a promotion is served", 40, promotion),
    Measure("a version comes with a broken new model", 10, beside_broken),
    Measure("a version comes after a broken new model", 10, after_broken),
)


def main(words: Sequence[str] | None = None) -> int:
    """Print the median and the longest of several runs of each measure."""
    parser = argparse.ArgumentParser("benchmarks.pod", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--polling", type=int, help="seconds; default: as rendered")
    parser.add_argument("--retry", type=int, help="seconds between tries; default: as rendered")
    parser.add_argument("--only", default="", help="a part of the name of a measure")
    given = parser.parse_args(words)
    keys: dict[str, Any] = {}
    if given.polling:
        keys["polling"] = {"config": given.polling, "files": given.polling}
    if given.retry:
        keys["flags"] = {"load_retry_interval_micros": given.retry * 1_000_000}
    environment = beside_agent(**keys)
    print(f"{'':42} median  longest  aim")
    for measure in MEASURES:
        if given.only in measure.name:
            found = [*_runs(measure, environment, given.runs)]
            middle, longest = statistics.median(found), max(found)
            print(
                f"{measure.name:42} {middle:5.1f} s  {longest:5.1f} s  ≤ {measure.aim:g} s",
                flush=True,
            )
    return 0


def _runs(measure: Measure, environment: Environment, runs: int) -> Iterator[float]:
    for run in range(runs):
        with _pod(environment) as pod:
            yield measure.take(pod, random.Random(run))  # noqa: S311  a phase, no secret


@contextmanager
def _pod(environment: Environment) -> Iterator[TimedPod]:
    with TemporaryDirectory() as folder:
        pod = TimedPod(Path(folder, "pod"), environment)
        try:
            yield pod
        finally:
            pod.stop()


def _settled(pod: TimedPod, draw: random.Random) -> None:
    """Let the pod serve two models, and its agent have nothing to do, for some time."""
    pod.deliver(_model(pod, "a", 1), _model(pod, "b", 1))
    pod.run()
    pod.time_until(lambda: bool(pod.status().get("inSync")))
    time.sleep(draw.uniform(0, 10))


def _model(pod: Pod, name: str, number: int) -> ServedModel:
    return strategies.model(name, pod.publish(name, number, slow=LOADS_IN), stable=number)


def _container(deployment: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = deployment["spec"]["template"]["spec"][kind][0]
    return found


def _until_all(probes: Sequence[Probe]) -> None:
    for probe in probes:
        probe.begin()
    good = False
    while not good:
        found = [probe.look() for probe in probes]  # each of them, in each turn
        good = all(found)
        time.sleep(_LOOK)


if __name__ == "__main__":
    sys.exit(main())
