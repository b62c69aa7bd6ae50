"""A simulated server that writes down each change of what it answers for, as it happens.

A line of JSON for each: who reads it later misses nothing, as somebody who polls would.
"""

import json
import time
from pathlib import Path
from typing import Any

from generator.simulated_server.flags import Flags
from generator.simulated_server.server import Server
from generator.simulated_server.store import Store


class Journaled(Server):
    """A server whose time passes *speed* times as fast as that of the journal.

    The first line of a process says `began`. Each has: `at`, in seconds of the monotonic clock
    of this machine; `versions` and `labels` that answer, by model; `verdict`, how the last
    reload ended; and `exited`, why the process ends.
    """

    def __init__(self, flags: Flags, journal: Path, speed: float) -> None:
        self._zero = time.monotonic()
        self._journal = journal
        self._speed = speed
        self._noted: dict[str, Any] = {}
        self._is_made = False
        super().__init__(flags)
        self._is_made = True

    def start(self, config_text: str | None, store: Store) -> None:
        """Start a process, and note that it began."""
        super().start(config_text, store)
        if self._is_made:
            self.note()

    def _step(self) -> None:
        super()._step()
        self.note()

    def note(self) -> None:
        """Write a line if anything has changed."""
        found = self._found()
        if found == self._noted:
            return
        at = self._zero + self.now / 1000 / self._speed
        line = {"at": at, "began": not self._noted, **found}
        self._noted = found
        with self._journal.open("a") as journal:
            journal.write(json.dumps(line) + "\n")

    def _found(self) -> dict[str, Any]:
        versions = self.available()
        labels: dict[str, dict[str, int]] = {}
        for (model, label), to in self.labels.items():
            if to in versions.get(model, ()):
                labels.setdefault(model, {})[label] = to
        return {
            "versions": {model: sorted(found) for model, found in sorted(versions.items())},
            "labels": labels,
            "verdict": str(self.last_reload or "none yet"),
            "exited": str(self.exited or ""),
        }
