"""The program: discover, validate, decide, render, publish.

`fleet` reads each branch and store once, and has what the store claims discovered and
validated; here one environment goes from there to its files, and to at most one commit.
Nothing here knows a library: what talks to the outside is a port.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from generator.catalog.warned import Warned
from generator.delivery.outcome import Outcome, Target
from generator.delivery.ports import WritableBranch
from generator.environment.environment import Environment
from generator.errors import GuardError, PublishError
from generator.lock import branch as lock_branch
from generator.lock import buildable
from generator.lock.asked import REMOVALS, Asked, Kind
from generator.lock.lock import Lock
from generator.lock.ports import ReadableBranch
from generator.pipeline import failures
from generator.pipeline.failures import AskAgents
from generator.pipeline.proposal import Proposal
from generator.pipeline.race import Race
from generator.pipeline.rendering import Rendering
from generator.pipeline.verification import newest_surroundings
from generator.plan import decide as decision
from generator.plan import deferral, guards, on_hold, room
from generator.plan.asking import Requests
from generator.plan.context import Inputs
from generator.plan.facts import FactFinder
from generator.plan.missing import MissingFacts
from generator.plan.next_step import Ask, next_step
from generator.plan.part import part
from generator.plan.plan import Plan
from generator.plan.verified import Verified
from generator.render.templates import Templates
from generator.serving.failed_in_pods import Told

if TYPE_CHECKING:
    from generator.delivery.publish import Publisher

Uncommitted = Callable[[Environment, ReadableBranch], tuple[Warned, ...]]
"""Warnings of policy that nobody else has; the branch, as it was fetched, may hold it."""

BuildProblem = Callable[[Callable[[], Mapping[str, bytes]], str], str | None]
"""Why a folder of some files, read if something can try them, does not build, or None."""


@dataclass(frozen=True, slots=True)
class Run:
    """One environment in a run: what its decision is made of, and the ports it goes on with."""

    inputs: Inputs
    facts: FactFinder
    branch: WritableBranch
    generated: str
    """The digest of the files in its folder, as they were when they were read."""
    unknown: GuardError | None = None
    """Why nobody knows what servers have: a person edited what the lock cannot tell of."""
    foretold: dict[str, Lock] = field(default_factory=dict)
    """By environment: the locks that this run has led to, and did not commit."""
    verified: Callable[[], Verified | None] = lambda: None
    """Asks, when it is first called, what commit statuses say of the environment; None for none."""
    asking: Callable[[], Proposal | None] = lambda: None
    """Looks up what is proposed of that which people asked for; None where nothing is."""

    @property
    def environment(self) -> Environment:
        """The environment."""
        return self.inputs.environment

    def verifications(self) -> Iterator[Verified]:
        """Yield what commit statuses say of the environment, and of those that it takes from."""
        yield from self.inputs.context.verified.values()
        if (own := self.verified()) is not None:
            yield own

    @property
    def is_current(self) -> bool:
        """Whether the branch is as it was read; an older plan could undo a newer sync."""
        return lock_branch.generated_digest(self.environment, self.branch) == self.generated


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a run, which its caller decides."""

    dry_run: bool = False
    allow_removals: bool = False
    retake: frozenset[str] = frozenset()
    """Models for which what a person took back is forgotten."""
    release: frozenset[str] = frozenset()
    """Models that people let go of."""
    ask: Ask | None = None
    """Asks servers what they have loaded; None where nobody named one."""
    asked: tuple[Asked, ...] = ()
    """What people asked for on the dashboard, each with who did."""
    ask_agents: AskAgents | None = None
    """Asks agents what failed in their pods; None where nobody named one."""
    override: str | None = None
    """Why a person lets out what windows and freezes would make wait."""
    build_problem: BuildProblem | None = None
    """Tries the overlay, where it can be tried."""
    uncommitted: Uncommitted | None = None
    """Compares the policy with that of others, where the plan is for the branch they share."""
    patience: float = 120
    """Seconds for which pushes that lose a race are made again."""

    @property
    def requests(self) -> tuple[Asked, ...]:
        """All that is asked for beside the policy: on the dashboard, and by options."""
        found = [Asked(Kind.RETAKE, it) for it in sorted(self.retake)]
        found += [Asked(Kind.RELEASE, it) for it in sorted(self.release)]
        found += [Asked(Kind.ALLOW, REMOVALS)] if self.allow_removals else []
        told = {(it.kind, it.subject) for it in self.asked}
        return (*self.asked, *(it for it in found if (it.kind, it.subject) not in told))


