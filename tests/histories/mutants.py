"""The rules of rollout and staging, each switched off by a changed copy of one function."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import pytest

from generator import rollout, staging
from generator.lock import Labels
from generator.rollout import ModelState, State
from tests.histories.agents import AgentPod

Possible = Sequence[ModelState | None]

_step = rollout._step
_labels = rollout._labels
_next_step = rollout.next_step
_next_commit = rollout.next_commit
_stage = staging.stage


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule, and what stands in the place of a function when it is off."""

    rule: str
    module: Any
    name: str
    replacement: Callable[..., Any]
    breaks: str
    """What is said of the promise that breaks."""

    def switch_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the rule out of the program for the rest of the test."""
        monkeypatch.setattr(self.module, self.name, self.replacement)

    def __str__(self) -> str:
        return self.rule.replace(" ", "-")


def _drop_at_once(
    possible: Possible, wanted: ModelState | None, available: AbstractSet[int]
) -> ModelState | None:
    step = _step(possible, wanted, available)
    if step is None or wanted is None:
        return step
    return ModelState(wanted.versions | step.labelled, step.labels)


def _never_drop(
    possible: Possible, wanted: ModelState | None, available: AbstractSet[int]
) -> ModelState | None:
    step = _step(possible, wanted, available)
    current = possible[0]
    if step is None or current is None:
        return step
    return ModelState(step.versions | current.versions, step.labels)


def _drop_with_the_label(
    possible: Possible, wanted: ModelState | None, available: AbstractSet[int]
) -> ModelState | None:
    step = _step(possible, wanted, available)
    if step is None or wanted is None or not wanted.versions <= available:
        return step
    return ModelState(wanted.versions | step.labelled, step.labels)


def _come_back_at_once(
    possible: Possible, wanted: ModelState | None, available: AbstractSet[int]
) -> ModelState | None:
    if possible and possible[0] is None:
        return wanted
    return _step(possible, wanted, available)


def _move_labels_at_once(
    held: Sequence[ModelState],
    current: ModelState,
    wanted: ModelState,
    available: AbstractSet[int],
) -> Labels:
    return wanted.labels


def _take_waiting_labels_away(
    held: Sequence[ModelState],
    current: ModelState,
    wanted: ModelState,
    available: AbstractSet[int],
) -> Labels:
    labels = _labels(held, current, wanted, available)
    return tuple(label for label in labels if label in wanted.labels)


def _forget_removed_labels(
    held: Sequence[ModelState],
    current: ModelState,
    wanted: ModelState,
    available: AbstractSet[int],
) -> Labels:
    return _labels([current], current, wanted, available)


def _only_the_newest(possible: Sequence[State], wanted: State) -> dict[str, ModelState]:
    return _next_commit(possible[:1], wanted)


def _loaded_in_some(
    possible: Possible, wanted: ModelState | None, available: AbstractSet[int]
) -> ModelState | None:
    everywhere = (state.versions for state in possible if state is not None)
    return _step(possible, wanted, available.union(*everywhere))


def _stage_early(plan: Any, history: Any, now: Any, settle: int) -> Any:
    tenth = settle / 10
    recent = [one for one in history if (now - one.at).total_seconds() < tenth]
    return _stage(plan, history[: len(recent) + 1], now, settle)


def _all_is_available(
    served: State,
    wanted: State,
    available: Mapping[str, AbstractSet[int]],
) -> dict[str, ModelState]:
    both = {
        name: (served[name].versions if name in served else frozenset())
        | (wanted[name].versions if name in wanted else frozenset())
        for name in served.keys() | wanted.keys()
    }
    return _next_step(served, wanted, both)


def _believe_what_answers(
    served: State, wanted: State, available: Mapping[str, AbstractSet[int]]
) -> dict[str, ModelState]:
    steps = {
        name: rollout._step((served.get(name),), wanted.get(name), available.get(name, frozenset()))
        for name in served.keys() | wanted.keys()
    }
    return {name: step for name, step in steps.items() if step is not None}


_REFUSED = "wedged: the file is refused: label"
_LOADED = Mutant("labels move only to loaded", rollout, "_labels", _move_labels_at_once, _REFUSED)
_STAYS = Mutant(
    "a label stays until it can move",
    *(rollout, "_labels", _take_waiting_labels_away, "dropped and still wanted"),
)

IN_GIT = (
    _LOADED,
    _STAYS,
    Mutant("a removed label counts as there", rollout, "_labels", _forget_removed_labels, _REFUSED),
    Mutant("a removed model counts as there", rollout, "_step", _come_back_at_once, _REFUSED),
    Mutant(
        "drop after the label moved away",
        *(rollout, "_step", _drop_with_the_label, "went together with their labels"),
    ),
    Mutant("old versions go in the end", rollout, "_step", _never_drop, "does not come to rest"),
    Mutant("loaded is loaded everywhere", rollout, "_step", _loaded_in_some, _REFUSED),
    Mutant("each pod has its own state", staging, "next_commit", _only_the_newest, _REFUSED),
    Mutant("a step waits for settle", staging, "stage", _stage_early, _REFUSED),
)

WITH_AGENTS = (
    _LOADED,
    _STAYS,
    Mutant(
        "add before drop", rollout, "_step", _drop_at_once, "wedged: model .* waits for version"
    ),
    Mutant("ask what is loaded", rollout, "next_step", _all_is_available, _REFUSED),
    Mutant("dropped is not loaded", rollout, "next_step", _believe_what_answers, _REFUSED),
    Mutant("old versions go in the end", rollout, "_step", _never_drop, " is not "),
    Mutant("wait for the server", AgentPod, "is_taken", lambda _: True, _REFUSED),
)
