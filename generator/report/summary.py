"""One line of counts: everything that a plan tells, in numbers."""

from collections.abc import Iterator
from datetime import datetime

from generator.lock.changes import Action
from generator.plan.plan import Plan, Why
from generator.plan.settings import Effect
from generator.report.words import due_at
from generator.text.phrases import counted

_MODELS = {Action.ADD: "to add", Action.UPDATE: "to update", Action.REMOVE: "to remove"}

_PODS = {
    Effect.SCALE: "pods come or go",
    Effect.RESTART: "every pod is replaced",
    Effect.OUTAGE: "an outage",
}


def summary(plan: Plan, now: datetime | None = None) -> str:
    """Return one line of counts; with *now*, how long the next step waits from then."""
    parts = [*_now(plan), *_later(plan, now)]
    parts += [f"{plan.unchanged} unchanged", f"{len(plan.held)} held"]
    parts += [_PODS[plan.effect]] if plan.files and plan.effect in _PODS else []
    parts += ["refused"] if plan.refused is not None else []
    return ", ".join(parts)


def _now(plan: Plan) -> Iterator[str]:
    """Yield what a sync would do now: models by what becomes of them, then settings."""
    counts = [(text, [it.action for it in plan.changes].count(it)) for it, text in _MODELS.items()]
    yield from (f"{count} {text}" for text, count in counts if count)
    if plan.settings:
        yield f"{counted(len(plan.settings), 'setting')} to change"
    elif not plan.changes:
        waits = " now" if plan.deferred or plan.waits else ""
        yield "rendered files only" if plan.files else f"no change{waits}"


def _later(plan: Plan, now: datetime | None) -> Iterator[str]:
    """Yield the steps that wait, with the time of the next, and what a closure defers."""
    steps = [item for item in plan.deferred if item.why is Why.STEP]
    if steps:
        times = [item.due for item in steps if item.due is not None]
        first = "the first " if len(steps) > 1 else ""
        when = f" ({first}{due_at(min(times), now)})" if times else ""
        yield f"{len(steps)} later{when}"
    if plan.waits and plan.closure is not None:
        counts = (
            (len(plan.deferred) - len(steps), "model"),
            (len(plan.closure.settings), "setting"),
        )
        told = ", ".join(counted(count, noun) for count, noun in counts if count)
        yield f"{told or 'rendered files'} {plan.closure.briefly}"
