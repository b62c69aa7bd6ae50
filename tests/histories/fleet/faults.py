"""Functions of rollout and staging, each without one of its rules: what a mutant does instead."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from generator.lock.lock import Lock
from generator.plan import git_steps
from generator.serving import rollout
from generator.serving.state import Labels, ModelState, State

Possible = Sequence[ModelState | None]

_step = rollout._step
_labels = rollout._labels
_next_step = rollout.next_step
_next_commit = rollout.next_commit
_stage = git_steps.stage


def drop_at_once(
    possible: Possible, wanted: ModelState | None, available: AbstractSet[int]
) -> ModelState | None:
    """Drop old versions before the new ones are loaded."""
    step = _step(possible, wanted, available)
    if step is None or wanted is None:
        return step
    return ModelState(wanted.versions | step.labelled, step.labels)


def never_drop(
    possible: Possible, wanted: ModelState | None, available: AbstractSet[int]
) -> ModelState | None:
    """Keep every version for ever."""
    step = _step(possible, wanted, available)
    current = possible[0]
    if step is None or current is None:
        return step
    return ModelState(step.versions | current.versions, step.labels)


def drop_with_the_label(
    possible: Possible, wanted: ModelState | None, available: AbstractSet[int]
) -> ModelState | None:
    """Drop a version in the step in which its label moves away."""
    step = _step(possible, wanted, available)
    if step is None or wanted is None or not wanted.versions <= available:
        return step
    return ModelState(wanted.versions | step.labelled, step.labels)


def come_back_at_once(
    possible: Possible, wanted: ModelState | None, available: AbstractSet[int]
) -> ModelState | None:
    """Let a removed model come back as if no pod still had it."""
    if possible and possible[0] is None:
        return wanted
    return _step(possible, wanted, available)


def compare_versions_alone(state: ModelState, wanted: ModelState) -> bool:
    """Let a removed model come back with all of its versions, wherever its labels are."""
    return state.versions <= wanted.versions


def move_labels_at_once(
    held: Sequence[ModelState],
    current: ModelState,
    wanted: ModelState,
    available: AbstractSet[int],
) -> Labels:
    """Move labels to versions that are not loaded."""
    return wanted.labels


def take_waiting_labels_away(
    held: Sequence[ModelState],
    current: ModelState,
    wanted: ModelState,
    available: AbstractSet[int],
) -> Labels:
    """Take a label away until it can move."""
    labels = _labels(held, current, wanted, available)
    return tuple(label for label in labels if label in wanted.labels)


def forget_removed_labels(
    held: Sequence[ModelState],
    current: ModelState,
    wanted: ModelState,
    available: AbstractSet[int],
) -> Labels:
    """Take a removed label for a new one as if no pod still had it."""
    return _labels([current], current, wanted, available)


def only_the_newest(possible: Sequence[State], wanted: State) -> dict[str, ModelState]:
    """Plan for pods that hold the newest commit alone."""
    return _next_commit(possible[:1], wanted)


def loaded_in_some(
    possible: Possible, wanted: ModelState | None, available: AbstractSet[int]
) -> ModelState | None:
    """Take what some pods have loaded for what all have."""
    everywhere = (state.versions for state in possible if state is not None)
    return _step(possible, wanted, available.union(*everywhere))


def stage_early(plan: Any, history: Any, now: Any, settle: int) -> Any:
    """Wait a tenth of `settle` only."""
    tenth = settle / 10
    recent = [one for one in history if (now - one.at).total_seconds() < tenth]
    return _stage(plan, history[: len(recent) + 1], now, settle)


def all_is_available(
    served: State,
    wanted: State,
    available: Mapping[str, AbstractSet[int]],
) -> dict[str, ModelState]:
    """Take each version for loaded without asking."""
    both = {
        name: (served[name].versions if name in served else frozenset())
        | (wanted[name].versions if name in wanted else frozenset())
        for name in served.keys() | wanted.keys()
    }
    return _next_step(served, wanted, both)


def believe_what_answers(
    served: State, wanted: State, available: Mapping[str, AbstractSet[int]]
) -> dict[str, ModelState]:
    """Take a version that was dropped, and still answers, for loaded."""
    steps = {
        name: rollout._step((served.get(name),), wanted.get(name), available.get(name, frozenset()))
        for name in sorted(served.keys() | wanted.keys())
    }
    return {name: step for name, step in steps.items() if step is not None}


def nothing_was_there(_tip: Lock, _older: Iterable[Lock]) -> Iterator[Lock]:
    """Stand in for `_since`: the branch's past tells nothing."""
    return iter(())