def sync(
    run: Run,
    again: Callable[[], Run],
    publisher: "Publisher",
    templates: Templates,
    options: Options,
) -> Outcome:
    """Bring the branch, or its pull request, to what the policy asks for, in one commit or none.

    Safe to repeat: an environment that is in that state gets no commit, nor does one whose plan
    a guard refuses, or on whose pull request a person is at work. *again* reads all anew: where
    others pushed first, or the branch has moved on since the store was read.

    Raises:
        PublishError: The repository refused the commit, or others were always faster.
    """
    if options.dry_run:
        return foretell(run, templates, options)
    race, name = Race(options.patience), publisher.branch(run.environment)
    while True:
        run = run if run.is_current else again()
        outcome = propose(run, templates, options)
        if outcome.plan.refused is not None:
            return outcome
        target = Target(run.environment, run.branch, run.facts)
        if (published := publisher.publish(target, outcome)) is not None:
            return published
        if not race.goes_on():
            break
        if name != run.environment.delivery.branch:
            run = again()  # whoever pushed there may have seen a newer store
        else:
            run.branch.fetch()  # where only other folders have moved, the plan stands
    raise PublishError(
        f"{run.environment.name}: others pushed to {name!r} first, {race.attempts} times in "
        f"{options.patience:.0f} seconds",
        hint="nothing is lost: run `tfs-gitops sync` again",
    )


def foretell(run: Run, templates: Templates, options: Options) -> Outcome:
    """Return what a sync would propose, and let environments that come later in this run know it.

    They may take `from` this one what a sync would have committed before their turn came.

    Raises:
        GeneratorError: As `propose`.
    """
    outcome = propose(run, templates, options)
    if outcome.plan.changed and run.environment.delivery.mode == "commit":
        run.foretold[run.environment.name] = outcome.plan.lock
    return outcome


def propose(run: Run, templates: Templates, options: Options) -> Outcome:
    """Decide and render: return the plan and the files, all paths in the repository.

    A plan that a guard refuses tells what would happen, and why it does not.

    Raises:
        InvalidInputError: A template cannot be used.
        StoreError: The store fails, or gives no evidence of what seems to be gone.
        PublishError: The branch has something else where files are to be.
    """
    standing = run.asking()
    requests = Requests(options.requests)
    if standing is not None:
        requests = replace(requests, before=standing.asked, proposed=standing.lock)
    outcome = _proposed(run, templates, options, requests)
    if outcome.plan.goes_by is None:
        asked = requests.done_by(outcome.plan, run.inputs.lock)
        outcome = replace(outcome, plan=replace(outcome.plan, asked=asked))
    if options.uncommitted is None:
        return outcome
    warned = options.uncommitted(run.environment, run.branch)
    plan = replace(outcome.plan, warnings=(*outcome.plan.warnings, *warned))
    return replace(outcome, plan=plan)


def _proposed(run: Run, templates: Templates, options: Options, requests: Requests) -> Outcome:
    environment, branch = run.environment, run.branch
    branch.refuse_misfits((), buildable.folders(environment))
    if run.unknown is not None:
        return Outcome(Plan.refusing(environment.name, run.inputs.lock, run.unknown), {})
    inputs, goal = decide(_asked(run, options, requests), run.facts)
    refused = guards.refusal(goal, inputs, allow_removals=requests.allow_removals(goal))
    plan = replace(next_step(goal, inputs, branch, options.ask, run.verified), refused=refused)
    rendering = Rendering(environment, branch, templates, inputs.context.now)
    outcome = rendering.outcome(plan, inputs.lock)
    outcome = _going_out(goal, inputs, outcome, rendering, options.override)
    outcome = _apart(environment, inputs, outcome, rendering)
    return _tried(environment, branch, outcome, options)


