"""The program: discover, validate, decide, render, publish.

`fleet` reads each branch and store once, and has what the store claims discovered and
validated; here one environment goes from there to its files, and to at most one commit.
Nothing here knows a library: what talks to the outside is a port.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from generator.catalog.warned import Warned
from generator.delivery.outcome import Outcome, Target
from generator.delivery.ports import WritableBranch
from generator.environment.environment import Environment
from generator.errors import PublishError
from generator.lock import buildable
from generator.pipeline import going_out
from generator.pipeline.inputs import inputs_of
from generator.pipeline.race import Race
from generator.pipeline.rendering import Rendering
from generator.pipeline.run import Options, Run
from generator.plan import decide as decision
from generator.plan import guards, on_hold, room
from generator.plan.asking import Requests
from generator.plan.context import Inputs
from generator.plan.facts import FactFinder
from generator.plan.missing import MissingFacts
from generator.plan.next_step import next_step
from generator.plan.plan import Plan
from generator.render.templates import Templates

if TYPE_CHECKING:
    from generator.delivery.publish import Publisher


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
    inputs, goal = decide(inputs_of(run, options, requests), run.facts)
    refused = guards.refusal(goal, inputs, allow_removals=requests.allow_removals(goal))
    plan = replace(next_step(goal, inputs, branch, options.ask, run.verified), refused=refused)
    rendering = Rendering(environment, branch, templates, inputs.context.now)
    outcome = rendering.outcome(plan, inputs.lock)
    outcome = going_out.let_out(
        goal, inputs, outcome, rendering, options.override, run.facts.proposed
    )
    outcome = going_out.of_one_publication(environment, inputs, outcome, rendering)
    return _tried(environment, branch, outcome, options)


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
