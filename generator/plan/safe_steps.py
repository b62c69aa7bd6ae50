"""The next step of each model that no pod refuses, whichever of some states it has now.

The rules of one server are those of `generator.serving.rollout`; here are those of a model that
comes to another base path or name, which is a model of its own to servers.
"""

from collections.abc import Mapping, Sequence

from generator.lock.lock import Lock, LockState, ServedModel
from generator.serving.rollout import next_commit
from generator.serving.state import ModelState


def safe_steps(wanted: Lock, history: Sequence[LockState]) -> dict[str, ModelState]:
    """Return the next step of each model towards *wanted* that no pod of *history* refuses.

    A model without a step waits: it was taken away, and not every pod may have seen that.
    """
    steps = next_commit([merged.lock.models_state for merged in history], wanted.models_state)
    steps |= _moves(wanted.by_name, history) | _renamed(wanted.by_name, history)
    for name in _namesakes(wanted.by_name, history):
        steps.pop(name, None)
    return steps


def _renamed(
    wanted: Mapping[str, ServedModel], history: Sequence[LockState]
) -> dict[str, ModelState]:
    """Return the step of each model that gets another name: the old one stays a while.

    Taking it away at once is an outage for as long as the new one loads.
    """
    everywhere = set.intersection(*(set(merged.lock.by_name) for merged in history))
    new_paths = {model.base_path for name, model in wanted.items() if name not in everywhere}
    return {
        model.name: model.config_state
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
