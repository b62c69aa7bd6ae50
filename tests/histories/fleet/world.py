"""A store, a policy, a branch and a clock, and what the program makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from generator.catalog.catalog import Version
from generator.catalog.hold import Held
from generator.environment.environment import Choice, Environment, LabelTarget
from generator.lock import reverts
from generator.lock.lock import Lock
from generator.lock.lock_file import dump, load
from generator.lock.models_config import models_config
from generator.plan import git_steps, guards
from generator.plan.plan import Plan
from generator.serving.state import State
from generator.simulated_server.store import Store
from tests.histories.fleet.branch import Commit, drops, history, reverted
from tests.histories.fleet.pods import BrokenPromiseError, FilePod, Lag, Pod
from tests.kit import strategies
from tests.kit.decisions import decide

SETTLE = 3600
"""Seconds. A pod lags, polls, waits for new models and loads in less, even by a late clock."""


@dataclass(frozen=True, slots=True)
class ModelRule:
    """What the policy says of one model."""

    choice: Choice
    labels: Mapping[str, LabelTarget] = field(default_factory=dict)
    exclude: bool = False


class World:
    """All there is. *skew* is how many seconds the clock of the syncs is behind."""

    rest = SETTLE
    """Seconds after which a pod serves the last commit."""

    def __init__(self) -> None:
        self.time = 0.0
        self.skew = 0
        self.outage = False
        self.store = Store()
        self.proven: dict[tuple[str, int], Version] = {}
        self.held: dict[tuple[str, int], Held] = {}
        self.policy: dict[str, ModelRule] = {}
        self.commits: list[Commit] = []
        self.situations: list[Mapping[str, object]] = []
        """For each commit of a sync: by model, the rule and the versions at that time."""
        self.refused: dict[str, object] = {}
        """By model: the situation in which a person took its last change back."""
        self.pods: list[Pod] = []

    @property
    def now(self) -> datetime:
        """What the clock of the syncs says."""
        return strategies.MOMENT + timedelta(seconds=int(self.time) - self.skew)

    @property
    def applied(self) -> Lock:
        """What Git says is served."""
        return self.commits[-1].lock if self.commits else Lock("prod", strategies.URL)

    @property
    def environment(self) -> Environment:
        """The environment with the policy as it is now."""
        rules = [
            strategies.rule(name, versions=it.choice, labels=it.labels, exclude=it.exclude)
            for name, it in sorted(self.policy.items())
        ]
        environment = strategies.environment(*rules)
        return replace(environment, delivery=replace(environment.delivery, settle=SETTLE))

    def pod(self, lag: Lag) -> Pod:
        """Return a fresh pod."""
        return FilePod(lag, self.store, self.time)

    def stage(self, plan: Plan) -> Plan:
        """Return the plan of the next step that Git may hold."""
        since = self.now - timedelta(seconds=SETTLE)
        return git_steps.stage(plan, history(self.commits, since), self.now, SETTLE)

    def check(self, before: State, after: State) -> None:
        """Raise BrokenPromiseError if a sync must not commit *after* on top of *before*."""
        self.check_labels_stay(before, after)
        for name in before.keys() & after.keys():
            labels = dict(after[name].labels)
            moved = {to for label, to in before[name].labels if labels.get(label) != to}
            if gone := moved - after[name].versions:
                raise BrokenPromiseError(f"{name}: {gone} went together with their labels")

    def may_revert(self, back: int) -> bool:
        """Return whether README says that a person may revert that commit."""
        return back == 0 and not drops(self.commits[-2].state, self.commits[-1].state)

    def advance(self, seconds: float) -> None:
        """Let time pass for every pod."""
        self.time += seconds
        for pod in self.pods:
            pod.advance(self.commits, self.time)

    def start_pod(self, lag: Lag) -> None:
        """Add a pod; of those that came later than the first two, two stay."""
        if len(self.pods) == 4:
            del self.pods[2]
        self.pods.append(self.pod(lag))
        self.advance(0)

    def sync(self, *, allow_removals: bool = False) -> None:
        """Commit the next step, if there is one, and see that a second sync finds nothing."""
        files = None if self.outage else self._propose(allow_removals=allow_removals)
        if files is None or (self.commits and files == (self.commits[-1].text, self._config)):
            return
        commit = Commit(self.time, self.now, *files)
        if self.commits:
            self.check(self.commits[-1].state, commit.state)
            self.check_respect(self.commits[-1].state, commit.state)
        self.commits.append(commit)
        self.situations.append(self._situation)
        if self._propose(allow_removals=allow_removals) != files:
            raise BrokenPromiseError("a second sync would commit again")

    def revert(self, back: int) -> None:
        """Undo the commit that has *back* commits after it, as a person does."""
        files = reverted(self.commits, back)
        if files is not None and self.may_revert(back):
            subject = f'Revert "{self.commits[-1 - back].subject}"'
            made, undone = self.situations[-1 - back], self.commits[-1].state
            self.commits.append(Commit(self.time, self.now, *files, subject))
            self.situations.append({})
            for name in undone.keys() | self.commits[-1].state.keys():
                if undone.get(name) != self.commits[-1].state.get(name):
                    self._refuse(name, made)

    def settle(self) -> None:
        """Let the input rest while time passes and syncs go on, and see that all converge."""
        self.outage, self.skew = False, 0
        for _ in range(8):
            commits = len(self.commits)
            self.sync(allow_removals=True)
            if len(self.commits) == commits and not self.applied.pending:
                break
            self.advance(SETTLE)
        else:
            raise BrokenPromiseError("Git does not come to rest")
        self.advance(self.rest)
        for pod in self.pods:
            pod.check_serves(self.commits[-1].state)

    def check_respect(self, before: State, after: State) -> None:
        """Raise BrokenPromiseError if a sync makes again what a person took back."""
        now = self._situation
        self.refused = {name: it for name, it in self.refused.items() if now.get(name) == it}
        for name in self.refused:
            if before.get(name) != after.get(name):
                raise BrokenPromiseError(f"{name}: what a person took back is made again")

    def check_labels_stay(self, before: State, after: State) -> None:
        """Raise BrokenPromiseError if a label is gone that the policy keeps, and could answer."""
        for name in before.keys() & after.keys() & self.policy.keys():
            labels = dict(after[name].labels)
            for label, version in before[name].labels:
                kept = label in self.policy[name].labels and (name, version) in self.proven
                if kept and label not in labels:
                    raise BrokenPromiseError(f"{name}: label {label} is dropped and still wanted")

    @property
    def _situation(self) -> dict[str, object]:
        """By model: its rule, and the versions that are proven or held."""
        return {
            name: (
                rule,
                sorted((key[1], it.digest) for key, it in self.proven.items() if key[0] == name),
                sorted(key[1] for key in self.held if key[0] == name),
            )
            for name, rule in self.policy.items()
        }

    def _refuse(self, name: str, made: Mapping[str, object]) -> None:
        """Note that a person took back what was *made*; a revert of a revert takes nothing."""
        self.refused.pop(name, None)
        if name in made and made[name] == self._situation.get(name):
            self.refused[name] = made[name]

    @property
    def _config(self) -> str:
        return self.commits[-1].config

    def _propose(self, *, allow_removals: bool) -> tuple[str, str] | None:
        """Return the lock and models.config as `pipeline.propose` makes them; None if refused."""
        environment, applied = self.environment, self.applied
        catalog = strategies.catalog(*self.proven.values(), held=tuple(self.held.values()))
        taken = reverts.reverted(commit.merged for commit in reversed(self.commits))
        plan = decide(environment, catalog, applied, taken=taken)
        if not allow_removals and guards.removals(plan, applied, environment.delivery):
            return None
        if plan.changes or applied.pending:
            plan = self.stage(plan)
        lock = plan.lock.with_settings(environment.settings.data or None)
        text = dump(lock)
        if load(text, "lock") != lock:
            raise BrokenPromiseError("the lock reads back as another one")
        return text, models_config(plan.lock.models, environment.source.root)