def _going_out(
    goal: Plan, inputs: Inputs, outcome: Outcome, rendering: Rendering, override: str | None
) -> Outcome:
    """Return the part of *outcome*, on the way to *goal*, that windows and freezes let out now."""
    plan = deferral.with_holds_foretold(outcome.plan, inputs.environment)
    outcome = replace(outcome, plan=plan)
    closure = deferral.closure_now(inputs, override)
    if override is not None and (closure is None or closure.override is None):
        text = "--override: no window and no freeze stops anything now, so the commit has no reason"
        plan = replace(plan, warnings=(*plan.warnings, Warned("nothing-overridden", text)))
    if closure is None or not closure.stops:
        plan = deferral.foretold(goal, plan, inputs, rendering.branch)
        return replace(outcome, plan=replace(plan, closure=closure) if plan.changed else plan)
    if not plan.changed and not plan.deferred:
        return replace(outcome, plan=plan)
    exempt = deferral.exempt_models(goal, inputs, rendering.branch, closure)
    found = rendering.of_models(deferral.defer(plan, inputs, closure, exempt), inputs.lock)
    waiting = tuple(it for it in plan.paths if outcome.files.get(it) != found.files.get(it))
    closure = replace(closure, settings=plan.settings, files=waiting)
    return replace(found, plan=replace(found.plan, closure=closure))


def _asked(run: Run, options: Options, requests: Requests) -> Inputs:
    """Return what the decision of *run* is made of: what failed in pods, what people ask for."""
    inputs, lock, told = requests.put_into(run.inputs), run.inputs.lock, list[Told]()
    if options.ask_agents is not None:
        told.append(options.ask_agents(lock, run.environment.serving.pods[0]))
    if (verified := run.verified()) is not None:
        told.append(verified.told)
    is_any = lock.failed or any(it.failed for it in told)
    now = newest_surroundings(run.environment, run.branch) if is_any else ""
    proposed = run.facts.proposed() if lock.failed else None
    again: frozenset[tuple[str, str]] = frozenset()
    if proposed is not None:
        kept = {it.model for it in inputs.on_hold}
        again = failures.tried_again(lock, proposed, requests.retaken)
        again = frozenset(it for it in again if it[0] not in kept)
    found = failures.known(lock, told, now, inputs.retake, again)
    facts = replace(
        inputs.facts,
        failed=found.failed,
        doubted=found.doubted,
        unheeded=found.unheeded,
    )
    return replace(inputs, facts=facts)


def _apart(
    environment: Environment, inputs: Inputs, outcome: Outcome, rendering: Rendering
) -> Outcome:
    """Return the part of *outcome* that one publication takes: ways back may go out by another.

    A commit goes first, for a pull request may stay open: what goes back by one waits until
    there is nothing else to commit.
    """
    plan, by = outcome.plan, environment.delivery.goes_back_by
    changed = {change.model for change in plan.changes}
    back = plan.back.failed.keys() & changed  # a later step of one may wait
    others = changed - back
    if not back or by in (None, environment.delivery.mode):
        return outcome
    if by == "pull-request":
        rest = rendering.outcome(part(plan, inputs.lock, others), inputs.lock)
        if rest.plan.changed:
            return rest
    # What people asked for goes with all else, by the way that the environment has.
    plan = replace(plan, lock=replace(plan.lock, on_hold=inputs.lock.on_hold))
    alone = rendering.of_models(part(plan, inputs.lock, back), inputs.lock)
    return replace(alone, plan=replace(alone.plan, goes_by=by))


def decide(inputs: Inputs, facts: FactFinder) -> tuple[Inputs, Plan]:
    """Return the plan of *inputs*, and these with all the facts that it rests on.

    Raises:
        StoreError: The store fails, or gives no evidence of what seems to be gone.
        PublishError: The branch's past cannot be read.
    """
    inputs = on_hold.in_force(inputs)
    found = decision.decide(inputs)
    while isinstance(found, MissingFacts):
        inputs = facts.gather(inputs, found)
        found = decision.decide(inputs, found.wish)
    return inputs, room.fitting(found, inputs, facts.held_by_pods(inputs))


def _tried(
    environment: Environment, branch: WritableBranch, outcome: Outcome, options: Options
) -> Outcome:
    """Warn of an overlay that does not build, before it is committed: it would reach no pod."""
    plan = outcome.plan
    if options.build_problem is None or not plan.changed:
        return outcome
    folder = buildable.overlay(environment)
    read = partial(buildable.files, environment, branch, outcome.files, frozenset(plan.paths))
    problem = options.build_problem(read, folder)
    if problem is None:
        return outcome
    warned = Warned("does-not-build", f"{folder}: {problem}; mend it, or no pod gets this change")
    return replace(outcome, plan=replace(plan, warnings=(*plan.warnings, warned)))
