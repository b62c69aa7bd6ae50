"""Steps in Git: what may be committed now, and what waits until every pod has settled.

Without an agent beside the server nobody sees what is loaded, so time stands in for it:
a pod that lags less than `settle` seconds holds the newest commit, or one that was merged
within that time, or the last one before it. The next commit is safe from all of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from generator.catalog.catalog import Version
from generator.environment.environment import Environment
from generator.lock.changes import changes_between
from generator.lock.lock import Lock, LockState, Pending, ServedModel
from generator.plan.failures import Failures
from generator.plan.plan import Deferred, Plan
from generator.serving.rollout import next_commit
from generator.serving.state import ModelState, State

NO_FAILURES = Failures()


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
    failures: Failures = NO_FAILURES,
) -> Plan:
    """Return the plan of the next safe commit on the way to what *plan* wants.

    *history* are the states of the branch, newest first: those of the last *settle*
    seconds and the one before. What must wait is in `deferred`, with the time it is due; or,
    for a model with *failures*, without one.
    """
    if not history:
        return plan
    applied = history[0].lock
    steps = _safe(plan.lock, history)
    stopped = _stopped(steps, plan.lock.by_name, applied, failures)
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


def _safe(wanted: Lock, history: Sequence[LockState]) -> dict[str, ModelState]:
    """Return the next step of each model towards *wanted* that no pod of *history* refuses."""
    steps = next_commit([_state(merged.lock) for merged in history], _state(wanted))
    steps |= _moves(wanted.by_name, history) | _renamed(wanted.by_name, history)
    for name in _namesakes(wanted.by_name, history):
        steps.pop(name, None)
    return steps


def _stopped(
    steps: State, wanted: Mapping[str, ServedModel], applied: Lock, failures: Failures
) -> dict[str, ModelState]:
    """Return the served models whose step must wait for a server, and their state meanwhile."""
    return {
        model.name: failures.instead(model.name, _of(model), _wanted(wanted.get(model.name)))
        for model in applied.models
        if failures.stop(model.name, _of(model), steps.get(model.name))
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
        if steps.get(model.name) != _of(model)
    ]
    found += [Pending(name, ()) for name in steps.keys() - wanted.by_name.keys()]
    return tuple(sorted(found, key=lambda item: item.model))


def _renamed(
    wanted: Mapping[str, ServedModel], history: Sequence[LockState]
) -> dict[str, ModelState]:
    """Return the step of each model that gets another name: the old one stays a while.

    Taking it away at once is an outage for as long as the new one loads.
    """
    everywhere = set.intersection(*(set(merged.lock.by_name) for merged in history))
    new_paths = {model.base_path for name, model in wanted.items() if name not in everywhere}
    return {
        model.name: _of(model)
        for model in history[0].lock.models
        if model.name not in wanted and model.base_path in new_paths
    }


def _moves(
    wanted: Mapping[str, ServedModel], history: Sequence[LockState]
) -> dict[str, ModelState]:
    """Return the step of each model that goes to another base path, where its numbers differ.

    A config has one base path for a model, so its versions cannot stand side by side. A
    label that some pod may still have comes back a step later, as a new one.
    """
    steps = {}
    for name, after in wanted.items():
        states = [it for merged in history if (it := merged.lock.by_name.get(name))]
        if any(before.base_path != after.base_path for before in states):
            had = {label for before in states for label, _ in before.labels}
            labels = tuple(item for item in after.labels if item[0] not in had)
            steps[name] = ModelState(frozenset(after.numbers), labels)
    return steps


def _namesakes(wanted: Mapping[str, ServedModel], history: Sequence[LockState]) -> set[str]:
    """Return the models that were something else a moment ago, with numbers that they have now.

    To a pod that still has the other one, these numbers are loaded: it would go on with the
    old data, and a fresh pod would have the new.
    """
    return {
        model.name
        for merged in history
        for model in merged.lock.models
        if (after := wanted.get(model.name)) is not None
        and model.base_path != after.base_path
        and set(model.numbers) & set(after.numbers)
        and model.name not in history[0].lock.by_name
    }


def _of(model: ServedModel) -> ModelState:
    return ModelState(frozenset(model.numbers), model.labels)


def _wanted(model: ServedModel | None) -> ModelState | None:
    return None if model is None else _of(model)


def _state(lock: Lock) -> State:
    return {model.name: _of(model) for model in lock.models}


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
    if served is not None and step == _of(served):
        if wanted is None or step != _of(wanted) or wanted.probe == served.probe:
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
    state = _state(newest.lock).get(model)
    for merged in history[1:]:
        if _state(merged.lock).get(model) != state:
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
