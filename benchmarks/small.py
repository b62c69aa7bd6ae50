"""Keep a loss of speed from being merged: commands on 100 models, against a fixed work of Python.

    python -m benchmarks.small
    python -m benchmarks.small --record

CPU time is told in yardsticks of the same run (`yardstick.py`), and the least of some runs counts:
other processes of the machine make a run slower, and none faster. What is too slow is measured
again, until it is not or the time is up. `baseline.json` has what was recorded, by release of
Python; more than a fifth above it fails. `--record` writes it anew: with the change that is worth
its cost, and a word in its commit message.
"""

import argparse
import hashlib
import os
import resource
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.baseline import Baseline, Figures
from benchmarks.delivered import make_origin
from benchmarks.measure import ROOT, run
from benchmarks.published import OBJECTS, VERSIONS, Fleet, content, write_environments
from generator.catalog.claim import Blob
from generator.catalog.index import write
from tests.kit.imports import imported

BASELINE = Path(__file__).with_name("baseline.json")
MODELS = 100
ROUNDS = 3
"""At least; the first one finds caches of the machine cold."""
SECONDS = 12
"""Of CPU, after which it is said that a command is too slow."""
SECONDS_OF_RECORD = 30
_YARDSTICK = ("-I", str(Path(__file__).with_name("yardstick.py")))


@dataclass(frozen=True, slots=True)
class Small:
    """A fleet of 100 models in a folder, and the commands that are measured on it."""

    root: Path

    @property
    def project(self) -> Path:
        """The folder of environments."""
        return self.root / "project"

    def publish(self) -> None:
        """Write the fleet, and a `kubectl` that builds everything: the real one is not ours."""
        fleet, store = Fleet(MODELS), self.root / "store"
        for name in fleet.names:
            for number in VERSIONS:
                blobs = [
                    self._put(store / name / str(number) / path, content(path, f"{name} {number}"))
                    for path in OBJECTS
                ]
                (store / f"index-{name}-{number}.csv").write_bytes(write(name, blobs))
        source = {"url": store.as_uri()}
        write_environments(fleet, self.project, source, self.root / "origin.git")
        (self.root / "bin").mkdir()
        (self.root / "bin/kubectl").write_text("#!/bin/sh\n")
        (self.root / "bin/kubectl").chmod(0o755)

    def _put(self, path: Path, data: bytes) -> Blob:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        key = path.relative_to(self.root / "store").as_posix()
        return Blob(key, hashlib.md5(data, usedforsecurity=False).hexdigest())

    @property
    def env(self) -> dict[str, str]:
        """The environment of the commands: modules are compiled, and no coverage is measured."""
        kept = {
            name: it for name, it in os.environ.items() if not name.startswith(("PYTHON", "COV"))
        }
        path = f"{self.root / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}"
        home = str(self.root)
        return kept | {"PATH": path, "HOME": home, "XDG_CACHE_HOME": str(self.root / "cache")}

    def round(self) -> Iterator[tuple[str, float]]:
        """Yield the CPU seconds of each command, and of the yardstick around them."""
        yield "yardstick", self._cpu(*_YARDSTICK)
        make_origin(self.root / "origin.git")
        shutil.rmtree(self.root / "cache", ignore_errors=True)
        yield "first sync", self._cpu(*self.command("sync"))
        yield "yardstick", self._cpu(*_YARDSTICK)
        yield "plan", self._cpu(*self.command("plan"))
        self._cpu(*self.command("sync"))  # leaves the receipt
        yield "nothing changed", self._cpu(*self.command("sync"))
        yield "nothing changed", self._cpu(*self.command("sync"))
        yield "help", self._cpu(*self.command("--help"))
        yield "yardstick", self._cpu(*_YARDSTICK)

    def command(self, *words: str) -> tuple[str, ...]:
        """Return the real command line, on the fleet."""
        return ("-m", "generator", "-C", str(self.project), *words)

    def _cpu(self, *words: str) -> float:
        return run(sys.executable, *words, env=self.env).cpu

    def modules(self) -> Iterator[tuple[str, float]]:
        """Yield how many modules each command imports, where all is synced."""
        make_origin(self.root / "origin.git")
        for words in ("sync", "sync", "check"):
            self._cpu(*self.command(words))
        for command in ("--help", "check", "plan", "sync"):
            found = imported(ROOT, "-C", self.project, command, env=self.env)
            yield f"modules of {command}", len(found)


def measured(small: Small, is_enough: Callable[[Figures], bool], seconds: float) -> Figures:
    """Return the figures of a fleet: of few rounds if they are enough, else of some *seconds*."""
    least: dict[str, float] = {}
    rounds, before = 0, _spent()
    while True:
        for name, cpu in small.round():
            least[name] = min(cpu, least.get(name, cpu))
        rounds += 1
        yardstick = least["yardstick"]
        found = {name: cpu / yardstick for name, cpu in least.items() if name != "yardstick"}
        if (rounds >= ROUNDS and is_enough(found)) or _spent() - before > seconds:
            return found


def _spent() -> float:
    """Return the CPU seconds of all that has been run so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Print the figures beside what was recorded; 1 if too much is lost."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--record", action="store_true", help="record what is measured now")
    record: bool = parser.parse_args().record
    baseline = Baseline(BASELINE)
    with TemporaryDirectory() as folder:
        small = Small(Path(folder))
        small.publish()
        counted = dict(small.modules())
        if record:
            found = {**counted, **measured(small, lambda _: False, SECONDS_OF_RECORD)}
            baseline.record(found)
            baseline = Baseline(BASELINE)
        else:
            timed = measured(small, lambda it: not baseline.lost({**counted, **it}), SECONDS)
            found = {**counted, **timed}
    print("\n".join(baseline.lines(found)))
    return 1 if baseline.lost(found) else 0


if __name__ == "__main__":
    sys.exit(main())
