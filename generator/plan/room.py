"""Room in a pod: whether what is new fits beside what pods hold, by `serving.memory`.

The memory of a version is taken to be the bytes of its objects: TensorFlow may need more, for
buffers and copies, or less, for what it does not read. A server takes what it is told until it is
ended for it, and has no limit of its own (F27). What does not fit is held, a model as a whole.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from generator.catalog.hold import Held
from generator.lock.changes import Change
from generator.lock.lock import Lock, LockState
from generator.plan import harm
from generator.plan.context import Inputs
from generator.plan.plan import Plan
from generator.plan.pod_memory import PodMemory
from generator.plan.swap import Swap


def fitting(plan: Plan, inputs: Inputs, past: Sequence[LockState]) -> Plan:
    """Return *plan* without what has no room in a pod, each version of it held with the figures.

    *past* are the states of which pods may still hold versions, newest first: see `lag`.
    A new pod of `reload: rolling` has nothing of before.
    """
    limit = inputs.environment.serving.memory
    if limit is None:
        return plan
    pod = PodMemory(inputs, limit, past)
    held: list[Held] = []
    left: set[str] = set()
    swaps: list[Swap] = []
    gone = {it.before.base_path: it for it in plan.changes if it.before and not it.after}
    renamed = {
        it.model: old
        for it in plan.changes
        if it.after and not it.before and (old := gone.get(it.after.base_path))
    }
    old_names = {old.model for old in renamed.values()}
    # First those that give room back.
    for change in sorted(plan.changes, key=lambda it: (bool(it.added), it.model)):
        if change.model in old_names:
            continue
        both = [renamed[change.model], change] if change.model in renamed else [change]
        # What was served before what failed in pods has a place: nothing keeps harm there.
        is_back = change.model in plan.back.failed or _leaves_what_failed(change, inputs)
        fits = not change.added or pod.has_room(*both)
        if not fits and len(both) == 1 and pod.can_swap(change):
            swaps.append(pod.swap(change))
        elif not fits and not is_back:
            # Without its new name, a model keeps the old one.
            left |= {it.model for it in both}
            held += pod.holds(*both)
        else:
            pod.take(*both)
    told = tuple(sorted(swaps, key=lambda it: it.model))
    plan = replace(plan, swaps=told, warnings=(*plan.warnings, *pod.warnings()))
    return _without(plan, inputs.lock, left, held) if left else plan


def _leaves_what_failed(change: Change, inputs: Inputs) -> bool:
    """Whether a change goes from what failed in pods to what is older, whoever asked for it."""
    if change.after is None or not harm.is_older(change):
        return False
    return any(it.digest in inputs.facts.failed for it in change.removed)


def _without(plan: Plan, applied: Lock, left: set[str], held: Iterable[Held]) -> Plan:
    """Return *plan* in which the models *left* stay as they are."""
    models = [model for model in applied.models if model.name in left]
    models += [model for model in plan.lock.models if model.name not in left]
    wanted = replace(plan.lock, models=tuple(sorted(models, key=lambda model: model.name)))
    lock = applied.succeeded_by(wanted)
    changes = tuple(change for change in plan.changes if change.model not in left)
    dues = [it.due for it in held if it.due is not None]
    return replace(
        plan,
        lock=lock,
        changes=changes,
        held=tuple(sorted([*plan.held, *held], key=lambda hold: hold.order)),
        due=min([*dues, *([plan.due] if plan.due else [])], default=None),
        unchanged=len(lock.models) - sum(change.after is not None for change in changes),
    )
