"""What an agent talks to, as its loop sees it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from generator.agent.decide.config import Revision
from generator.agent.decide.load_history import Reported
from generator.agent.decide.retention import Place
from generator.agent.download.supply import Supplied
from generator.agent.pod.checkpoint import Note
from generator.agent.pod.config_map import Desired
from generator.serving.reported import Question


class DesiredFolder(Protocol):
    """Where Git's state is: `desired.Folder`."""

    def read(self) -> Desired: ...  # noqa: D102

    def stamp(self) -> object: ...  # noqa: D102


class ServedFile(Protocol):
    """Where the server's config and the note beside it are: `served.Served`."""

    def read(self) -> str | None: ...  # noqa: D102

    def write(self, text: str) -> None: ...  # noqa: D102

    def recall(self) -> Note: ...  # noqa: D102

    def remember(self, note: Note) -> None: ...  # noqa: D102


class Supply(Protocol):
    """Where the data comes from: `supply.Fetching` or `supply.Direct`."""

    def look(self, revision: Revision, now: float) -> Supplied: ...  # noqa: D102

    def prune(self, keep: frozenset[Place]) -> None: ...  # noqa: D102

    def stop(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Ports:
    """What an agent talks to."""

    desired: DesiredFolder
    served: ServedFile
    supply: Supply
    ask: Callable[[Sequence[Question]], Reported]
    clock: Callable[[], float]
    """A monotonic clock, in seconds."""
