"""The recorded figures of the small bench, by Python and processor, and what is lost of them."""

import json
import platform
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

LOSS = 1.2
"""More than so many times what was recorded is too much."""
GAIN = 0.8
"""Less than so many times what was recorded is worth being recorded."""

Figures = Mapping[str, float]
"""What was measured, by name: CPU in yardsticks, or a number of modules."""


class Baseline:
    """The figures of one kind of machine in a file that has those of several."""

    def __init__(self, file: Path, kind: str = "") -> None:
        self._file = file
        self.kind = kind or _kind()
        self._all: dict[str, Figures] = json.loads(file.read_bytes()) if file.exists() else {}

    @property
    def recorded(self) -> Figures:
        """What was recorded; nothing where nobody has run it on such a machine."""
        return self._all.get(self.kind, {})

    def record(self, found: Figures) -> None:
        """Keep *found* in place of what was recorded of such machines; others stay."""
        figures = {name: round(value, 3) for name, value in found.items()}
        text = json.dumps({**self._all, self.kind: figures}, indent=2, sort_keys=True)
        self._file.write_text(f"{text}\n", encoding="utf-8")

    def lost(self, found: Figures) -> list[str]:
        """Return the names of figures that are too high, or that were recorded and are gone."""
        return [
            name
            for name, before in sorted(self.recorded.items())
            if found.get(name, float("inf")) > before * LOSS
        ]

    def lines(self, found: Figures) -> Iterator[str]:
        """Yield what was found of each figure beside what was recorded, and what to do."""
        lost = self.lost(found)
        for name, now in sorted(found.items()):
            before = self.recorded.get(name)
            change = "not recorded" if before is None else f"{before:.4g} {now / before - 1:+.0%}"
            yield f"{name:<24} {now:>8.4g}   {change}{'  too much' * (name in lost)}"
        if not self.recorded:
            yield f"nothing is recorded of {self.kind}: `make bench-baseline` does it"
        elif lost:
            yield (
                f"more than {LOSS - 1:.0%} is lost. Find it (python -X importtime, cProfile);"
                " if it is worth its cost, `make bench-baseline` records it."
            )
        elif any(now < self.recorded.get(name, 0) * GAIN for name, now in found.items()):
            yield "much is won: `make bench-baseline` keeps it from being lost again"


def _kind() -> str:
    """Return the release of Python and the processor: what one takes says little of another."""
    release = ".".join(platform.python_version_tuple()[:2])
    return f"Python {release} on {_processor() or platform.machine()}"


def _processor() -> str:
    try:
        about = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:  # no Linux
        return platform.processor()
    found = re.search(r"^model name\s*: (.+)$", about, re.MULTILINE)
    return found[1].strip() if found else ""
