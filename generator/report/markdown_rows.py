"""The rows of a plan's Markdown report; a template arranges them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from shlex import quote

from generator.catalog.catalog import Version
from generator.catalog.hold import Held
from generator.catalog.inspected import Inspected
from generator.lock.changes import Action, Change
from generator.plan.plan import Deferred, Plan, Why
from generator.plan.settings import Setting
from generator.report import settings, ways_back
from generator.report.diff import unified
from generator.report.words import (
    label_moves,
    labels,
    labels_of,
    numbers,
    probe_move,
    size,
    versions_of,
)
from generator.serving.state import SAFE_NAME
from generator.text.pattern import pattern
from generator.text.phrases import counted, some
from generator.text.timestamp import timestamp

CELL = 300
"""The longest text in one cell, before it is quoted; what is longer is cut."""

_EACH = 3
"""New versions, reasons or problems that one row names."""

_PLAIN = pattern(r"[A-Za-z][A-Za-z0-9_./@-]*")

Row = tuple[str, ...]


def sections(plan: Plan) -> dict[str, Sequence[Row | str]]:
    """Return the rows of each section by its name, the most important section first."""
    back = plan.back.failed
    return {
        "refused": [_cell(problem) for problem in plan.refused.problems] if plan.refused else [],
        "asked": [_cell(it.text) for it in plan.asked],
        "ways_back": [_cell(text) for text in ways_back.leavings(plan)],
        "forgotten": [_cell(text) for text in ways_back.forgotten(plan)],
        "changes": [_change(change, plan) for change in plan.changes],
        "settings": [_setting(setting, plan.environment) for setting in plan.settings],
        "signatures": list(_signatures(plan)),
        "deferred": [_deferred(item) for item in plan.deferred if item.why is Why.STEP],
        "waiting": [_deferred(item) for item in plan.deferred if item.why is not Why.STEP],
        "waiting_settings": [_setting(it, plan.environment) for it in _waiting_settings(plan)],
        "held": [_held(hold, plan.environment) for hold in plan.held],
        "degraded": [_cell(name) for name in plan.degraded],
        "warnings": [(item.code, _cell(item.message)) for item in plan.warnings],
        "rollback": [_undo(it, plan.environment) for it in plan.changes if it.model not in back],
        "retake": [_retake(it, plan.environment) for it in plan.changes if it.model in back],
        "settings_back": [_cell(settings.undone(setting)) for setting in plan.settings],
        "diff": unified(plan.files),
    }


def _waiting_settings(plan: Plan) -> tuple[Setting, ...]:
    return plan.closure.settings if plan.closure else ()


def memory(plan: Plan) -> str:
    """Return what all models take in one pod, at worst and in the end."""
    before, worst, after = map(size, plan.memory)
    return f"a pod holds {worst} of models at worst, {before} before and {after} after"


def _change(change: Change, plan: Plan) -> Row:
    """Return a row: model, action, versions, labels, size, published, checks, why."""
    return (
        _cell(change.model),
        change.action,
        _cell(versions_of(change)),
        _cell(_labels(change)),
        _size(change),
        _cell(_listed(map(_published, change.added))),
        _cell(_listed(_checks(one, plan.inspected.get(one.path)) for one in change.added)),
        _cell(_listed(change.reasons)),
    )


def _labels(change: Change) -> str:
    """Return the labels, and the probe of the policy where that moves."""
    found, probe = label_moves(change) or labels_of(change), probe_move(change)
    return f"{found}; probe {probe}" if probe else found


def _setting(setting: Setting, environment: str) -> Row:
    """Return a row: key, from, to, effect, place."""
    before, after = settings.values(setting.key, setting.before, setting.after)
    place = settings.origin(setting, environment)
    return _cell(setting.key), _cell(before), _cell(after), setting.effect, _cell(place)


def _size(change: Change) -> str:
    """Return the bytes that come to a pod, and those that leave it."""
    before, worst, after = change.bytes
    come, go = worst - before, worst - after
    return ", ".join([*([f"+{size(come)}"] if come else []), *([f"-{size(go)}"] if go else [])])


def _published(version: Version) -> str:
    return f"{version.version}: {timestamp(version.published)} by {version.index.key}"


def _checks(version: Version, found: Inspected | None) -> str:
    """Return what was checked of a new version."""
    parts = [f"complete ({counted(version.objects, 'object')})"]
    if found is None:
        parts.append("has a warm-up file" if version.warmup else "no warm-up file")
        return f"{version.version}: {', '.join(parts)}"
    match found.warmup:
        case None:
            parts.append("no warm-up file")
        case int(count):
            parts.append(counted(count, "warm-up record"))
        case problem:
            parts.append(f"warm-up file: {problem}")
    if found.against is not None:
        parts.append(_compared(found))
    return f"{version.version}: {', '.join(parts)}"


def _compared(found: Inspected) -> str:
    if isinstance(found.differences, str):
        return f"signatures not compared with {found.against}: {found.differences}"
    if not found.differences:
        return f"signatures as in {found.against}"
    differences = counted(len(found.differences), "difference")
    return f"{differences} of signatures from {found.against}"


def _signatures(plan: Plan) -> Iterator[Row]:
    """Yield a row for each difference: model, versions, difference."""
    for change in plan.changes:
        for version in change.added:
            found = plan.inspected.get(version.path)
            if found is not None and not isinstance(found.differences, str):
                pair = f"{found.against} -> {version.version}"
                yield from ((_cell(change.model), pair, _cell(it)) for it in found.differences)


def _deferred(item: Deferred) -> Row:
    """Return a row: model, versions, labels, due, why."""
    versions, wanted = numbers(item.versions).replace(",", ", "), labels(item.labels)
    return (
        _cell(item.model),
        _cell(versions),
        _cell(wanted),
        timestamp(item.due) if item.due else "no time",
        _cell(item.reason),
    )


def _held(hold: Held, environment: str) -> Row:
    """Return a row: model or index, version, code, problems, what to do."""
    name, version = hold.model or hold.index, "" if hold.version is None else str(hold.version)
    problems, remedy = _cell(_listed(hold.problems)), hold.remedy_in(environment)
    return _cell(name), version, hold.code, problems, remedy


def _name(change: Change) -> str:
    return change.model if SAFE_NAME.fullmatch(change.model) else _cell(change.model)


def _retake(change: Change, environment: str) -> str:
    """Return the command that brings again what a model went back from."""
    return f"tfs-gitops sync {quote(environment)} --retake {quote(_name(change))}"


def _undo(change: Change, environment: str) -> str:
    """Return the command that takes a change back once it is merged, to copy as it is."""
    name = _name(change)
    if change.action is Action.ADD and change.after is not None:
        match = _yaml(_cell(change.after.base_path))
        return f"# {name} is new: `exclude: true` in a rule with `match: {match}`"
    return f"tfs-gitops rollback {quote(environment)} {quote(name)}"


def _yaml(text: str) -> str:
    """Return *text* as YAML on one line, in quotes if it has anything unusual."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _listed(texts: Iterable[str]) -> str:
    """Return the first few texts in a row, each cut to its share, and count the rest."""
    found = list(texts)
    share = CELL // max(1, min(len(found), _EACH))
    return "; ".join(some([_cell(text, share) for text in found], _EACH))


def _cell(text: str, length: int = CELL) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
