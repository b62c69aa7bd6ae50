"""The memory of a pod in a plan: what it holds, what is still on its way out, and what fits beside.

It is told in bytes of objects, by `serving.memory`. A new pod of `reload: rolling` has nothing of
before; one that swaps (`swap: drain`) has the old version of a model or the new one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from generator.catalog.hold import Code, Held
from generator.catalog.warned import Warned
from generator.environment.environment import Environment
from generator.lock.changes import Change
from generator.lock.lock import Lock, LockState, ServedModel
from generator.plan import harm
from generator.plan.context import Inputs
from generator.plan.swap import Swap
from generator.plan.swap_start import start
from generator.text.phrases import in_units

OVERFULL = "memory-exceeded"
"""The code of the warning that what is served already is more than `serving.memory`."""

_RAISE = "raise `serving.memory` for that commit: pods may be ended, and start anew with it"
_NEW_PODS = "set `serving.reload: rolling`, whose new pods hold nothing of before"
_BY_TURNS = "set `serving.swap: drain`, with which one pod after another lets go first"
_LATER = "leave it: a sync after that takes it"
_LESS = "give pods more, or take versions away"
_SECOND_POD = "give it a second pod, which serves on while the first one swaps"

_Key = tuple[str, str, str]
_Sizes = Mapping[_Key, int]
"""The bytes of versions, by model, path and digest: two names are loaded twice."""


def lag(environment: Environment) -> timedelta:
    """Return for how long after a commit some pod may still have what that took away."""
    seconds = environment.delivery.settle + environment.serving.retained_seconds
    return timedelta(seconds=seconds)


class PodMemory:
    """The memory of a pod, into which the changes of a plan are counted one after another."""

    def __init__(self, inputs: Inputs, limit: int, past: Sequence[LockState]) -> None:
        environment, served = inputs.environment, _sizes(inputs.lock)
        self._environment = environment
        self._limit = limit
        self._start = start(inputs, past)
        self._holds = dict(served)
        self._in_the_end = dict(served)
        self._swaps = False
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
        self._end_with(*changes)
        for change in changes:
            if self._is_rolling:
                for key in _of(change.before):
                    self._holds.pop(key, None)
            self._holds |= _of(change.after)

    def can_swap(self, change: Change) -> bool:
        """Whether all pods let go of what a model has before they load what it gets."""
        return self._start is None and self._fits_instead(change)

    def _fits_instead(self, change: Change) -> bool:
        """Whether a model has room in the place of what it has.

        A pod can go back only to what it finds at the same place.
        """
        before, after, serving = change.before, change.after, self._environment.serving
        if not serving.can_drain or before is None or after is None:
            return False
        if (before.base_path, before.platform) != (after.base_path, after.platform):
            return False
        rest = sum(self._in_the_end.values()) - sum(_of(before).values())
        return rest + sum(_of(after).values()) <= self._limit

    def swap(self, change: Change) -> Swap:
        """Count in a model that lets go first: a pod has the one or the other, the larger."""
        both = self._with([change], self._leaving)
        before, after, there = _of(change.before), _of(change.after), self._holds
        self._end_with(change)
        self._swaps = True
        if sum(after.values()) > sum(before.values()):
            self._holds = {key: it for key, it in there.items() if key not in before} | after
        loads = sum(version.bytes for version in change.added)
        return Swap(change.model, both, self._limit, loads, self._environment.serving.pods)

    def _end_with(self, *changes: Change) -> None:
        for change in changes:
            for key in _of(change.before):
                self._in_the_end.pop(key, None)
            self._in_the_end |= _of(change.after)

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
        serving = self._environment.serving
        way_out = ""
        if serving.swap == "drain" and not (serving.can_drain or self._is_rolling):
            told += "; `swap: drain` takes a second pod, which serves on"
            way_out = f"{_SECOND_POD}; or {_LESS}" if serving.knows_drain else _LESS
        elif self._start is not None and not changes[1:] and self._fits_instead(change):
            told += f"; {self._start.told}"
            due = min(filter(None, (due, self._start.at)), default=None)
            way_out = _LATER
        if change.before and harm.is_older(change):
            way_out = self._way_back()
        return [
            replace(version.hold(Code.NO_ROOM, told, model=change.model), due=due, way_out=way_out)
            for version in change.added
        ]

    def _way_back(self) -> str:
        """Return the way out for who goes back: what is held is older than what is served."""
        serving = self._environment.serving
        ways = [_RAISE] if self._is_rolling else [_NEW_PODS, _RAISE]
        if serving.waves is not None and not serving.can_drain:
            ways.insert(0, _BY_TURNS if serving.pods[0] > 1 else _SECOND_POD)
        return f"to go back all the same, {'; or '.join(ways)}"

    def _due(self, changes: Sequence[Change]) -> datetime | None:
        """Return when *changes* fit, because what is on its way out is gone; None for never."""
        for moment in sorted({self._gone_at[key] for key in self._leaving}):
            left = {key: it for key, it in self._leaving.items() if self._gone_at[key] > moment}
            if self._with(changes, left) <= self._limit:
                return moment
        return None

    def warnings(self) -> Iterable[Warned]:
        """Yield that a pod holds more than it may; where it swaps, it makes room by itself."""
        there = self._in_the_end if self._swaps else self._holds
        used = sum(there.values())
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
