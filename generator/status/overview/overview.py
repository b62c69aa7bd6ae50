"""The overview of an environment: what Git says is served, since when, and what waits."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from generator.catalog.catalog import Catalog
from generator.catalog.hold import Held
from generator.delivery.pull_request import PullRequest
from generator.environment.environment import Environment
from generator.environment.serving import ServerSpec
from generator.errors import GeneratorError
from generator.lock.lock import Lock, ServedModel
from generator.lock.notes import Pending
from generator.plan.closure import Closure, closure_of
from generator.plan.plan import Plan, Why
from generator.serving.state import Labels
from generator.status.overview.past import Past
from generator.status.overview.proposal import Proposal


class NextStep(Struct, frozen=True):
    """The state to which a model goes on, and when its step is due."""

    versions: tuple[int, ...]
    """Empty for a model that goes."""
    labels: Labels
    due: datetime | None
    """None if the last step is older than what was read of the past: it is due."""
    why: str = ""
    """The window or the freeze that it waits for, where that alone makes it later."""
    waits: str = ""
    """The reason why no time makes it due, such as a commit status; empty where one does."""


class Overview(Struct, frozen=True):
    """One environment, by what its branch says; of its store and its forge, as far as asked."""

    environment: Environment
    lock: Lock
    """The lock that servers have, of the branch."""
    past: Past
    serving: ServerSpec | None = None
    """The deployment that the lock was made for; None if it does not tell."""
    proposal: Proposal | None = None
    plan: Plan | None = None
    """The plan of the next sync; None where nobody asked the store, or it did not answer."""
    catalog: Catalog | None = None
    """The versions that are proven in the store, where it was asked."""
    problems: tuple[str, ...] = ()
    """The parts beside the lock that could not be read, each with its reason, in one line."""
    closed: PullRequest | None = None
    """The pull request that a person closed: the same is not proposed again."""

    @property
    def name(self) -> str:
        """The name of the environment."""
        return self.environment.name

    @property
    def models(self) -> Mapping[str, ServedModel]:
        """The models that are served, by their name."""
        return self.lock.by_name

    def next_steps(self, now: datetime) -> dict[str, NextStep]:
        """Return the steps that are still to be made, by model, each with when that may be.

        Git knows of some, and a window or a freeze defers others. Where the policy has another
        goal by now, it is the one of the next sync.
        """
        goals = self._goals
        if self.plan is None:  # a plan has looked at windows and freezes
            goals = {model: self._let_out(step, now) for model, step in goals.items()}
        return goals

    @property
    def _goals(self) -> dict[str, NextStep]:
        steps = {item.model: self._next_step(item) for item in self.lock.pending}
        if self.plan is None or self.plan.refused:
            return steps
        goals = {model: _by(self.plan, model, step) for model, step in steps.items()}
        goals |= {
            item.model: NextStep(item.versions, item.labels, item.due)
            for item in self.plan.deferred
            if item.why is not Why.STEP
        }
        return {model: step for model, step in sorted(goals.items()) if step is not None}

    @property
    def held(self) -> tuple[Held, ...]:
        """The holds of it; empty too where the store was not read."""
        return self.plan.held if self.plan is not None else ()

    @property
    def told(self) -> set[str]:
        """The models that there is something to tell of."""
        proposed = {change.model for change in self.proposal.changes} if self.proposal else set()
        held = {hold.model for hold in self.held if hold.model}
        return {*self.models, *self._goals, *proposed, *held}

    def held_of(self, model: str) -> Iterator[Held]:
        """Yield the holds of *model*."""
        return (hold for hold in self.held if hold.model == model)

    def closure(self, now: datetime) -> Closure | None:
        """Return the window or freeze that keeps changes from going out at *now*, or None."""
        if self.plan is not None and self.plan.closure is not None:
            return self.plan.closure
        return closure_of(self.environment, now)

    def planned(self, plan: Plan, catalog: Catalog | None = None) -> "Overview":
        """Return the overview with what the next sync would do by what the store has."""
        return replace(self, plan=plan, catalog=catalog)

    def without(self, what: str, error: GeneratorError) -> "Overview":
        """Return the overview without *what*, which *error* kept from being read."""
        problem = f"{what}: unknown: {error.problems[0]}"
        return replace(self, problems=(*self.problems, problem))

    def _let_out(self, step: NextStep, now: datetime) -> NextStep:
        """Return *step* with the time at which a window or a freeze lets it out."""
        closure = closure_of(self.environment, max(step.due or now, now))
        if closure is None or not closure.stops:
            return step
        return replace(step, due=closure.until, why=closure.reason)

    def _next_step(self, item: Pending) -> NextStep:
        last = self.past.by_model.get(item.model) or self.past.commit
        settle = timedelta(seconds=self.environment.delivery.settle)
        due = last.at + settle if last else None
        return NextStep(item.versions, item.labels, due)


def _by(plan: Plan, model: str, step: NextStep) -> NextStep | None:
    """Return the *step* of a model as *plan* has it; None where it makes none any more."""
    change = next((one for one in plan.changes if one.model == model), None)
    later = next((one for one in plan.deferred if one.model == model), None)
    if later is not None:
        due, waits = (None, "") if change else (later.due, "" if later.due else later.reason)
        return NextStep(later.versions, later.labels, due, waits=waits)
    if change is not None:
        return NextStep(change.versions[1], change.labels[1], None)
    stays = any(item.model == model for item in plan.lock.pending)
    return step if stays else None
