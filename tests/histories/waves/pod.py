"""One pod: the core of an agent beside a simulated server, and what it tells other pods."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from generator.agent.decide import config as configs
from generator.agent.decide.config import Entry, Revision
from generator.agent.decide.failures import Failure
from generator.agent.decide.load_history import LoadHistory, Refused, Reported
from generator.agent.decide.observation import Observation
from generator.agent.decide.probed import Probed
from generator.agent.decide.readiness import Readiness, Targets, judge
from generator.agent.decide.retry import RetryPauses
from generator.agent.decide.roster import Roster, Sighting
from generator.agent.decide.rules import Rules
from generator.agent.decide.step import decide
from generator.agent.decide.swap.swap import Swap
from generator.agent.decide.wave import Wave
from generator.agent.decide.wave_snapshot import WaveSnapshot
from generator.agent.pod.checkpoint import Checkpoint
from generator.serving.agent_state import Answered, ProbeAnswer
from generator.serving.paths import MODELS
from generator.serving.reported import LoadState, ServerModel, VersionState
from generator.serving.state import VersionKey
from generator.serving.wave_reading import peer
from generator.serving.wave_state import Leave, Peer
from generator.simulated_server.config import Kind
from generator.simulated_server.flags import Flags
from generator.simulated_server.loading import LoadError, State
from generator.simulated_server.server import Server
from generator.simulated_server.store import Store
from tests.kit.agent_steps import ERROR

FLAGS = Flags(
    allow_version_labels_for_unavailable_models=True,
    model_config_file_poll_wait_seconds=1,
    file_system_poll_wait_seconds=1,
    num_load_threads=2,
    max_num_load_retries=0,
)

RESTART = 3.0
"""Seconds after which the container of a server that ended starts again."""

_FOR_EVER = 1e6

OVERDUE = 100.0
"""Seconds after which no answer to a probe is waited for any more."""

_RIGHT = ProbeAnswer(Answered.YES)
_ANSWERS = {
    "lies": ProbeAnswer(Answered.NO, "output scores[0] is 0.1, expected 0.9"),
    "mute": ProbeAnswer(Answered.NOT_YET, "no answer in 35 s"),
}


@dataclass(slots=True)
class WavePod:
    """A pod; *rules* are None of an agent that knows no waves."""

    name: str
    address: str
    store: Store
    rules: Rules | None
    retry: RetryPauses
    now: float
    template: str = ""
    kinds: Mapping[VersionKey, str] = field(default_factory=dict)
    """What versions do: one of the kind `lies` answers its probe wrongly, a `mute` one never."""
    config: dict[str, Entry] | None = None
    revision: Revision | None = None
    readiness: Readiness = field(default_factory=Readiness)
    history: LoadHistory = field(init=False)
    wave: Wave = field(init=False)
    roster: Roster = field(init=False)
    server: Server | None = None
    starts_at: float = 0.0
    born: float = field(init=False)
    status: dict[str, Any] = field(default_factory=dict)
    looked_at: float = -1000.0
    listening_since: float | None = None
    refused_config: str = ""
    memory: int | None = None
    """The bytes that its models may take: then it swaps what has no room for two."""
    ready_until: float = -1000.0
    answered: list[tuple[str, str]] = field(default_factory=list)
    """The labels that answered then."""
    tellings: deque[tuple[float, Peer]] = field(default_factory=deque)
    """What it has told of late, and when."""
    _told: Peer | None = None
    _late: Peer | None = None
    mute_since: dict[VersionKey, float] = field(default_factory=dict)
    """Since when a version is loaded that does not answer its probe."""
    _known: "_Known | None" = None

    def __post_init__(self) -> None:
        self.born = self.starts_at = self.now
        self._begin(Checkpoint())

    def restart_agent(self, *, with_wave: bool = True) -> None:
        """Let the agent end, and another one begin with what it left; of its wave or without."""
        left = Checkpoint(
            self.readiness.reached,
            self.history.loaded,
            self.history.errors_before,
            self.history.lasting_failures if with_wave else {},
            self.wave.lasting if with_wave else Wave(),
        )
        self._begin(Checkpoint.parse(left.text))

    def _begin(self, left: Checkpoint) -> None:
        self.history = LoadHistory.recalled(
            left.loaded, left.again, self.now, self.retry, left.failed
        )
        name, swap = self.name if self.rules else "", Swap(self.memory)
        wave = Wave(name, self.rules, self.template, swap=swap)
        self.wave = wave.recalled(left.wave)
        margins = self.rules.margins if self.rules else Rules().margins
        self.roster = Roster.recalled(self.name, left.wave.addresses, self.now, margins)
        self.readiness = Readiness(reached=left.good)
        self.status, self._told = {}, None

    def end_server(self) -> None:
        """Let the process of the server end."""
        self.server, self.starts_at = None, self.now + RESTART

    def lose(self, name: str) -> None:
        """Let the version of a model that Git wants fail here, for a fault of the machine."""
        self.end_server()
        assert self.revision is not None
        assert self.config is not None
        [number] = self.revision.config[name].state.versions
        key = name, number
        failure = Failure("a broken disk", self.revision.contents[key], 1, _FOR_EVER)
        failures = {**self.history.failures, key: failure}
        loaded = self.history.loaded - {key}
        self.history = replace(self.history, loaded=loaded, failures=failures)
        self.config = {other: it for other, it in self.config.items() if other != name}

    def see(
        self, listed: frozenset[str] | None, heard: dict[str, Peer], without_agent: list[str]
    ) -> None:
        """Let the agent have looked for the others."""
        self.looked_at = self.now
        self.roster = self.roster.after(Sighting(listed, heard, self.now, without_agent))

    @property
    def told(self) -> Peer | None:
        """What the others hear of it, which is one value for all of them; None before it looked."""
        if self._told is None and self.status:
            self._told = heard_at(self.address, self.status)
        return self._told

    def tell(self, sight: float) -> None:
        """Note what it tells now, where others hear it later."""
        if sight and self.told is not None:
            self.tellings.append((self.now, self.told))
            self._late = None
            while len(self.tellings) > 1 and self.tellings[1][0] <= self.now + 1 - sight:
                self.tellings.popleft()

    def told_before(self, sight: float) -> Peer | None:
        """Return what the others hear that hear *sight* seconds late."""
        if not sight or not self.tellings:
            return self.told
        if self._late is None:
            at, told = self.tellings[0]
            self._late = replace(told, age=told.age + self.now - at)
        return self._late

    def due(self) -> bool:
        """Whether it looks for the others now."""
        margins = self.roster.margins
        pause = margins.often if self.wave.is_waiting else margins.seldom
        return self.now - self.looked_at >= pause

    def round(self) -> None:
        """Let the agent make a round."""
        if self.revision is None:
            return
        view = self.roster.view(self.now)
        wave = self.wave.of_a_pod(self.readiness, self.now)
        aim = wave.aim(self.revision, view)
        revision = aim.revision
        names = sorted(revision.config.keys() | (self.config or {}).keys())
        pod = Observation(
            self.config,
            self._reported(names),
            None,
            revision.contents,
            self.now,
            self._probed(),
            view,
            self.revision.lock.generation,
        )
        step = decide(revision, pod, self.history, wave)
        self.history, self.wave = step.history, step.wave
        if step.config is not None:
            self.config = dict(step.config)
            if self.server:
                self.server.file = _file(tuple(self.config.items()))
        wanted = configs.keys(self.revision.config)
        failed = {key: it.error for key, it in self.history.failures.items() if key in wanted}
        snapshot = WaveSnapshot(self.wave, pod)
        unawaited = dict.fromkeys(aim.passed, "later") | snapshot.given_up(aim) | failed
        out = self.wave.swap.out
        targets = Targets(revision.config, self.config, unawaited, pod.probed, out=out)
        self.readiness = judge(self.readiness, targets, pod.reported, step.waits)
        told = snapshot.told(self.history, self.config or {})
        self._told = None
        self.status = {
            "ready": self.readiness.ready,
            "generation": self.revision.lock.generation,
            "served": {"models": {name: it.state.json for name, it in (self.config or {}).items()}},
            "waits": dict(step.waits),
            "failed": [
                {"model": key[0], "version": key[1], "error": why} for key, why in failed.items()
            ],
            "secondsSinceRound": 0.0,
            "wave": None if told is None else told.json,
        }

    def tick(self, to: float) -> None:
        """Let time pass for the server."""
        if self.server is None and self.config is not None and to >= self.starts_at:
            self.server = Server(FLAGS)
            self.server.start(_file(tuple(self.config.items())), self.store)
        elif self.server is not None:
            self.server.tick(to - self.now)
            last = self.server.last_reload
            # A model that was let go of is new to the server, which says so if it fails then.
            told = {Kind.OK} if self.memory is None else {Kind.OK, Kind.NOT_AVAILABLE}
            if last is not None and last.kind not in told and not self.refused_config:
                self.refused_config = str(last)
        self.now = to
        is_up = self.server is not None and self.server.listening
        self.listening_since = (self.listening_since or to) if is_up else None

    def answers(self, model: str, label: str | None = None) -> bool:
        """Whether the pod gets requests, and its server has an answer to this one."""
        if self.server is None or not self.readiness.ready:
            return False
        return isinstance(self.server.label(model, label), int)

    @property
    def is_out(self) -> bool:
        """Whether it has left the Service of its own will: not to go back, nor before it served."""
        is_back = any(it.is_back for it in self.wave.swap.of.values())
        has_left = self.wave.swap.leave is Leave.OUT and not is_back
        return has_left and self.readiness.reached is not None

    def let_down(self) -> list[tuple[str, str]]:
        """Return what it answers no more, out of the Service for too short a time to swap."""
        if self.server is None or not self.server.listening or self.rules is None:
            self.answered = []
        elif self.readiness.ready:
            labels = self.server.labels
            self.answered = [it for it in labels if isinstance(self.server.label(*it), int)]
            self.ready_until = self.now
        is_early = self.now - self.ready_until < self.roster.margins.leaves
        if not is_early or any(it.is_back for it in self.wave.swap.of.values()):
            return []
        server = self.server
        return [it for it in self.answered if server and not isinstance(server.label(*it), int)]

    def has(self, states: tuple[State, ...]) -> frozenset[VersionKey]:
        """Return the versions that its server has in one of *states*."""
        return self._look(self.server).having(states) if self.server else frozenset()

    def _look(self, server: Server) -> "_Known":
        """Return what the server has, which is one value until it reports something else."""
        if self._known is None or not self._known.is_of(server):
            self._known = _Known(server, len(server.manager.reports), server.labels)
        return self._known

    def _probed(self) -> Probed:
        """Return the answers of what is loaded: a second after it is."""
        loaded = self.has((State.AVAILABLE,))
        answers = {key: _ANSWERS.get(self.kinds.get(key, ""), _RIGHT) for key in loaded}
        mute = {key for key, it in answers.items() if it.answered is Answered.NOT_YET}
        self.mute_since = {key: self.mute_since.get(key, self.now) for key in mute}
        overdue = {key for key, since in self.mute_since.items() if self.now - since >= OVERDUE}
        return Probed(answers, frozenset(overdue))

    def _reported(self, names: list[str]) -> Reported:
        if self.server is None or not self.server.listening:
            return Refused("nobody listens")
        known = self._look(self.server)
        return {name: known.model(name) for name in names}


@dataclass(slots=True)
class _Known:
    """What a server has: its states change with its reports alone."""

    server: Server
    reports: int
    labels: Mapping[tuple[str, str], int]
    states: Mapping[VersionKey, State] = field(init=False)
    models: dict[str, ServerModel] = field(default_factory=dict)
    in_states: dict[tuple[State, ...], frozenset[VersionKey]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.states = self.server.states()

    def is_of(self, server: Server) -> bool:
        """Whether this is what *server* has by now."""
        is_same = self.server is server and self.reports == len(server.manager.reports)
        return is_same and self.labels == server.labels

    def having(self, states: tuple[State, ...]) -> frozenset[VersionKey]:
        """Return the versions in one of *states*."""
        if states not in self.in_states:
            found = (key for key, state in self.states.items() if state in states)
            self.in_states[states] = frozenset(found)
        return self.in_states[states]

    def model(self, name: str) -> ServerModel:
        """Return the report on a model."""
        if name not in self.models:
            self.models[name] = self._model(name)
        return self.models[name]

    def _model(self, name: str) -> ServerModel:
        of = {number: state for (it, number), state in self.states.items() if it == name}
        versions = {
            number: VersionState(LoadState(str(state)), _error(self.server, name, number))
            for number, state in of.items()
        }
        labels = {
            label: to
            for (it, label), to in self.labels.items()
            if it == name and of.get(to) is State.AVAILABLE
        }
        return ServerModel(versions, labels)


def heard_at(address: str, told: object) -> Peer | None:
    """Return the pod that tells this at an address; None if that is nothing to go by."""
    try:
        return peer(told, address)
    except (LookupError, TypeError, ValueError):
        return None


@lru_cache(4096)
def _file(entries: tuple[tuple[str, Entry], ...]) -> str:
    """Return a models.config: of few models, the same ones come again and again."""
    return configs.text(dict(entries), MODELS)


def _error(server: Server, name: str, number: int) -> str:
    error = server.error(name, number)
    if error is None:
        return ""
    return ERROR if error is LoadError.FAILED else "CANCELLED: Loading of servable cancelled"
