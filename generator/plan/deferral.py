"""Deferral: while changes may not go out, a plan is what goes out all the same; the rest waits."""

from collections.abc import Mapping

from msgspec.structs import replace

from generator.catalog.hold import Held
from generator.lock import branch as lock_branch
from generator.lock.changes import Change
from generator.lock.commit import LookBack
from generator.lock.ports import ReadableBranch
from generator.plan import harm
from generator.plan.closure import Closed, Closure, closure_of
from generator.plan.context import Inputs
from generator.plan.part import lock_with
from generator.plan.plan import Deferred, Plan, Why

_LOST = "no window stops it: the store has lost what goes, and nothing comes"
_BACK = "no window stops it: the way back to what was served before"


def closure_now(inputs: Inputs, override: str | None = None) -> Closure | None:
    """Return what keeps changes from going out now, or None; *override* as in `closure_of`.

    A window keeps no environment from its first sync: no pod of it runs yet.
    """
    applied = inputs.lock
    found = closure_of(inputs.environment, inputs.context.now, override)
    is_first = not (applied.models or applied.generation)
    return None if found and is_first and found.code is Closed.WINDOW else found


def exempt_models(
    goal: Plan, inputs: Inputs, branch: ReadableBranch, closure: Closure
) -> dict[str, str]:
    """Return the models that *closure* does not stop on their way to *goal*, each with the reason.

    Raises:
        PublishError: The branch's past cannot be read.
    """
    applied, now = inputs.lock, inputs.context.now
    if closure.code is Closed.FREEZE or applied.source != goal.lock.source:
        return {}
    lost = harm.removals(goal.changes, inputs.facts)
    asked = harm.candidates(goal.changes, applied) - lost
    back: frozenset[str] = frozenset()
    if asked:
        past = lock_branch.log(inputs.environment, branch, LookBack(now - harm.LOOK_BACK))
        back = harm.ways_back(goal.changes, asked, past)
    return dict.fromkeys(lost, _LOST) | dict.fromkeys(back, _BACK)


def deferred(goal: Plan, step: Plan, inputs: Inputs, branch: ReadableBranch) -> Plan:
    """Return the part of *step*, on the way to *goal*, that goes out now; the rest waits.

    All of it does where nothing is closed.

    Raises:
        PublishError: The branch's past cannot be read.
    """
    closure = closure_now(inputs)
    step = with_holds_foretold(step, inputs)
    if closure is None or not closure.stops:
        return foretold(goal, step, inputs, branch)
    return defer(step, inputs, closure, exempt_models(goal, inputs, branch, closure))


def foretold(goal: Plan, step: Plan, inputs: Inputs, branch: ReadableBranch) -> Plan:
    """Return *step*, on the way to *goal*, with each later step told for when it may go out.

    Its own time may come while a window is shut or a freeze holds: nobody lets it through then.

    Raises:
        PublishError: The branch's past cannot be read.
    """
    items = tuple(_foretold(item, goal, inputs, branch) for item in step.deferred)
    return step if items == step.deferred else replace(step, deferred=items)


def with_holds_foretold(plan: Plan, inputs: Inputs) -> Plan:
    """Return *plan* with each hold that ends by itself told for when its version may go out.

    Its own time may come while a window is shut or a freeze holds.
    """
    return replace(plan, held=tuple(_let_out(hold, inputs) for hold in plan.held))


def _let_out(hold: Held, inputs: Inputs) -> Held:
    if hold.due is None:
        return hold
    closure = closure_of(inputs.environment, max(hold.due, inputs.context.now))
    if closure is None or not closure.stops:
        return hold
    return replace(hold, problems=(*hold.problems, f"then {closure.deferred}"), due=closure.until)


def _foretold(item: Deferred, goal: Plan, inputs: Inputs, branch: ReadableBranch) -> Deferred:
    closure = closure_of(inputs.environment, item.due) if item.due else None
    if closure is None or not closure.stops or item.due is None:
        return item
    if item.model in exempt_models(goal, inputs, branch, closure):
        return item
    return replace(item, due=closure.until, reason=closure.reason)


def defer(plan: Plan, inputs: Inputs, closure: Closure, exempt: Mapping[str, str]) -> Plan:
    """Return *plan*, which was made of *inputs*, with all but the models *exempt* left waiting.

    What waits stays as it is, also between two steps: each is a state that servers live with.
    """
    lost, taken = inputs.facts.deleted, inputs.facts.taken or frozenset()
    waiting = [change for change in plan.changes if change.model not in exempt]
    names = {change.model for change in waiting}
    goals = {item.model: item for item in plan.deferred}
    late = [item for item in plan.deferred if item.model not in exempt and item.model not in names]
    deferred = [
        *(item for item in plan.deferred if item.model in exempt),
        *(_waiting(change, goals.get(change.model), closure) for change in waiting),
        *(_later(item, closure) for item in late),
    ]
    degraded = {
        f"{change.model} {version.version}"
        for change in waiting
        for version in (change.before.versions if change.before else ())
        if version.path in lost
    }
    # What people took back stays so while the change that would make an end of it waits.
    taken_back = {*plan.lock.taken_back, *(it for it in taken if it[0] in names)}
    wanted = replace(plan.lock, taken_back=tuple(sorted(taken_back)))
    lock = lock_with(wanted, inputs.lock, exempt)
    changes = tuple(
        replace(change, reasons=(*change.reasons, exempt[change.model]))
        for change in plan.changes
        if change.model in exempt
    )
    return replace(
        plan,
        lock=lock,
        changes=changes,
        deferred=tuple(sorted(deferred, key=lambda item: item.model)),
        degraded=tuple(sorted({*plan.degraded, *degraded})),
        unchanged=len(lock.models) - sum(change.after is not None for change in changes),
        closure=closure,
    )


def _waiting(change: Change, goal: Deferred | None, closure: Closure) -> Deferred:
    """Return a change that waits, by the *goal* that its steps lead to."""
    versions = goal.versions if goal else change.versions[1]
    labels = goal.labels if goal else change.labels[1]
    why = Why(closure.code)
    return Deferred(change.model, versions, labels, closure.until, closure.reason, why)


def _later(item: Deferred, closure: Closure) -> Deferred:
    """Return a step that has waited before, which waits for the later of two times."""
    if item.due is None or item.due >= closure.until:
        return item
    return replace(item, due=closure.until, reason=closure.reason, why=Why(closure.code))
