"""Pods with an agent: it asks the server what is loaded, and writes one safe file after another."""

from collections.abc import Mapping, Sequence

from generator.lock.models_config import models_config
from generator.plan.plan import Plan
from generator.serving import rollout
from generator.serving.state import ModelState, State
from generator.simulated_server.config import Kind
from generator.simulated_server.store import Store
from tests.histories.fleet.branch import Commit
from tests.histories.fleet.pods import BrokenPromiseError, Lag, Pod, Watch
from tests.histories.fleet.world import SETTLE, World
from tests.kit import strategies

LOOK = 120
"""Seconds between two looks of an agent at the branch and at its server."""

LONGEST_LAG = 3 * SETTLE


def text_of(state: State) -> str:
    """Return models.config of a state."""
    models = [
        strategies.model(
            name,
            *(strategies.version(name, number) for number in sorted(model.versions)),
            **dict(model.labels),
        )
        for name, model in state.items()
    ]
    return models_config(models, strategies.environment().source.root)


class AgentPod:
    """A server whose file is written by an agent, which follows the branch at any distance.

    A server starts from the empty list: a full one with a version that fails ends it.
    """

    def __init__(self, lag: Lag, store: Store, begin: float) -> None:
        self.lag = lag
        self.watch = Watch()
        self._store = store
        self._time = begin
        self._seen = 0
        self._wanted: State | None = None
        self.restart()

    def restart(self) -> None:
        """Start the container of the server again."""
        self._served: State = {}
        self.watch.begin(text_of({}), self._store)

    def advance(self, branch: Sequence[Commit], to: float) -> None:
        """Let time pass up to second *to* of the world."""
        while (look := (self._time // LOOK + 1) * LOOK) <= to:
            self._tick(look)
            self._act(branch)
        self._tick(to)

    def check_serves(self, wanted: State) -> None:
        """Raise BrokenPromiseError unless all that can load is served, with its labels."""
        server = self.watch.server
        if others := server.available().keys() - wanted.keys():
            raise BrokenPromiseError(f"{others} are served and not wanted")
        good = {
            name: ModelState(loading, tuple(it for it in model.labels if it[1] in loading))
            for name, model in wanted.items()
            if (loading := self._loading(name, model))
        }
        if good == wanted:
            self.watch.check_serves(wanted)
        for name, model in good.items():
            labels = {label: to for (of, label), to in server.labels.items() if of == name}
            served = server.available().get(name, set())
            if not (model.versions <= served and set(model.labels) <= labels.items()):
                raise BrokenPromiseError(f"{name}: {served}, {labels} serve less than {model}")

    def _loading(self, name: str, model: ModelState) -> frozenset[int]:
        uploads = {
            version: self._store.upload(f"/models/{name}/{version}") for version in model.versions
        }
        return frozenset(
            version for version, upload in uploads.items() if upload and not upload.fail
        )

    def _tick(self, to: float) -> None:
        self.watch.tick(to - self._time)
        self._time = to

    def _act(self, branch: Sequence[Commit]) -> None:
        """Look at the branch, and write the next step if the server holds the one before."""
        while self._seen < len(branch) and self.lag.seen(branch[self._seen].at) <= self._time:
            self._seen += 1
            self._wanted = branch[self._seen - 1].state
        if self._wanted is None or not self.is_taken():
            return
        available = self.watch.server.available()
        step = rollout.next_step(self._served, self._wanted, available)
        if step != self._served:
            _check_labels(self._served, step, self._wanted)
            self._served = step
            self.watch.server.file = text_of(step)

    def is_taken(self) -> bool:
        """Return whether the server has read the file, and does what it says."""
        server = self.watch.server
        verdict = server.last_reload
        refused = verdict is not None and verdict.kind not in {Kind.OK, Kind.NOT_AVAILABLE}
        return server.read == server.file and server.busy_since is None and not refused


def _check_labels(
    served: Mapping[str, ModelState], step: Mapping[str, ModelState], wanted: State
) -> None:
    for name in served.keys() & wanted.keys():
        kept = dict(served[name].labels).keys() & dict(wanted[name].labels).keys()
        if lost := kept - dict(step[name].labels).keys():
            raise BrokenPromiseError(f"{name}: {lost} are dropped and still wanted")


class AgentWorld(World):
    """A world in which Git holds what is wanted in one commit, and agents take the steps."""

    rest = LONGEST_LAG + 2 * SETTLE

    def pod(self, lag: Lag) -> Pod:
        """Return a fresh pod."""
        return AgentPod(lag, self.store, self.time)

    def stage(self, plan: Plan) -> Plan:
        """Return the plan as it is."""
        return plan

    def check(self, before: State, after: State) -> None:
        """Raise BrokenPromiseError if a sync must not commit *after* on top of *before*."""
        self.check_labels_stay(before, after)

    def may_revert(self, back: int) -> bool:  # noqa: ARG002  any commit
        """Return whether a person may revert that commit."""
        return True
