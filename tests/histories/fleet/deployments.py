"""Deployments of one pod: new pods take the place of old ones, and a label never stops to answer.

A pod of `reload: rolling` has its config in its template, and reads no other; a hot one reads what
the branch has. The rollout is that of Kubernetes: one pod more, and the old one goes when the new
one has been ready for a while.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from msgspec.structs import replace

from generator.environment.environment import Environment
from generator.environment.settings import Settings
from generator.lock.lock import LockState
from generator.plan import git_steps
from generator.plan.plan import Plan
from generator.serving.state import State
from generator.simulated_server.config import parse
from generator.simulated_server.store import Store
from tests.histories.fleet.branch import Commit, history
from tests.histories.fleet.pods import BrokenPromiseError, Lag, Pod, Watch
from tests.histories.fleet.world import SETTLE, World

SOAK = 120
_LOOK = 30  # s between two looks of Kubernetes, while it replaces a pod
_BACK_OFF = 300  # s before a server that has ended is started again


@dataclass(slots=True)
class Replica:
    """One pod: what its template holds, None where it reloads, and its server."""

    template: str | None
    store: Store
    watch: Watch = field(default_factory=Watch)
    ready_for: float = 0
    """Seconds, without a break."""
    ended_for: float = 0
    """Seconds since its server has ended."""

    def begin(self, config: str) -> None:
        """Start its server, on its own template where that has a config."""
        self.ready_for = self.ended_for = 0
        self.watch.begin(self.template or config, self.store)

    def advance(self, seconds: float, config: str) -> None:
        """Let time pass; a server that has ended is started again."""
        if self.template is None:
            self.watch.tick(seconds)
        else:  # it reloads nothing: what would wedge another one is beside the point
            self.watch.server.tick(seconds)
        if self.watch.server.exited:
            self.ended_for += seconds
            if self.ended_for >= _BACK_OFF:
                self.begin(config)
        self.ready_for = self.ready_for + seconds if self.is_ready else 0

    @property
    def is_ready(self) -> bool:
        """Whether it gets requests."""
        server = self.watch.server
        if self.template is None or not server.listening:
            return server.listening
        loaded = server.available()
        models = parse(self.template).models
        return all(set(it.pins or ()) <= loaded.get(it.name, set()) for it in models)

    def answers(self) -> set[tuple[str, str]]:
        """Return the labels that answer from a version."""
        server = self.watch.server
        loaded = server.available()
        return {key for key, to in server.labels.items() if to in loaded.get(key[0], set())}


class Deployment:
    """A Deployment of one pod, applied as late as *lag* says."""

    def __init__(self, lag: Lag, store: Store, begin: float) -> None:
        self._lag = lag
        self._store = store
        self._time = begin
        self._seen = 0
        self._config = ""
        self._pods: list[Replica] = []
        self._answered: set[tuple[str, str]] = set()

    def advance(self, branch: Sequence[Commit], to: float) -> None:
        """Let time pass up to second *to* of the world."""
        while self._seen < len(branch) and (at := self._lag.seen(branch[self._seen].at)) <= to:
            commit = branch[self._seen]
            self._seen += 1
            following = branch[self._seen : self._seen + 1]
            if following and self._lag.seen(following[0].at) <= max(at, self._time):
                continue  # nobody applied this one
            self._tick(at)
            self._apply(commit)
        self._tick(to)

    def restart(self) -> None:
        """Start the server of the oldest pod again."""
        if self._pods:
            self._pods[0].begin(self._config)
            self._answered = set()

    def check_serves(self, wanted: State) -> None:
        """Raise BrokenPromiseError unless *wanted* is served; or what was, if it does not load."""
        if any(self._fails(name, model.versions) for name, model in wanted.items()):
            if self._answered and not self._pods[0].is_ready:
                raise BrokenPromiseError("no pod serves")
            return
        if len(self._pods) != 1:
            raise BrokenPromiseError("the rollout does not end")
        self._pods[0].watch.check_serves(wanted)

    def _apply(self, commit: Commit) -> None:
        self._config = commit.config
        for pod in self._pods:
            if pod.template is None:
                pod.watch.server.file = commit.config
        template = commit.config if commit.lock.is_rolling else None
        if self._pods and self._pods[-1].template == template:
            return
        self._pods = self._pods[:1]
        if not self._pods or self._pods[0].template != template:
            pod = Replica(template, self._store)
            pod.begin(commit.config)
            self._pods.append(pod)

    def _tick(self, to: float) -> None:
        while self._time < to:
            one = _LOOK if len(self._pods) > 1 else to - self._time
            seconds = min(one, to - self._time)
            for pod in self._pods:
                pod.advance(seconds, self._config)
            self._time += seconds
            self._look()
            if len(self._pods) > 1 and self._pods[-1].ready_for >= SOAK:
                self._pods = self._pods[-1:]
                self._look()

    def _look(self) -> None:
        """Raise BrokenPromiseError if a label that is kept answered, and answers nowhere now.

        What answers in a pod that is ready for less than the soak is promised to nobody yet.
        """
        kept = {
            (it.name, label)
            for it in (parse(self._config).models if self._config else ())
            for label, _ in it.labels
        }
        answers = {key for pod in self._pods if pod.is_ready for key in pod.answers()}
        if gone := (self._answered & kept) - answers:
            raise BrokenPromiseError(f"{sorted(gone)} answered, and no ready pod answers")
        lasting = {key for pod in self._pods if pod.ready_for >= SOAK for key in pod.answers()}
        self._answered = (self._answered | lasting) & kept

    def _fails(self, name: str, versions: Iterable[int]) -> bool:
        uploads = (self._store.upload(f"/models/{name}/{version}") for version in versions)
        return any(upload is None or upload.fail for upload in uploads)


class DeploymentWorld(World):
    """A world of Deployments, whose environment says how a change comes to them."""

    rest = 2 * SETTLE

    def __init__(self, reload: str = "rolling") -> None:
        super().__init__()
        self.reload = reload

    @property
    def environment(self) -> Environment:
        """The environment as it is now, with its setting."""
        found = super().environment
        serving = replace(found.serving, reload=self.reload)
        settings = Settings({"serving": {"reload": self.reload}})
        return replace(found, serving=serving, settings=settings)

    def pod(self, lag: Lag) -> Pod:
        """Return a fresh Deployment."""
        return Deployment(lag, self.store, self.time)

    def stage(self, plan: Plan) -> Plan:
        """Return the plan of what Git may hold next."""
        past = self._past()
        if git_steps.are_needed(self.environment, past):
            plan = git_steps.stage(plan, past, self.now, SETTLE)
        return plan

    def check(self, before: State, after: State) -> None:
        """Raise BrokenPromiseError if a sync must not commit *after* on top of *before*."""
        self.check_labels_stay(before, after)

    def may_revert(self, back: int) -> bool:
        """Return whether a person may revert that commit: any, if pods have their own config."""
        if all(merged.lock.is_rolling for merged in self._past()):
            return True
        return super().may_revert(back)

    def _past(self) -> list[LockState]:
        return history(self.commits, self.now - timedelta(seconds=SETTLE))
