"""Phrases that all reports of a plan share."""

from collections.abc import Sequence

from generator.lock.changes import Action, Change
from generator.plan.capacity import CONFIG_MAP_BYTES
from generator.plan.plan import Plan
from generator.plan.settings import Effect
from generator.serving.state import Labels
from generator.text import phrases

STEPS_IN_GIT = "no agent steps in the pods, so each step is a commit, `delivery.settle` apart"


def summary(plan: Plan) -> str:
    """Return one line of counts."""
    counts = dict.fromkeys(Action, 0)
    for change in plan.changes:
        counts[change.action] += 1
    named = {Action.ADD: "to add", Action.UPDATE: "to update", Action.REMOVE: "to remove"}
    parts = [f"{counts[action]} {text}" for action, text in named.items() if counts[action]]
    if not parts:
        parts = ["no change"] if not plan.files else ["serving configuration only"]
    parts += [f"{plan.unchanged} unchanged", f"{len(plan.held)} held"]
    parts += ["refused"] if plan.refused is not None else []
    return ", ".join(parts)


def on_pods(effect: Effect) -> str:
    """Return what an effect means, for people."""
    return "servers reload by themselves" if effect is Effect.HOT_RELOAD else "pods are replaced"


def room_left(plan: Plan) -> str:
    """Return how full each ConfigMap is that carries the plan to the pods; empty without one."""
    parts = [f"{each.file} {size(each.bytes)} ({each.percent} %)" for each in plan.config_maps]
    return f"{', '.join(parts)} of the {size(CONFIG_MAP_BYTES)} of a ConfigMap" if parts else ""


def short(change: Change) -> str:
    """Return what a change does, for the subject of a commit: `50→101`, `+7`."""
    before, after = (set(found) for found in change.versions)
    gained, lost = sorted(after - before), sorted(before - after)
    if change.action is Action.REMOVE:
        return "removed"
    if gained and lost:
        return f"{numbers(lost)}→{numbers(gained)}"
    if gained or lost:
        return f"{'+' if gained else '-'}{numbers(gained or lost)}"
    return (
        ", ".join(
            f"{label}→{version}"
            for label, version in change.labels[1]
            if (label, version) not in change.labels[0]
        )
        or "labels"
    )


def versions_of(change: Change) -> str:
    """Return the version numbers before and after."""
    before, after = change.versions
    return f"{numbers(before)} -> {numbers(after)}"


def labels_of(change: Change) -> str:
    """Return the labels before and after, once if they are the same."""
    before, after = (labels(found) for found in change.labels)
    return before if before == after else f"{before} -> {after}"


def state_of(change: Change) -> str:
    """Return versions and labels before and after."""
    versions = versions_of(change)
    return f"{versions}, labels {labels_of(change)}" if any(change.labels) else versions


def numbers(found: Sequence[int]) -> str:
    """Return numbers in a row, or `none`."""
    return phrases.numbers(found, ",") or "none"


def labels(found: Labels) -> str:
    """Return labels in a row, or `none`."""
    return phrases.labels(found, ",") or "none"


def size(count: int) -> str:
    """Return a count of bytes in the largest unit of 1024 that leaves a whole one."""
    number = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if number < 1024:  # noqa: PLR2004
            return f"{number:.{0 if unit == 'bytes' else 1}f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"
