"""Loads that take time, fail, and are tried again, in a pool of threads or in line."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from generator.simulated_server.rules import Rule
from generator.simulated_server.store import Store


class State(StrEnum):
    """The states of a version, as the server reports them."""

    START = "START"
    LOADING = "LOADING"
    AVAILABLE = "AVAILABLE"
    UNLOADING = "UNLOADING"
    END = "END"


class LoadError(StrEnum):
    """With what a load ended that did not end well, by the server's own codes."""

    FAILED = "NOT_FOUND"
    CANCELLED = "CANCELLED"


@dataclass(slots=True, eq=False)
class Servable:
    """A version under management; `wanted` is what the last request that counted says."""

    model: str
    version: int
    path: str
    wanted: bool = True
    state: State = State.START
    queued: bool = False
    cancelled: bool = False
    error: LoadError | None = None


@dataclass(slots=True, eq=False)
class Load:
    """A load under way: the current attempt ends at `due`, or the next one begins then."""

    servable: Servable
    inline: bool
    due: int = 0
    attempts: int = 0
    pausing: bool = True
    succeeds: bool = False
    kills: bool = False


@dataclass(slots=True)
class Loader:
    """Runs loads. Without threads one load runs at a time, and holds the manager up.

    `fast` is how a first list loads: in threads, whatever the flags say.
    """

    store: Store
    threads: int
    retries: int
    pause: int
    rules: Collection[Rule]
    fast: bool = False
    running: list[Load] = field(default_factory=list)
    queue: list[Servable] = field(default_factory=list)
    killer: Servable | None = None
    """The version with whose load the process has ended."""

    @property
    def blocked(self) -> bool:
        """Whether a load in line holds the manager up."""
        return Rule.INLINE_LOADS_BLOCK in self.rules and any(load.inline for load in self.running)

    @property
    def due(self) -> int | None:
        """When the next attempt begins or ends."""
        return min((load.due for load in self.running), default=None)

    def add(self, servable: Servable) -> None:
        """Queue a load; `advance` begins it."""
        servable.queued = True
        self.queue.append(servable)

    def cancel(self, servable: Servable, now: int) -> None:
        """Note that nobody wants a version any more; only its next try is spared."""
        if Rule.UNWANTED_LOADS_ARE_CANCELLED in self.rules:
            servable.cancelled = True
        if servable in self.queue and Rule.QUEUED_LOADS_ARE_DONE not in self.rules:
            self.queue.remove(servable)
            servable.queued = False
        for load in self.running:
            if load.servable is servable and Rule.PAUSES_ARE_SLEPT_OUT not in self.rules:
                load.due = now if load.pausing else load.due

    def advance(self, now: int) -> list[tuple[Servable, State]]:
        """Do what is due, and return each change of the state of a version."""
        changed = self._begin(now)
        while not self.killer and (
            load := next((load for load in self.running if load.due <= now), None)
        ):
            self._step(load, now)
            if load not in self.running:
                changed += [(load.servable, load.servable.state), *self._begin(now)]
        return changed

    def _begin(self, now: int) -> list[tuple[Servable, State]]:
        """Give the queued loads to free threads."""
        begun = []
        unlimited = self.fast or not (self.threads or Rule.INLINE_LOADS_BLOCK in self.rules)
        while self.queue and (unlimited or self._taken < max(self.threads, 1)):
            servable = self.queue.pop(0)
            servable.state = State.LOADING
            begun.append((servable, servable.state))
            inline = not self.fast and not self.threads
            self.running.append(Load(servable, inline, due=now))
        return begun

    @property
    def _taken(self) -> int:
        """The number of threads that have something to do."""
        if Rule.PAUSES_TAKE_THREADS in self.rules:
            return len(self.running)
        return sum(not (load.pausing and load.attempts) for load in self.running)

    def _step(self, load: Load, now: int) -> None:
        """Begin an attempt, or end one."""
        servable = load.servable
        if load.pausing:
            upload = self.store.upload(servable.path)
            load.succeeds = upload is not None and not upload.fail
            load.kills = upload is not None and upload.kills
            load.due = now + round(1000 * upload.slow) if upload else now
            load.attempts += 1
            load.pausing = False
            return
        if load.kills:
            self.killer = servable
            return
        again = load.attempts <= self.retries and not servable.cancelled
        if not load.succeeds and again and Rule.LOADS_ARE_RETRIED in self.rules:
            load.due = now + self.pause
            load.pausing = True
            return
        if not load.succeeds:
            servable.error = LoadError.FAILED
        elif servable.cancelled and Rule.CANCELLED_LOADS_END in self.rules:
            servable.error = LoadError.CANCELLED
        servable.state = State.END if servable.error else State.AVAILABLE
        self.running.remove(load)
