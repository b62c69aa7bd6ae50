"""Whatever happens, the agent's steps break no simulated server."""

from collections.abc import Mapping, Sequence

from hypothesis import HealthCheck, example, given, settings

from generator.agent.decide import config as configs
from generator.agent.decide.config import Entry, Revision
from generator.agent.decide.load_history import Down, LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.step import decide
from generator.environment.environment import Choice
from generator.serving.paths import MODELS
from generator.serving.reported import LoadState, ServerModel, VersionState
from generator.simulated_server.loading import LoadError
from generator.simulated_server.server import Server
from generator.simulated_server.store import Store
from tests.histories.fleet.actions import Edit
from tests.histories.fleet.agents import AgentPod, AgentWorld
from tests.histories.fleet.branch import Commit
from tests.histories.fleet.drawing import BROKEN, History, history_of, with_agents
from tests.histories.fleet.play import play
from tests.histories.fleet.pods import BrokenPromiseError, Lag
from tests.histories.fleet.world import SETTLE, ModelRule
from tests.kit.agent_steps import ERROR

many = settings(
    max_examples=max(settings.default.max_examples // 3, 10),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def of(server: Server, names: Sequence[str]) -> dict[str, ServerModel]:
    """Return what the REST API of a simulated server tells of models."""
    found = {}
    for name in names:
        versions = {
            number: VersionState(LoadState(str(state)), _error(server, name, number))
            for (of_model, number), state in server.states().items()
            if of_model == name
        }
        labels = {
            label: to
            for (of_model, label), to in server.labels.items()
            if of_model == name and to in server.available().get(name, ())
        }
        found[name] = ServerModel(versions, labels)
    return found


def _error(server: Server, name: str, number: int) -> str:
    ends = {
        LoadError.FAILED: ERROR,
        LoadError.CANCELLED: "CANCELLED: Loading of servable cancelled",
    }
    error = server.error(name, number)
    return ends[error] if error else ""


class SteppedPod(AgentPod):
    """A pod whose agent is the real one's core, and sees no more than the REST API tells."""

    def __init__(self, lag: Lag, store: Store, begin: float) -> None:
        self._config: Mapping[str, Entry] = {}
        self._history = LoadHistory()
        self._revision: Revision | None = None
        super().__init__(lag, store, begin)

    def restart(self) -> None:
        """Start the container of the server again, from the file that is there."""
        self.watch.begin(configs.text(self._config, MODELS), self._store)

    def _tick(self, to: float) -> None:
        while True:
            try:
                return super()._tick(to)
            except BrokenPromiseError:
                if not self.watch.server.exited:
                    raise
                # The kubelet starts it again, a little later; the agent has looked meanwhile.
                self._decide()
                self.restart()

    def _act(self, branch: Sequence[Commit]) -> None:
        while self._seen < len(branch) and self.lag.seen(branch[self._seen].at) <= self._time:
            commit = branch[self._seen]
            self._seen += 1
            self._revision = Revision(commit.lock, MODELS)
        self._decide()

    def _decide(self) -> None:
        if self._revision is None:
            return
        server = self.watch.server
        names = sorted(self._revision.config.keys() | self._config.keys())
        reported = of(server, names) if server.listening else Down("refused")
        observation = Observation(self._config, reported, None, self._revision.contents, self._time)
        step = decide(self._revision, observation, self._history)
        self._history = step.history
        if step.config is not None:
            self._config = step.config
            server.file = configs.text(step.config, MODELS)


class SteppedWorld(AgentWorld):
    """A world of such pods."""

    def pod(self, lag: Lag) -> SteppedPod:
        """Return a fresh pod."""
        return SteppedPod(lag, self.store, self.time)


def _pin(*versions: int, **labels: int) -> Edit:
    return Edit("a", ModelRule(Choice(pin=versions), labels))


TURN_BACK = history_of(
    [[(_pin(1, 2, stable=1), SETTLE), (_pin(2, stable=2), 620), (_pin(1, 2, stable=1), SETTLE)]]
)
"""A promotion is turned back while the server unloads the old version."""


@many
@example(TURN_BACK)
@given(with_agents())
def test_whatever_happens_the_steps_break_no_server(history: History):
    """No pod is stuck, what is kept answers, what can load is served, restarts included.

    The agent knows only what the REST API tells, and versions fail to load.
    """
    play(SteppedWorld(), history, third=BROKEN)
