"""Phrases that all reports of a plan share."""

from collections.abc import Sequence
from datetime import datetime

from generator.environment.units import duration_text
from generator.lock.changes import Action, Change
from generator.plan.capacity import CONFIG_MAP_BYTES
from generator.plan.plan import Deferred, Plan, Why
from generator.plan.pod_rollout import POD_BYTES
from generator.plan.settings import Effect
from generator.serving.leaving import LEAVES
from generator.serving.probe.policy_probe import PolicyProbe
from generator.serving.state import Labels
from generator.text import phrases
from generator.text.duration import short_duration
from generator.text.timestamp import clock, timestamp

STEPS_IN_GIT = "no agent steps in the pods, so each step is a commit, `delivery.settle` apart"


_ON_PODS = {
    Effect.NONE: "no pod notices it",
    Effect.HOT_RELOAD: "servers reload by themselves",
    Effect.SCALE: "pods come or go, and none is replaced",
    Effect.RESTART: "every pod is replaced",
    Effect.OUTAGE: "every pod goes before a new one answers",
}

_ASKED = "agents ask by another probe, and no server reloads"

_FEW_FILES = 2  # named each


def on_pods(plan: Plan) -> str:
    """Return what the files of a plan do to pods, for people."""
    if plan.is_first:
        return "no pod runs yet"
    is_asked = plan.effect is Effect.HOT_RELOAD and all(it.is_of_probe for it in plan.changes)
    return _ASKED if is_asked and plan.changes else _ON_PODS[plan.effect]


def rollout_text(plan: Plan) -> str:
    """Return what the replacement of pods costs; empty where none is replaced by a change."""
    rollout = plan.rollout
    if rollout is None or plan.is_first or plan.effect is not Effect.RESTART:
        return ""
    fewest, most = rollout.fewest, rollout.most
    pods = phrases.counted(fewest, "pod") if fewest == most else f"{fewest} to {most} pods"
    versions = phrases.counted(rollout.versions, "version")
    what = f"{versions} of {phrases.counted(rollout.models, 'model')} ({size(rollout.bytes)})"
    soak = f", and has to stay ready for {duration_text(rollout.soak)} before the next"
    waits = soak if rollout.soak else ""
    return f"{pods}, one after another, with one more meanwhile: each new one loads {what}{waits}"


def swap_texts(plan: Plan) -> list[str]:
    """Return what the swaps of models cost that have no room for old and new in a pod."""
    found = []
    for swap in plan.swapped:
        fewest, most = swap.pods
        pods = phrases.counted(fewest, "pod") if fewest == most else f"{fewest} to {most} pods"
        both = f"{swap.model}: old and new would be {size(swap.both)} of {size(swap.limit)}"
        out = f"for {LEAVES} s and as long as it loads {size(swap.loads)}"
        found.append(f"{both}: {pods}, one at a time, each out of the Service {out}")
    return found


def due_at(due: datetime, now: datetime | None = None) -> str:
    """Return when a step is due: the time, or for who reads it at *now* also how long it is."""
    if now is None:
        return f"due {timestamp(due)}"
    if due <= now:
        return "due now"
    return f"due {clock(due, now)}, in {short_duration(due - now)}"


def waits_for(item: Deferred, now: datetime | None = None) -> str:
    """Return until when a model waits, and why; *now* as in `due_at`."""
    if item.why is Why.STEP:
        return f"{due_at(item.due, now) if item.due else 'waits'}: {item.reason}"
    return f"deferred until {timestamp(item.due)} ({item.reason})" if item.due else item.reason


def closure_text(plan: Plan) -> str:
    """Return what a window or a freeze does to a plan; empty where that is nothing."""
    closure = plan.closure
    if closure is None or (closure.stops and not plan.waits):
        return ""
    if closure.override is not None:
        return f"let through: {closure.override} (else {closure.deferred})"
    if closure.stops:
        return closure.deferred
    return f"merge it in a window: the next opens {timestamp(closure.until)} ({closure.reason})"


def room_left(plan: Plan) -> str:
    """Return how full that is which carries the plan to the pods; empty without any."""
    if plan.rollout is not None:
        told = f"{size(plan.rollout.annotations)} ({plan.rollout.percent} %)"
        return f"{told} of the {size(POD_BYTES)} of a pod's annotations"
    parts = [f"{each.file} {size(each.bytes)} ({each.percent} %)" for each in plan.config_maps]
    if len(parts) > _FEW_FILES:
        fullest = max(plan.config_maps, key=lambda each: each.bytes)
        told = f"{size(fullest.bytes)} ({fullest.percent} %)"
        parts = [f"{phrases.counted(len(parts), 'part')}, the fullest {fullest.file} {told}"]
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
    moves = ", ".join(
        f"{label}→{version}"
        for label, version in change.labels[1]
        if (label, version) not in change.labels[0]
    )
    is_probe = change.labels[0] == change.labels[1] and probe_move(change)
    return moves or ("probe" if is_probe else "labels")


def versions_of(change: Change) -> str:
    """Return the version numbers before and after."""
    before, after = change.versions
    return f"{numbers(before)} -> {numbers(after)}"


def labels_of(change: Change) -> str:
    """Return the labels before and after, once if they are the same."""
    before, after = (labels(found) for found in change.labels)
    return before if before == after else f"{before} -> {after}"


def label_moves(change: Change) -> str:
    """Return the labels that move, and no other: `stable 1 -> 2, canary 2 -> none`.

    Of a model that comes or goes, all that it has: `stable=1`.
    """
    before, after = map(dict, change.labels)
    if change.action is not Action.UPDATE:
        return phrases.labels(sorted((before | after).items()))
    return ", ".join(
        f"{label} {before.get(label, 'none')} -> {after.get(label, 'none')}"
        for label in sorted(before.keys() | after.keys())
        if before.get(label) != after.get(label)
    )


def probe_move(change: Change) -> str:
    """Return the probe of the policy before and after: `none -> 3f2a9c01b7de`; empty if it stays.

    A probe that a lock has lost, by a merge, comes back under its own name.
    """
    before, after = change.probes
    if (before and before.state) == (after and after.state):
        return ""
    if change.action is Action.ADD:
        return _probe(after)
    return "" if change.action is Action.REMOVE else f"{_probe(before)} -> {_probe(after)}"


def _probe(probe: PolicyProbe | None) -> str:
    if probe is None:
        return "none"
    return f"{probe.short} (lost)" if probe.is_lost else probe.short


def moves_of(change: Change) -> tuple[tuple[str, str], ...]:
    """Return what moves of a model, by what it is: versions where they do, or nothing else does."""
    found = {"labels": label_moves(change), "probe": probe_move(change)}
    moves = tuple((what, move) for what, move in found.items() if move)
    is_same = change.versions[0] == change.versions[1]
    return moves if moves and is_same else (("versions", versions_of(change)), *moves)


def state_of(change: Change) -> str:
    """Return what moves of a model: its versions, its labels, its probe."""
    told = ", ".join(f"{what} {move}" for what, move in moves_of(change))
    return told.removeprefix("versions ")


def numbers(found: Sequence[int]) -> str:
    """Return numbers in a row, or `none`."""
    return phrases.numbers(found, ",") or "none"


def labels(found: Labels) -> str:
    """Return labels in a row, or `none`."""
    return phrases.labels(found, ",") or "none"


size = phrases.in_units
