"""A campaign, one trial of it, and the tally of what was done and what was lost."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from generator.text.phrases import counted


@dataclass(slots=True)
class Tally:
    """The counts of a campaign, and each promise that was broken, with what tells how."""

    counts: Counter[str] = field(default_factory=Counter)
    """How often each thing was done, by its name in the plural."""
    losses: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)

    def said(self, text: str, when: str) -> None:
        """Look at what the program printed: a traceback is a bug, whatever was done to it."""
        if "Traceback (most recent call last)" in text or "panicked at" in text:
            self.tracebacks.append(f"{when}:\n{text[-4000:]}")

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, and nothing but errors was told."""
        return not self.losses and not self.tracebacks

    def __str__(self) -> str:
        """Return the counts in one line."""
        done = ", ".join(f"{number:,} {what}" for what, number in self.counts.items())
        lost = len(self.losses)
        told = f"{lost} {'loss' if lost == 1 else 'losses'}"
        return f"{done}; {told}, {counted(len(self.tracebacks), 'traceback')}"


@dataclass(frozen=True, slots=True)
class Trial:
    """What a campaign works with: chance, a size, a folder of its own, and a tally."""

    random: Random
    size: int
    """How much of it: about so many of what the campaign counts first."""
    folder: Path
    tally: Tally = field(default_factory=Tally)

    def below(self, name: str) -> Path:
        """Return a new folder."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        return folder

    def shares(self, **parts: float) -> Iterator[tuple[str, int]]:
        """Yield each part's name and its share of the size, at least one."""
        whole = sum(parts.values())
        for name, part in parts.items():
            yield name, max(1, round(self.size * part / whole))


@dataclass(frozen=True, slots=True)
class Campaign:
    """One kind of harm; `docs/reliability.md` prints its texts."""

    name: str
    promise: str
    method: str
    """How the promise is tried, in Markdown."""
    play: Callable[[Trial], None]
    quick: int
    """The size that a test plays, in some seconds."""
    night: int
    """The size of `make nightly`."""
