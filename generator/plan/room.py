"""Room in a pod: whether what is new fits beside what pods hold, by `serving.memory`.

The memory of a version is taken to be the bytes of its objects: TensorFlow may need more, for
buffers and copies, or less, for what it does not read. A server takes what it is told until it is
ended for it, and has no limit of its own (F27). What does not fit is held, a model as a whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from generator.catalog.hold import Code, Held
from generator.catalog.warned import Warned
from generator.environment.environment import Environment
from generator.lock.changes import Change
from generator.lock.lock import Lock, LockState, ServedModel
from generator.plan import harm
from generator.plan.context import Inputs
from generator.plan.plan import Plan
from generator.text.phrases import in_units

OVERFULL = "memory-exceeded"
"""The code of the warning that what is served already is more than `serving.memory`."""

_BACK = (
    "to go back all the same, set `serving.reload: rolling`, whose new pods hold nothing of "
    "before; or raise `serving.memory` for that commit: pods may be ended, and start anew with it"
)
"""The way out for who goes back: what is held is older than what is served."""

_Key = tuple[str, str, str]
_Sizes = Mapping[_Key, int]
"""The bytes of versions, by model, path and digest: two names are loaded twice."""


def lag(environment: Environment) -> timedelta:
    """Return for how long after a commit some pod may still have what that took away."""
    seconds = environment.delivery.settle + environment.serving.retained_seconds
    return timedelta(seconds=seconds)


def fitting(plan: Plan, inputs: Inputs, past: Sequence[LockState]) -> Plan:
    """Return *plan* without what has no room in a pod, each version of it held with the figures.

    *past* are the states of which pods may still hold versions, newest first: see `lag`.
    A new pod of `reload: rolling` has nothing of before.
    """
    limit = inputs.environment.serving.memory
    if limit is None:
        return plan
    pod = _Pod(inputs.environment, limit, _sizes(inputs.lock), past)
    held: list[Held] = []
    left: set[str] = set()
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
        if change.added and not is_back and not pod.has_room(*both):
            # Without its new name, a model keeps the old one.
            left |= {it.model for it in both}
            held += pod.holds(*both)
        else:
            pod.take(*both)
    plan = replace(plan, warnings=(*plan.warnings, *pod.warnings()))
    return _without(plan, inputs.lock, left, held) if left else plan


def _leaves_what_failed(change: Change, inputs: Inputs) -> bool:
    """Whether a change goes from what failed in pods to what is older, whoever asked for it."""
    if change.after is None or not harm.is_older(change):
        return False
    return any(it.digest in inputs.facts.failed for it in change.removed)


class _Pod:
    """The versions in a pod: what it holds, and what may still be on its way out."""

    def __init__(
        self,
        environment: Environment,
        limit: int,
        served: _Sizes,
        past: Sequence[LockState],
    ) -> None:
        self._environment = environment
        self._limit = limit
        self._holds = dict(served)
        self._is_rolling = environment.serving.is_rolling
        leaving = {} if self._is_rolling else _all(_sizes(it.lock) for it in past)
        self._leaving = {key: it for key, it in leaving.items() if key not in served}
        self._gone_at = _gone_at(past, lag(environment))

    def has_room(self, *changes: Change) -> bool:
        """Whether a model as it would be fits beside all else, or makes a pod smaller.

        *changes* are its own, and before that, if it gets another name, that of the old one.
        """
        then = self._with(changes, self._leaving)
        return then <= max(self._limit, sum(self._holds.values()) if self._is_rolling else 0)

    def take(self, *changes: Change) -> None:
        """Count changes in: what goes stays for a while where servers take it as they run."""
        for change in changes:
            if self._is_rolling:
                for key in _of(change.before):
                    self._holds.pop(key, None)
            self._holds |= _of(change.after)

    def holds(self, *changes: Change) -> list[Held]:
        """Return the holds of the new versions of a model that has no room."""
        change = changes[-1]
        due = self._due(changes)
        new = sum(version.bytes for version in change.added)
        rest = self._with(changes, self._leaving) - new
        place = self._environment.settings.place(("serving", "memory")) or self._environment.file
        beside = "the rest of a new pod" if self._is_rolling else "what pods hold meanwhile"
        told = (
            f"{in_units(new)} and {beside}, {in_units(rest)}, are {in_units(new + rest)}; "
            f"serving.memory is {in_units(self._limit)} ({place})"
        )
        way_out = _BACK if change.before and harm.is_older(change) else ""
        return [
            replace(version.hold(Code.NO_ROOM, told, model=change.model), due=due, way_out=way_out)
            for version in change.added
        ]

    def _due(self, changes: Sequence[Change]) -> datetime | None:
        """Return when *changes* fit, because what is on its way out is gone; None for never."""
        for moment in sorted({self._gone_at[key] for key in self._leaving}):
            left = {key: it for key, it in self._leaving.items() if self._gone_at[key] > moment}
            if self._with(changes, left) <= self._limit:
                return moment
        return None

    def warnings(self) -> Iterable[Warned]:
        """Yield that a pod holds more than it may."""
        used = sum(self._holds.values())
        if used > self._limit:
            told = (
                f"{self._environment.file}: spec.serving.memory: pods hold {in_units(used)} of "
                f"versions, by their objects, and may take {in_units(self._limit)}"
            )
            yield Warned(OVERFULL, told)

    def _with(self, changes: Sequence[Change], leaving: _Sizes) -> int:
        there = {**leaving, **self._holds}
        if self._is_rolling:
            gone = {key for change in changes for key in _of(change.before)}
            there = {key: it for key, it in there.items() if key not in gone}
        return sum((there | _all(_of(change.after) for change in changes)).values())


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


def _gone_at(past: Sequence[LockState], after: timedelta) -> dict[_Key, datetime]:
    """Return when no pod has a version any more: so long *after* the commit that took it away."""
    found: dict[_Key, datetime] = {}
    for replaced, state in zip([*past[:1], *past], past, strict=False):
        for key in _sizes(state.lock):
            found.setdefault(key, replaced.at + after)
    return found


def _sizes(lock: Lock) -> dict[_Key, int]:
    return _all(_of(model) for model in lock.models)


def _of(model: ServedModel | None) -> dict[_Key, int]:
    if model is None:
        return {}
    return {(model.name, it.path, it.digest): it.bytes for it in model.versions}


def _all(parts: Iterable[_Sizes]) -> dict[_Key, int]:
    return {key: size for part in parts for key, size in part.items()}
