"""A part of a plan: the changes of some models, with all others as they are."""

from collections.abc import Container

from msgspec.structs import replace

from generator.lock.lock import Lock
from generator.plan.plan import Plan


def part(plan: Plan, applied: Lock, models: Container[str]) -> Plan:
    """Return *plan*, made on the lock *applied*, with the changes of *models* alone."""
    lock = lock_with(plan.lock, applied, models)
    changes = tuple(change for change in plan.changes if change.model in models)
    return replace(
        plan,
        lock=lock,
        changes=changes,
        unchanged=len(lock.models) - sum(change.after is not None for change in changes),
    )


def lock_with(wanted: Lock, applied: Lock, models: Container[str]) -> Lock:
    """Return the lock in which only *models* are as in *wanted*, and all others as *applied*."""
    found = [model for model in applied.models if model.name not in models]
    found += [model for model in wanted.models if model.name in models]
    pending = [item for item in applied.pending if item.model not in models]
    pending += [item for item in wanted.pending if item.model in models]
    state = replace(
        applied,
        models=tuple(sorted(found, key=lambda model: model.name)),
        pending=tuple(sorted(pending, key=lambda item: item.model)),
        removed=wanted.removed,
        taken_back=wanted.taken_back,
        failed=wanted.failed,
        on_hold=wanted.on_hold,
    )
    return applied.succeeded_by(state)
