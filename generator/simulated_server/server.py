"""A model server: it starts from a configuration, polls the file, and answers for its labels."""

from collections.abc import Callable, Collection
from enum import StrEnum

from generator.simulated_server.config import OK, Config, Kind, RefusedError, Verdict, parse
from generator.simulated_server.flags import Flags
from generator.simulated_server.loading import Loader, LoadError, State
from generator.simulated_server.manager import Manager
from generator.simulated_server.reload import Labels, Steps, reload
from generator.simulated_server.rules import Rule
from generator.simulated_server.source import Source
from generator.simulated_server.store import Store
from generator.simulated_server.wait import Wait


class Failure(StrEnum):
    """The failures of a request for a label or a model."""

    NOT_FOUND = "NOT_FOUND"
    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    REFUSED = "connection refused"


class Server:
    """A server with its own clock, which stands still between two calls of `tick`.

    `file` is the text of models.config as the pod sees it, None if it is not there: assign to
    it. `verdicts` is how each reload of the file ended, with its second. `exited` is why the
    process ended, if it did; a new `start` is a new pod. `rules` are those in force.
    """

    def __init__(self, flags: Flags, without: Collection[Rule] = ()) -> None:
        self.flags = flags
        self.rules = frozenset(Rule) - frozenset(without)
        self.start(None, Store())

    def start(self, config_text: str | None, store: Store) -> None:
        """Start a process, with nothing of an earlier one, as far as second 0 takes it."""
        self.now = 0  # ms
        self.store = store
        self.file = self.read = config_text
        self.config = Config()
        self.labels: Labels = {}
        self.source = Source(store, -1, 0, self.rules)
        self.source_is_kept = False
        self.wait: Wait | None = None
        self.wake = 0
        self.listening_since: float | None = None
        self.exited: Verdict | None = None
        self.verdicts: list[tuple[float, Verdict]] = []
        flags = self.flags
        pause = flags.load_retry_interval_micros // 1000
        loader = Loader(
            store, flags.num_load_threads, flags.max_num_load_retries, pause, self.rules
        )
        self.manager = Manager(loader, self.rules)
        self._next_poll: int | None = None
        self._still: tuple[str | None, int] | None = None
        """The file and the number of reports at the last poll, if all of it was applied."""
        self._poll_interval = round(1000 * flags.model_config_file_poll_wait_seconds)
        self._apply(config_text, self._started)

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + round(1000 * seconds)
        while not self.exited and (due := self._due()) is not None and due <= end:
            self.now = max(due, self.now)
            self._step()
        self.now = end

    def reload(self, config_text: str) -> Verdict | None:
        """Do what HandleReloadConfigRequest does; None if the call does not return yet."""
        if self._steps or self.exited:
            return None
        ended: list[Verdict] = []
        self._apply(config_text, ended.append)
        return next(iter(ended), None)

    @property
    def listening(self) -> bool:
        """Whether the start is over and the process lives."""
        return self.listening_since is not None and not self.exited

    @property
    def last_reload(self) -> Verdict | None:
        """The end of the last reload of the file; None before the first."""
        return self.verdicts[-1][1] if self.verdicts else None

    @property
    def busy_since(self) -> float | None:
        """The second since which a start or a reload is under way; None if none is."""
        return self._began / 1000 if self._steps else None

    def states(self) -> dict[tuple[str, int], State]:
        """Return the last state of each version that this process ever reported."""
        states = self.manager.states.items()
        return {
            (model, number): state for model, found in states for number, state in found.items()
        }

    def states_of(self, model: str) -> dict[int, State]:
        """Return the last state of each version of *model* that was ever reported."""
        return dict(self.manager.states.get(model, {}))

    def error(self, model: str, version: int) -> LoadError | None:
        """Return with what the last load of a version ended, if it did not end well."""
        return self.manager.errors.get((model, version))

    def available(self) -> dict[str, set[int]]:
        """Return the versions that answer, by model; models with none are left out."""
        every = {model: self.available_of(model) for model in self.manager.states}
        return {model: versions for model, versions in every.items() if versions}

    def available_of(self, model: str) -> set[int]:
        """Return the versions of *model* that answer."""
        states = self.manager.states.get(model, {}) if self.listening else {}
        return {version for version, state in states.items() if state is State.AVAILABLE}

    def label(self, model: str, label: str | None) -> int | Failure:
        """Return the version that answers for a label, or without one, or how the request fails."""
        if not self.listening:
            return Failure.REFUSED
        if label is None:
            return max(self.available_of(model), default=Failure.NOT_FOUND)
        if (model, label) not in self.labels:
            return Failure.INVALID_ARGUMENT
        version = self.labels[model, label]
        is_loaded = self.manager.states.get(model, {}).get(version) is State.AVAILABLE
        return version if is_loaded else Failure.NOT_FOUND

    def path(self, model: str, version: int) -> str:
        """Return the folder from which a version was loaded."""
        return self.manager.servables[model][version].path

    def _due(self) -> int | None:
        waiting = self.wake if self._steps and self.wake > self.now else None
        poll = None if self._steps else self._next_poll
        moments = (self.manager.loader.due, self.manager.due, self.source.due, poll, waiting)
        return min((moment for moment in moments if moment is not None), default=None)

    def _step(self) -> None:
        """Do what is due now: loads, the file, the store, the manager."""
        self.manager.advance(self.now)
        if killer := self.manager.loader.killer:
            self.exited = Verdict(Kind.CRASH, f"{killer.model}/{killer.version}")
            return
        self._resume()
        if not self._steps and self._next_poll is not None and self._next_poll <= self.now:
            self._poll()
        self.look()
        if self.manager.due is not None and self.manager.due <= self.now:
            self.manager.turn(self.now)
        self._resume()

    def look(self) -> None:
        """Look into the store if it is time, and hand on what was found."""
        if self.source.due is not None and self.source.due <= self.now:
            self.manager.request(self.source.poll(self.now), self.now)

    def _poll(self) -> None:
        if Rule.EVERY_POLL_RELOADS not in self.rules and self.read == self.file and self.verdicts:
            self._next_poll = self.now + self._poll_interval
            return
        reports = len(self.manager.reports)
        if self._still == (self.file, reports):  # as a poll ago, and so would be what it does
            self._began = self.now
            self._polled(OK)
        else:
            self.read = self.file
            self._apply(self.file, self._polled)
        is_ok = not self.exited and not self._steps and self.last_reload == OK
        self._still = (self.file, reports) if is_ok else None

    def _apply(self, text: str | None, ended: Callable[[Verdict], object]) -> None:
        """Begin a reload; *ended* hears of its verdict."""
        self._began = self.now
        self._still = None
        self._ended = ended
        self._until: Callable[[], bool] = lambda: True
        self._steps: Steps | None = None
        try:
            self._steps = reload(self, parse(text))
        except RefusedError as error:
            ended(error.verdict)
        self._resume()

    def _resume(self) -> None:
        """Go on with the reload under way, as far as it need not wait."""
        while self._steps and self._until():
            try:
                self._until = next(self._steps)
            except StopIteration:
                self._end(OK)
            except RefusedError as error:
                self._end(error.verdict)

    def _end(self, verdict: Verdict) -> None:
        self._steps = self.wait = None
        if verdict.kind is Kind.CRASH:
            self.exited = verdict
        self._ended(verdict)

    def _started(self, verdict: Verdict) -> None:
        if verdict != OK:
            self.exited = verdict
            return
        self.listening_since = self.now / 1000
        if self._poll_interval > 0:
            self._next_poll = self.now

    def _polled(self, verdict: Verdict) -> None:
        if self.exited:
            return
        self.verdicts.append((self.now / 1000, verdict))
        self._next_poll = max(self._began + self._poll_interval, self.now)
