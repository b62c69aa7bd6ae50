"""The folder that the server's config is in: the server reads it while the agent writes.

A file appears by a rename, so the server never sees half of one. Another user may read it.
The pod's last good state is beside it: both live as long as the pod.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from generator.agent import last_good
from generator.agent.desired import CONFIG
from generator.rollout import State

LAST_GOOD = ".last-good.json"

_READABLE_BY_ALL = 0o644


@dataclass(frozen=True, slots=True)
class Served:
    """The served folder *root*."""

    root: Path

    @property
    def path(self) -> Path:
        """Where the server's config is."""
        return self.root / CONFIG

    def read(self) -> str | None:
        """Return the text of the config; None if there is none that can be read as text.

        Raises:
            OSError: The folder cannot be read.
        """
        try:
            return self.path.read_text(encoding="utf-8")
        except (FileNotFoundError, UnicodeDecodeError):
            return None

    def write(self, text: str) -> None:
        """Put *text* in the place of the config, in one go, and on the disk.

        Raises:
            OSError: The folder cannot be written; the config is what it was.
        """
        self._put(self.path, text)

    def recall(self) -> State | None:
        """Return the last good state; None if there was none in this pod, or nobody can say."""
        try:
            return last_good.parse((self.root / LAST_GOOD).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            return None

    def remember(self, good: State) -> None:
        """Let *good* be the last good state.

        Raises:
            OSError: The folder cannot be written; the state is what it was.
        """
        self._put(self.root / LAST_GOOD, last_good.text(good))

    def _put(self, path: Path, text: str) -> None:
        beside = self.root / f".{path.name.removeprefix('.')}.new"
        try:
            with beside.open("w", encoding="utf-8") as file:
                os.fchmod(file.fileno(), _READABLE_BY_ALL)
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
        folder = os.open(self.root, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
