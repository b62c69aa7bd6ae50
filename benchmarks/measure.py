"""Measure commands: what each process used, and the medians of two that alternate."""

import compileall
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

ROOT = Path(__file__).parent.parent
SPAWN = Path(__file__).with_name("spawn.py")
_PROGRAM = str(Path(sys.executable).with_name("tfs-gitops"))


@dataclass(frozen=True, slots=True)
class Usage:
    """What one or several processes used, one after the other."""

    seconds: float
    cpu: float = 0
    """Seconds, of user and system."""
    peak: float = 0
    """Bytes of resident memory, of the largest process."""

    def __add__(self, other: Self) -> "Usage":
        return Usage(self.seconds + other.seconds, self.cpu + other.cpu, max(self.peak, other.peak))


def run(*command: str, env: Mapping[str, str]) -> Usage:
    """Run *command* from the project's root and return what it used; its stdout is dropped.

    Raises:
        SystemExit: It failed; what a failure takes is no measure.
    """
    with TemporaryDirectory() as folder:
        report = Path(folder, "usage")
        ended = subprocess.run(
            [sys.executable, "-IS", str(SPAWN), str(report), *command],
            check=False,
            cwd=ROOT,
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if ended.returncode:
            raise SystemExit(f"{' '.join(command)}: exit {ended.returncode}\n{ended.stderr}")
        seconds, cpu, peak = report.read_text(encoding="ascii").split()
    return Usage(float(seconds), float(cpu), float(peak))


def program(*words: str, env: Mapping[str, str]) -> Usage:
    """Run the program as people start it, by the script that its package installs.

    Raises:
        SystemExit: It failed.
    """
    _compile()
    return run(_PROGRAM, *words, env=env)


def alternate(
    times: int, ours: Callable[[], Usage], theirs: Callable[[], Usage]
) -> tuple[Usage, Usage]:
    """Measure A B A B …, so that both meet the same noise; return the medians of each."""
    pairs = [(ours(), theirs()) for _ in range(times)]
    return _median([pair[0] for pair in pairs]), _median([pair[1] for pair in pairs])


def _median(usages: list[Usage]) -> Usage:
    return Usage(
        statistics.median(usage.seconds for usage in usages),
        statistics.median(usage.cpu for usage in usages),
        statistics.median(usage.peak for usage in usages),
    )


@cache
def _compile() -> None:
    """Compile the program, as pip does with a package, but for one that is installed to be edited.

    Where Python may write no bytecode, each start would be measured with a compiler's work.
    """
    compileall.compile_dir(ROOT / "generator", quiet=1)
