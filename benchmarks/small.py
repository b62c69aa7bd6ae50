"""Keep a loss of speed from being merged: commands on 100 models, against a fixed work of Python.

    python -m benchmarks.small
    python -m benchmarks.small --record

CPU time is told in yardsticks of the same run (`yardstick.py`), and the least of some runs counts:
other processes of the machine make a run slower, and none faster. What is too slow is measured
again, until it is not or the time is up. `baseline.json` has what was recorded, by Python and
processor; more than a fifth above it fails. `--record` writes it anew: with the change that is
worth its cost, and a word in its commit message.
"""

import argparse
import hashlib
import os
import resource
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.baseline import Baseline, Figures
from benchmarks.delivered import make_origin
from benchmarks.measure import ROOT, program, run
from benchmarks.published import Fleet, write_environments
from generator.catalog.claim import Blob
from generator.catalog.index import write
from tests.kit.imports import imported

BASELINE = Path(__file__).with_name("baseline.json")
MODELS = 100
ROUNDS = 3
ROUNDS_OF_RECORD = 9
SECONDS = 30
"""Of CPU, after which it is said that a command is too slow; one that is not takes a third."""
_YARDSTICK = ("-I", str(Path(__file__).with_name("yardstick.py")))


@dataclass(frozen=True, slots=True)
class Small:
    """A fleet of 100 models in a folder, and the commands that are measured on it."""

    root: Path

    def publish(self) -> None:
        """Write the fleet, and a `kubectl` that builds everything: the real one is not ours."""
        fleet, store = Fleet(MODELS), self.root / "store"
        for name in fleet.names:
            for number in fleet.versions:
                blobs = [
                    self._put(
                        store / name / str(number) / path, fleet.content(path, f"{name} {number}")
                    )
                    for path in fleet.objects
                ]
                (store / f"index-{name}-{number}.csv").write_bytes(write(name, blobs))
        for folder in ("synced", "fresh"):
            origin = self.root / f"{folder}.git"
            write_environments(fleet, self.root / folder, {"url": store.as_uri()}, origin)
        (self.root / "bin").mkdir()
        (self.root / "bin/kubectl").write_text("#!/bin/sh\n")
        (self.root / "bin/kubectl").chmod(0o755)
        make_origin(self.root / "synced.git")
        for command in ("sync", "sync", "check"):
            self._cpu("synced", command)

    def _put(self, path: Path, data: bytes) -> Blob:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        key = path.relative_to(self.root / "store").as_posix()
        return Blob(key, hashlib.md5(data, usedforsecurity=False).hexdigest())

    @property
    def commands(self) -> Mapping[str, Callable[[], float]]:
        """What is measured, by name: each runs once, and returns its CPU seconds."""
        return {
            "first sync": self._first_sync,
            "plan": partial(self._cpu, "synced", "plan"),
            "nothing changed": partial(self._cpu, "synced", "sync"),
            "help": partial(self._cpu, "synced", "--help"),
        }

    def _first_sync(self) -> float:
        make_origin(self.root / "fresh.git")
        shutil.rmtree(self.root / "cache-of-fresh", ignore_errors=True)
        return self._cpu("fresh", "sync")

    def _cpu(self, folder: str, *words: str) -> float:
        return program("-C", str(self.root / folder), *words, env=self._env(folder)).cpu

    def yardstick(self) -> float:
        """Return the CPU seconds of the fixed work, done once."""
        return run(sys.executable, *_YARDSTICK, env=self._env("synced")).cpu

    def modules(self) -> Iterator[tuple[str, float]]:
        """Yield how many modules each command imports, where all is synced."""
        folder = self.root / "synced"
        for command in ("--help", "check", "plan", "sync"):
            found = imported(ROOT, "-C", folder, command, env=self._env("synced"))
            yield f"modules of {command}", len(found)

    def _env(self, folder: str) -> dict[str, str]:
        """Return an environment with a cache; modules are compiled, no coverage is measured."""
        kept = {
            name: it for name, it in os.environ.items() if not name.startswith(("PYTHON", "COV"))
        }
        path = f"{self.root / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}"
        cache = str(self.root / f"cache-of-{folder}")
        return kept | {"PATH": path, "HOME": str(self.root), "XDG_CACHE_HOME": cache}


class Timing:
    """The least CPU seconds of each command of a fleet so far, and of the yardstick."""

    def __init__(self, small: Small) -> None:
        self._small = small
        self._least = {"yardstick": small.yardstick()}

    def measure(self, name: str) -> None:
        """Run a command once, after the yardstick."""
        for it, run_once in (
            ("yardstick", self._small.yardstick),
            (name, self._small.commands[name]),
        ):
            cpu = run_once()
            self._least[it] = min(cpu, self._least.get(it, cpu))

    @property
    def figures(self) -> Figures:
        """The commands, in yardsticks."""
        yardstick = self._least["yardstick"]
        return {name: cpu / yardstick for name, cpu in self._least.items() if name != "yardstick"}


def measured(small: Small, baseline: Baseline, rounds: int) -> Figures:
    """Return the figures of a fleet: of some rounds, and of more of what seems too slow."""
    before, counted, timing = _spent(), dict(small.modules()), Timing(small)
    for _ in range(rounds):
        for name in small.commands:
            timing.measure(name)
    while _spent() - before < SECONDS:
        lost = small.commands.keys() & baseline.lost({**counted, **timing.figures})
        if not lost:
            break
        for name in lost:
            timing.measure(name)
    return {**counted, **timing.figures}


def _spent() -> float:
    """Return the CPU seconds of all that has been run so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _keep_to_one_core() -> None:
    """Let this process and its children run on one core, where the system can do so.

    On several, threads that wait for each other take twice the CPU on an idle machine that they
    take on a busy one; the yardstick, which has one thread, does not.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def main() -> int:
    """Print the figures beside what was recorded; 1 if too much is lost."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--record", action="store_true", help="record what is measured now")
    record: bool = parser.parse_args().record
    baseline = Baseline(BASELINE)
    _keep_to_one_core()
    with TemporaryDirectory() as folder:
        small = Small(Path(folder))
        small.publish()
        found = measured(small, baseline, ROUNDS_OF_RECORD if record else ROUNDS)
    if record:
        baseline.record(found)
        baseline = Baseline(BASELINE)
    print("\n".join(baseline.lines(found)))
    return 1 if baseline.lost(found) else 0


if __name__ == "__main__":
    sys.exit(main())
