"""Steps in Git: what may be committed now, and what waits until every pod has settled.

Without an agent beside the server nobody sees what is loaded, so time stands in for it:
a pod that lags less than `settle` seconds holds the newest commit, or one that was merged
within that time, or the last one before it. The next commit is safe from all of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from generator.catalog.catalog import Version
from generator.environment.environment import Environment
from generator.lock.changes import changes_between
from generator.lock.lock import Lock, LockState, ServedModel
from generator.lock.notes import Pending
from generator.plan.failures import ServerFailures
from generator.plan.plan import Deferred, Plan
from generator.plan.safe_steps import safe_steps
from generator.serving.state import ModelState, State

NO_FAILURES = ServerFailures()


def are_needed(environment: Environment, history: Sequence[LockState]) -> bool:
    """Whether a change has to be made in steps: no agent makes them, and a pod may reload.

    Pods of `reload: rolling` start from each state, and have no other later. Those that were
    there before may not all be replaced yet: *history* are the states that pods may hold.
    """
    serving = environment.serving
    if serving.agent:
        return False
    return not (serving.is_rolling and all(merged.lock.is_rolling for merged in history))


def stage(
    plan: Plan,
    history: Sequence[LockState],
    now: datetime,
    settle: int,
    failures: ServerFailures = NO_FAILURES,
) -> Plan:
    """Return the plan of the next safe commit on the way to what *plan* wants.

    *history* are the states of the branch, newest first: those of the last *settle*
    seconds and the one before. What must wait is in `deferred`, with the time it is due; or,
    for a model with *failures*, without one.
    """
    if not history:
        return plan
    applied = history[0].lock
    steps = safe_steps(plan.lock, history)
    stopped = _stopped(steps, plan.lock, applied, failures)
    steps |= stopped
    waiting = _pending(plan.lock, steps)
    lock = _next_lock(plan.lock, history, steps, stopped, _recorded(waiting, applied, stopped))
    changes = changes_between(applied, lock, {it.model: it.reasons for it in plan.changes})
    changed = {change.model for change in changes}

    def deferred(item: Pending) -> Deferred:
        model = item.model
        if model in stopped:
            why = failures.why(model, stopped[model])
            return Deferred(model, item.versions, item.labels, None, why)
        begun = now if model in changed else _last_change(model, history)
        due = begun + timedelta(seconds=settle)
        return Deferred(model, item.versions, item.labels, due, _why(item, steps.get(model)))

    return replace(
        plan,
        lock=lock,
        changes=changes,
        unchanged=len(lock.models) - sum(change.after is not None for change in changes),
        deferred=tuple(deferred(item) for item in waiting),
    )


def _next_lock(
    wanted: Lock,
    history: Sequence[LockState],
    steps: State,
    stopped: State,
    pending: tuple[Pending, ...],
) -> Lock:
    """Return the lock in which each model has made its step towards *wanted*."""
    applied = history[0].lock
    versions = _versions([wanted, *(merged.lock for merged in history)])
    goals, served = wanted.by_name, applied.by_name
    models = tuple(
        _model(name, step, None if name in stopped else goals.get(name), served.get(name), versions)
        for name, step in sorted(steps.items())
    )
    return applied.succeeded_by(replace(wanted, models=models, pending=pending))


def _stopped(
    steps: State, wanted: Lock, applied: Lock, failures: ServerFailures
) -> dict[str, ModelState]:
    """Return the served models whose step must wait for a server, and their state meanwhile."""
    goals = wanted.models_state
    return {
        model.name: failures.instead(model.name, model.config_state, goals.get(model.name))
        for model in applied.models
        if failures.stop(model.name, model.config_state, steps.get(model.name))
    }


def _recorded(waiting: Iterable[Pending], applied: Lock, stopped: State) -> tuple[Pending, ...]:
    """Return what the lock says of all that waits: of what is stopped what it has said before.

    That a server keeps a model from its first step is no news for Git.
    """
    begun = {item.model: item for item in applied.pending}
    found = (begun.get(item.model) if item.model in stopped else item for item in waiting)
    return tuple(item for item in found if item is not None)


def _pending(wanted: Lock, steps: State) -> tuple[Pending, ...]:
    """Return what is still to be done after *steps*, sorted by model."""
    found = [
        Pending(model.name, model.numbers, model.labels)
        for model in wanted.models
        if steps.get(model.name) != model.config_state
    ]
    found += [Pending(name, ()) for name in steps.keys() - wanted.by_name.keys()]
    return tuple(sorted(found, key=lambda item: item.model))


def _versions(locks: Iterable[Lock]) -> Mapping[tuple[str, int], Version]:
    """Return each version by its model and number, as the newest lock has it."""
    found: dict[tuple[str, int], Version] = {}
    for lock in locks:
        for model in lock.models:
            for version in model.versions:
                found.setdefault((model.name, version.version), version)
    return found


def _model(
    name: str,
    step: ModelState,
    wanted: ServedModel | None,
    served: ServedModel | None,
    versions: Mapping[tuple[str, int], Version],
) -> ServedModel:
    if served is not None and step == served.config_state:
        if wanted is None or step != wanted.config_state or wanted.probe == served.probe:
            return served
        # What is asked is no step of a server: it comes with the last one, or alone.
        return replace(served, probe=wanted.probe, inputs=wanted.inputs)
    template = wanted or served
    assert template is not None  # noqa: S101  a step has a model that is wanted or served
    numbers = tuple(versions[name, number] for number in sorted(step.versions))
    return replace(template, versions=numbers, labels=step.labels)


def _last_change(model: str, history: Sequence[LockState]) -> datetime:
    """Return when the newest state of *model* came to the branch."""
    newest = history[0]
    state = newest.lock.models_state.get(model)
    for merged in history[1:]:
        if merged.lock.models_state.get(model) != state:
            break
        newest = merged
    return newest.at


def _why(pending: Pending, step: ModelState | None) -> str:
    if not pending.versions:
        return "the old name stays until the new one is loaded in every pod"
    if step is None:
        return "it was taken away, and not every pod may have seen that"
    if dict(pending.labels) != dict(step.labels):
        return "labels move when their versions are loaded in every pod"
    return "old versions are dropped when the new ones are loaded in every pod"
