"""The part of an outcome that goes out now: by windows and freezes, and by one publication."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from generator.catalog.warned import Warned
from generator.delivery.outcome import Outcome
from generator.environment.environment import Environment
from generator.pipeline.rendering import Rendering
from generator.plan import deferral
from generator.plan.context import Inputs
from generator.plan.part import part
from generator.plan.plan import Plan

if TYPE_CHECKING:
    from generator.lock.proposed import Proposed

LookUp = Callable[[], "Proposed | None"]
"""Looks up what an open pull request of ours proposes; None without one."""


def let_out(
    goal: Plan,
    inputs: Inputs,
    outcome: Outcome,
    rendering: Rendering,
    override: str | None,
    proposal: LookUp,
) -> Outcome:
    """Return the part of *outcome*, on the way to *goal*, that windows and freezes let out now.

    With what an open *proposal* has, where that gets something beside it.
    """
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
    rest = deferral.defer(plan, inputs, closure, exempt)
    found = rendering.of_models(rest, inputs.lock)
    if found.plan.changed and (both := _beside(rest, plan, inputs, proposal)) is not None:
        found = rendering.of_models(both, inputs.lock)
    waiting = tuple(it for it in plan.paths if outcome.files.get(it) != found.files.get(it))
    settings = tuple(it for it in plan.settings if it not in found.plan.settings)
    closure = replace(closure, settings=settings, files=waiting)
    return replace(found, plan=replace(found.plan, closure=closure))


def _beside(rest: Plan, plan: Plan, inputs: Inputs, proposal: LookUp) -> Plan | None:
    """Return the *rest* of *plan* with what is proposed already; None where it goes out alone.

    What goes back by a commit takes nothing along that waits for a review.
    """
    delivery = inputs.environment.delivery
    is_back = any(change.model in plan.back.failed for change in rest.changes)
    if is_back and delivery.goes_back_by != delivery.mode:
        return None
    if (found := proposal()) is None:
        return None
    from generator.plan import standing  # noqa: PLC0415  for pull requests alone

    if not standing.has_news(rest, inputs.lock, found):
        return None
    return standing.beside(rest, found, inputs, {it.model: it.reasons for it in plan.changes})


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
