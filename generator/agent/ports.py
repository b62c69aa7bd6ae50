"""The ports of an agent: what its loop reads, writes and asks."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from msgspec import Struct, field

from generator.agent.decide.config import Content, Revision
from generator.agent.decide.load_history import Reported
from generator.agent.decide.probe_history import Finding
from generator.agent.decide.view import View
from generator.agent.download.data_source import DataState
from generator.agent.place import Place
from generator.agent.pod.config_map import DesiredFolder, MountedRevision
from generator.agent.pod.served import Served
from generator.catalog.savedmodel.reading import Reading
from generator.serving.reported import Question
from generator.serving.state import VersionKey


class DataSource(Protocol):
    """The way in which the data of versions comes to the server: direct, or by a pull."""

    def look(self, revision: Revision, now: float) -> DataState: ...  # noqa: D102

    def prune(self, keep: Collection[Place]) -> None: ...  # noqa: D102

    def stop(self) -> bool: ...  # noqa: D102


class Prober(Protocol):
    """The way to ask versions by their probes, beside the loop."""

    def ask(  # noqa: D102
        self, contents: Mapping[VersionKey, Content], reading: Reading, now: float
    ) -> None: ...

    def heard(self) -> list[Finding]: ...  # noqa: D102


class Peers(Protocol):
    """The agents of the other pods."""

    @property
    def problem(self) -> str: ...  # noqa: D102

    def view(self, wanted: MountedRevision, *, hurry: bool) -> View: ...  # noqa: D102

    def start(self) -> None: ...  # noqa: D102

    def stop(self) -> bool: ...  # noqa: D102


class Nobody:
    """The peers of an agent that has none."""

    problem = ""

    def view(self, wanted: MountedRevision, *, hurry: bool) -> View:  # noqa: ARG002  nobody is there
        """Return that there are no other pods."""
        return View()

    def start(self) -> None:
        """Do nothing."""

    def stop(self) -> bool:
        """Return that nobody is being asked."""
        return True


class Ports(Struct, frozen=True):
    """The folders, the source of data, the server and the clock of one agent."""

    desired: DesiredFolder
    served: Served
    data_source: DataSource
    ask: Callable[[Sequence[Question]], Reported]
    clock: Callable[[], float]
    """A monotonic clock, in seconds."""
    prober: Prober | None = None
    """None where no version is asked."""
    peers: Peers = field(default_factory=Nobody)
