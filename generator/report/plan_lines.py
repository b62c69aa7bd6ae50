"""A plan as lines for a terminal."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from generator.lock.changes import Action, Change
from generator.plan.plan import Deferred, Plan, Why
from generator.plan.settings import Effect, Setting
from generator.report import settings, ways_back
from generator.report.diff import toned, unified
from generator.report.holds import held_lines
from generator.report.line import TONES, Line, Tone
from generator.report.scaffold import parted
from generator.report.summary import summary
from generator.report.words import (
    STEPS_IN_GIT,
    closure_text,
    labels,
    moves_of,
    numbers,
    on_pods,
    rollout_text,
    room_left,
    size,
    swap_texts,
    waits_for,
)
from generator.text.phrases import counted

_SIGNS = {Action.ADD: "+", Action.UPDATE: "~", Action.REMOVE: "-"}
_DANGEROUS = frozenset({Effect.RESTART, Effect.OUTAGE})


def plan_lines(plan: Plan, now: datetime, *, diff: bool = False) -> list[Line]:
    """Return the plan for a terminal; its first line and its last count everything.

    With *diff*, the rendered files too, but for the lock, which machines read.
    """
    counts = summary(plan, now)
    one = {it.model for it in plan.changes if plan.rollout is not None}
    one |= {it.model for it in plan.swaps}
    found = [line for it in plan.changes for line in _change(it, has_both=it.model not in one)]
    found += [_setting(setting, plan.environment) for setting in plan.settings]
    for section in (
        _files(plan),
        _later(plan.deferred, now),
        _closure(plan),
        _failures(plan),
        held_lines(plan.held, plan.environment),
        _warnings(plan),
        toned(unified(plan.files)) if diff else (),
    ):
        if lines := [*section]:
            found += [Line(""), *lines]
    last = [Line(""), Line(f"plan of {plan.environment}: {counts}", Tone.HEADING)]
    return [Line(f"{plan.environment}: {counts}", Tone.HEADING), *found, *(last if found else [])]


def _signed(action: Action, text: str) -> Line:
    return Line(f"  {_SIGNS[action]} {text}", TONES[action])


def _change(change: Change, *, has_both: bool) -> Iterator[Line]:
    """Yield what moves of a model, what it takes in a pod if that has both, and why."""
    (what, first), *others = moves_of(change)
    yield _signed(change.action, f"{change.model}: {what} {first}")
    yield from (Line(f"      {what} {move}") for what, move in others)
    before, worst, _ = change.bytes
    if worst > before and has_both:
        more = f"{size(worst - before)} more than now"
        yield Line(f"      at worst {size(worst)} in each pod, {more}")
    yield from (Line(f"      {reason}") for reason in change.reasons)


def _setting(setting: Setting, environment: str) -> Line:
    line = _signed(settings.action(setting), settings.told(setting, environment))
    return line if setting.effect is not Effect.OUTAGE else Line(line.text, Tone.DANGER)


def _files(plan: Plan) -> Iterator[Line]:
    """Yield what the files do to running pods, and each of them; those of the scaffold are one."""
    if not plan.files:
        return
    tone = Tone.DANGER if plan.effect in _DANGEROUS else Tone.PLAIN
    what = "files" if plan.effect is Effect.NONE else plan.effect
    yield Line(f"{what}: {on_pods(plan)}", tone)
    yield from [Line(f"rollout: {told}")] if (told := rollout_text(plan)) else []
    yield from (Line(f"swap: {told}") for told in swap_texts(plan))
    scaffold, others = parted(plan.files, plan.environment)
    yield from (_signed(file.action, file.path) for file in others)
    yield from [_signed(Action.ADD, str(scaffold))] if scaffold else []
    yield from [Line(f"desired state: {room}")] if (room := room_left(plan)) else []


def _later(deferred: Iterable[Deferred], now: datetime) -> Iterator[Line]:
    """Yield the steps that wait for other steps."""
    steps = [item for item in deferred if item.why is Why.STEP]
    yield from [Line(f"later: {STEPS_IN_GIT}")] if steps else []
    for item in steps:
        yield _goal(item)
        yield Line(f"      {waits_for(item, now)}")


def _closure(plan: Plan) -> Iterator[Line]:
    """Yield what a window or a freeze does to the plan, and what waits for its end."""
    if not (text := closure_text(plan)) or plan.closure is None:
        return
    yield Line(text, Tone.LATER)
    yield from (_goal(item) for item in plan.deferred if item.why is not Why.STEP)
    for setting in plan.closure.settings:
        yield Line(f"  … {settings.told(setting, plan.environment)}", Tone.LATER)
    if plan.closure.files:
        yield Line(f"  … {counted(len(plan.closure.files), 'rendered file')}", Tone.LATER)


def _failures(plan: Plan) -> Iterator[Line]:
    """Yield how ways back are made, and which failures are forgotten."""
    yield from (Line(text, Tone.LATER) for text in ways_back.texts(plan))
    yield from (Line(text) for text in ways_back.forgotten(plan))


def _goal(item: Deferred) -> Line:
    wanted = f", labels {labels(item.labels)}" if item.labels else ""
    return Line(f"  … {item.model}: versions {numbers(item.versions)}{wanted}", Tone.LATER)


def _warnings(plan: Plan) -> Iterator[Line]:
    for name in plan.degraded:
        yield Line(f"degraded: {name} is held now, and stays served", Tone.WARNING)
    for item in plan.warnings:
        yield Line(f"warning: {item.code}: {item.message}", Tone.WARNING)
    if plan.refused is not None:
        yield Line(f"refused: {plan.refused.code}: a sync does none of this", Tone.DANGER)
