"""The part of an outcome that goes out now: by windows and freezes, and by one publication."""

from dataclasses import replace

from generator.catalog.warned import Warned
from generator.delivery.outcome import Outcome
from generator.environment.environment import Environment
from generator.pipeline.rendering import Rendering
from generator.plan import deferral
from generator.plan.context import Inputs
from generator.plan.part import part
from generator.plan.plan import Plan


def let_out(
    goal: Plan, inputs: Inputs, outcome: Outcome, rendering: Rendering, override: str | None
) -> Outcome:
    """Return the part of *outcome*, on the way to *goal*, that windows and freezes let out now."""
    plan = deferral.with_holds_foretold(outcome.plan, inputs)
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


def of_one_publication(
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
