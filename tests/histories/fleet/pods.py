"""Pods that read the branch late, and the promises that each of them checks at every moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Protocol

from generator.serving.state import State
from generator.simulated_server.config import OK, parse
from generator.simulated_server.flags import Flags
from generator.simulated_server.server import Server
from generator.simulated_server.store import Store
from tests.histories.fleet.branch import Commit
from tests.simulated_server.wedge import wedge

FLAGS = Flags(
    allow_version_labels_for_unavailable_models=True,
    # No multiples: between a look at the file and one at the folders passes any time.
    model_config_file_poll_wait_seconds=300,
    file_system_poll_wait_seconds=540,
    num_load_threads=2,
)


class BrokenPromiseError(AssertionError):
    """A history led to what must never be."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How late a pod sees the branch: *delay* seconds after a commit, at multiples of *every*.

    A pod that looks seldom skips commits. It holds no state for longer than the sum of both
    after the next one was committed.
    """

    delay: int
    every: int = 1

    def seen(self, committed: float) -> float:
        """Return when a pod sees what was committed then."""
        return ceil((committed + self.delay) / self.every) * self.every


class Watched(Server):
    """A server that calls *look* at each moment at which something happens in it."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        super().__init__(FLAGS)

    def _step(self) -> None:
        super()._step()
        self._look()


class Watch:
    """Checks one server: what it keeps in its file and once answered, goes on to answer."""

    def __init__(self) -> None:
        self.server = Watched(self._look)
        self.begin(None, Store())

    def begin(self, text: str | None, store: Store) -> None:
        """Start the server anew; it has answered nothing yet."""
        self._answered: set[tuple[str, int | str]] = set()
        self._seen: tuple[int, int, int] = (0, 0, 0)
        self.server.start(text, store)

    @property
    def started(self) -> bool:
        """Whether a server runs."""
        return self.server.file is not None

    def tick(self, seconds: float) -> None:
        """Let time pass, if a server runs.

        Raises:
            BrokenPromiseError: Only a person could help the server now.
        """
        if not self.started:
            return
        self.server.tick(seconds)
        if reason := wedge(self.server):
            raise BrokenPromiseError(f"wedged: {reason}")

    def check_serves(self, wanted: State) -> None:
        """Raise BrokenPromiseError unless exactly *wanted* is loaded and labelled."""
        server = self.server
        labels = {
            (name, label): version
            for name, model in wanted.items()
            for label, version in model.labels
        }
        versions = {name: set(model.versions) for name, model in wanted.items()}
        found = (server.available(), server.labels, server.last_reload)
        if found != (versions, labels, OK):
            raise BrokenPromiseError(f"{found} is not {(versions, labels)}")

    def _look(self) -> None:
        server = self.server
        seen = (id(server.read), len(server.manager.reports), id(server.labels))
        if seen == self._seen or not server.listening:
            return
        self._seen = seen
        kept: set[tuple[str, int | str]] = set()
        for model in parse(server.read).models:
            kept |= {(model.name, version) for version in model.pins or ()}
            kept |= {(model.name, label) for label, _ in model.labels}
        versions = {(name, to) for name, found in server.available().items() for to in found}
        labels = {
            key: (key[0], to) for key, to in server.labels.items() if (key[0], to) in versions
        }
        answers = versions | labels.keys()
        if gone := (self._answered & kept) - answers:
            raise BrokenPromiseError(f"{sorted(gone, key=str)} answered, and is kept, and fails")
        leaving = {version for version in versions if self._is_leaving(*version)}
        lasting = (versions - leaving) | {key for key, to in labels.items() if to not in leaving}
        self._answered = (self._answered | lasting) & kept
        if leaving:
            self._seen = (0, 0, 0)  # it may be wanted again, which no report tells

    def _is_leaving(self, model: str, version: int) -> bool:
        """Whether a version that answers is unloaded next, as an earlier file asked."""
        manager = self.server.manager
        if model in manager.pending:
            return version not in manager.pending[model]
        return not manager.servables[model][version].wanted


class Pod(Protocol):
    """A server that follows the branch."""

    def advance(self, branch: Sequence[Commit], to: float) -> None:
        """Let time pass up to second *to* of the world."""

    def restart(self) -> None:
        """Start the server anew."""

    def check_serves(self, wanted: State) -> None:
        """Raise BrokenPromiseError unless *wanted* is served."""


class FilePod:
    """A pod whose file is that of the branch."""

    def __init__(self, lag: Lag, store: Store, begin: float) -> None:
        self.watch = Watch()
        self._lag = lag
        self._store = store
        self._time = begin
        self._seen = 0

    def advance(self, branch: Sequence[Commit], to: float) -> None:
        """Let time pass up to second *to* of the world."""
        while self._seen < len(branch) and (at := self._lag.seen(branch[self._seen].at)) <= to:
            commit = branch[self._seen]
            self._seen += 1
            following = branch[self._seen : self._seen + 1]
            if following and self._lag.seen(following[0].at) <= max(at, self._time):
                continue  # it never saw this one
            self._tick(at)
            if self.watch.started:
                self.watch.server.file = commit.config
            else:
                self.watch.begin(commit.config, self._store)
        self._tick(to)

    def restart(self) -> None:
        """Start the server anew from what its file says now."""
        if self.watch.started:
            self.watch.begin(self.watch.server.file, self._store)

    def check_serves(self, wanted: State) -> None:
        """Raise BrokenPromiseError unless *wanted* is served."""
        self.watch.check_serves(wanted)

    def _tick(self, to: float) -> None:
        if to > self._time:
            self.watch.tick(to - self._time)
            self._time = to
