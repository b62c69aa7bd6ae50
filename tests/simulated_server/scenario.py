"""Recorded runs of the real code as data, and their replay through the simulator."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.simulated_server.flags import Flags
from generator.simulated_server.loading import State
from generator.simulated_server.rules import Rule
from generator.simulated_server.server import Failure, Server
from generator.simulated_server.store import Store, Upload

SCENARIOS = Path(__file__).parent / "scenarios" / "recorded.json"
MODELS = "/models"

# A poll of the real server may come up to one period earlier or later than ours.
TOLERANCE = 1.2  # s


@dataclass(frozen=True, slots=True)
class Step:
    """An act, or an observation, at second `at` of the process.

    Done: `write` the file, `put`, `make` or `remove` in the store, `call` the reload RPC,
    `start` a process. Seen: `states`, an `answer`, a `verdict` of a reload, an `event` of a
    version, `listening` for the first time, an `exit`, the `error` with which a load ended.
    """

    what: str
    at: float
    facts: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One recorded run: the flags, and the steps in order."""

    name: str
    flags: tuple[str, ...]
    steps: tuple[Step, ...]


def load(path: Path = SCENARIOS) -> list[Scenario]:
    """Return the scenarios of a file."""
    return [
        Scenario(
            name=entry["name"],
            flags=tuple(entry["flags"]),
            steps=tuple(Step(what, at, tuple(facts)) for what, at, *facts in entry["steps"]),
        )
        for entry in json.loads(path.read_text(encoding="utf-8"))
    ]


def dump(scenarios: Collection[Scenario]) -> str:
    """Return scenarios as JSON, with a line for each step."""
    entries = []
    for one in scenarios:
        head = json.dumps({"name": one.name, "flags": one.flags})[:-1]
        steps = [json.dumps([step.what, step.at, *step.facts]) for step in one.steps]
        entries.append(head + ', "steps": [\n' + ",\n".join(steps) + "]}")
    return "[" + ",\n".join(entries) + "]\n"


def differences(scenario: Scenario, without: Collection[Rule] = ()) -> Iterator[str]:
    """Replay *scenario*, and yield a line for each thing that the simulator does otherwise."""
    replay = Replay(scenario, without)
    for step in scenario.steps:
        yield from replay.take(step)
    yield from replay.end()


Events = defaultdict[str, list[tuple[float, str]]]


def _agree(recorded: list[float], ours: list[float]) -> bool:
    """Return whether the same number of things happened, at about the same seconds."""
    pairs = zip(recorded, ours, strict=False)
    return len(recorded) == len(ours) and all(abs(a - b) <= TOLERANCE for a, b in pairs)


class Replay:
    """A simulated server that is given what a recorded one was given."""

    def __init__(self, scenario: Scenario, without: Collection[Rule] = ()) -> None:
        self._server = Server(Flags.parse(scenario.flags), without)
        self._store = Store()
        self._file: str | None = None
        self._last = 0.0
        self._verdicts: list[str] = []
        self._heard: list[float] = []
        self._events: Events = defaultdict(list)

    def take(self, step: Step) -> Iterator[str]:
        """Do what *step* did, or yield what differs from what it saw."""
        if step.what == "start":
            yield from self.end()
            self._server.start(self._file, self._store)
            return
        self._server.tick(max(0.0, step.at - self._server.now / 1000))
        self._last = step.at
        yield from getattr(self, f"_{step.what}")(*step.facts) or ()

    def end(self) -> Iterator[str]:
        """End a process, and yield what differs over the whole of its life."""
        ours: list[str] = []
        for _, verdict in self._server.verdicts:
            ours += [str(verdict)] * (ours[-1:] != [str(verdict)])
        if ours != self._verdicts:
            yield f"reloads: recorded {self._verdicts}, here {ours}"
        if not _agree(self._heard, [at for at in [self._server.listening_since] if at is not None]):
            yield f"listening: recorded {self._heard}, here {self._server.listening_since}"
        reported: Events = defaultdict(list)
        for at, model, version, state in self._server.manager.reports:
            if state not in {State.LOADING, State.UNLOADING} and at <= self._last:
                reported[str(state)].append((at, f"{model}/{version}"))
        for kind in sorted(self._events.keys() | reported.keys()):
            recorded, here = self._events[kind], reported[kind]
            # Which of several models goes first, is up to a hash in the real server.
            names = [sorted(name for _, name in events) for events in (recorded, here)]
            times = [sorted(at for at, _ in events) for events in (recorded, here)]
            if names[0] != names[1] or not _agree(*times):
                yield f"{kind}: recorded {recorded}, here {here}"
        self._verdicts, self._heard, self._events = [], [], defaultdict(list)

    def _write(self, text: str | None) -> None:
        self._server.file = self._file = text

    def _put(self, path: str, fail: bool, slow: float) -> None:  # noqa: FBT001  # from JSON
        model, _, version = path.partition("/")
        self._store.put(f"{MODELS}/{model}", version, Upload(fail, slow))

    def _make(self, model: str) -> None:
        self._store.make(f"{MODELS}/{model}")

    def _remove(self, path: str) -> None:
        model, _, version = path.partition("/")
        self._store.remove(f"{MODELS}/{model}", version or None)

    def _call(self, text: str, verdict: str) -> Iterator[str]:
        ours = str(self._server.reload(text))
        if ours != verdict:
            yield self._line("call", verdict, ours)

    def _verdict(self, verdict: str) -> None:
        self._verdicts += [verdict] * (self._verdicts[-1:] != [verdict])

    def _listening(self) -> None:
        self._heard.append(self._last)

    def _event(self, version: str, state: str) -> None:
        self._events[state].append((self._last, version))

    def _exit(self, verdict: str) -> Iterator[str]:
        # A process that the recording saw end may end a little later here.
        self._server.tick(TOLERANCE)
        if (ours := str(self._server.exited)) != verdict:
            yield self._line("exit", verdict, ours)

    def _states(
        self,
        states: dict[str, str],
        last: str,
        stuck: float,
        listening: bool,  # noqa: FBT001
    ) -> Iterator[str]:
        server = self._server
        ours = {f"{model}/{number}": str(one) for (model, number), one in server.states().items()}
        if ours != states:
            yield self._line("states", states, ours)
        if server.listening != listening:
            yield self._line("listening", listening, server.listening)
        since = server.busy_since
        busy = 0.0 if since is None or not listening else server.now / 1000 - since
        if abs(busy - stuck) > TOLERANCE:
            yield self._line("poll thread busy for", stuck, busy)
        if str(server.last_reload or "") != last:
            yield self._line("last reload", last, str(server.last_reload or ""))

    def _answer(self, model: str, label: str, answer: str) -> Iterator[str]:
        server = self._server
        if label.startswith("#"):
            version: int | Failure = int(label[1:])
        else:
            version = server.label(model, label or None)
        ours = str(version)
        if isinstance(version, int):
            ours = f"{version} from {server.path(model, version).removeprefix(MODELS)}"
        if ours != answer:
            yield self._line(f"{model} {label}", answer, ours)

    def _error(self, path: str, error: str) -> Iterator[str]:
        model, _, version = path.partition("/")
        if (ours := str(self._server.error(model, int(version)) or "")) != error:
            yield self._line(f"error of {path}", error, ours)

    def _line(self, what: str, recorded: object, ours: object) -> str:
        return f"second {self._server.now / 1000}: {what}: recorded {recorded}, here {ours}"
