"""Print a plan: for a terminal, as JSON, as Markdown, as a commit message.

All of them print the same value. What comes from index files is quoted, so that no
path or key can inject a line, a trailer or markup.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from generator.catalog import Version, Warned
from generator.explanation import Explanation
from generator.hold import Held
from generator.lock import Labels, timestamp
from generator.plan import Action, Change, Deferred, Effect, Plan
from generator.rendering import Templates

SUBJECT_LENGTH = 72
STEPS_IN_GIT = "no agent steps in the pods, so each step is a commit, `delivery.settle` apart"
_SIGNS = {Action.ADD: "+", Action.UPDATE: "~", Action.REMOVE: "-"}


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as schemas/plan.schema.json describes it."""
    return {
        "environment": plan.environment,
        "changed": plan.changed,
        "changes": [_change_json(change, plan.effect) for change in plan.changes],
        "deferred": [
            {
                "model": item.model,
                "versions": list(item.versions),
                "labels": dict(item.labels),
                "due": timestamp(item.due),
                "reason": item.reason,
            }
            for item in plan.deferred
        ],
        "held": [held_json(hold) for hold in plan.held],
        "degraded": list(plan.degraded),
        "warnings": [{"code": item.code, "message": item.message} for item in plan.warnings],
        "files": [
            {"path": change.path, "action": change.action, "effect": change.effect}
            for change in plan.files
        ],
        "unchanged": plan.unchanged,
    }


def catalog_json(versions: Sequence[tuple[str, Version]], held: Sequence[Held]) -> dict[str, Any]:
    """Return named versions and holds as schemas/catalog.schema.json describes them."""
    return {
        "versions": [
            {
                "model": name,
                "base_path": version.base_path,
                "version": version.version,
                "index": version.index.key,
                "digest": version.digest,
                "objects": version.objects,
                "bytes": version.bytes,
                "published": timestamp(version.published),
                "warmup": version.warmup,
            }
            for name, version in versions
        ],
        "held": [held_json(hold) for hold in held],
    }


def held_json(hold: Held) -> dict[str, Any]:
    """Return one hold; *model* and *version* are null for a whole index."""
    return {
        "index": hold.index,
        "model": hold.model,
        "version": hold.version,
        "code": hold.code,
        "problems": list(hold.problems),
    }


def plan_text(plan: Plan) -> str:
    """Return the plan for a terminal."""
    lines = [f"{plan.environment}: {summary(plan)}"]
    lines += [line for change in plan.changes for line in _change_lines(change)]
    if plan.files:
        what = "servers reload by themselves" if plan.effect is Effect.HOT_RELOAD else "pods roll"
        lines += ["", f"{plan.effect}: {what}"]
        lines += [f"  {_SIGNS[change.action]} {change.path}" for change in plan.files]
    lines += ["", f"deferred: {STEPS_IN_GIT}"] if plan.deferred else []
    lines += [line for item in plan.deferred for line in _deferred_lines(item)]
    lines += held_lines(plan.held)
    lines += [
        "",
        *(f"degraded: {name} is held now, and stays served" for name in plan.degraded),
    ]
    lines += [f"warning: {item.code}: {item.message}" for item in plan.warnings]
    return "\n".join(lines).rstrip()


def plan_markdown(plan: Plan, templates: Templates) -> str:
    """Return the plan as Markdown, for a job summary or a pull request."""
    return templates.render(
        "report/plan.md",
        plan=plan,
        summary=summary(plan),
        versions=_versions_of,
        labels=_labels_of,
        files=", ".join(plan.paths),
        wanted_labels=lambda item: _labels(item.labels),
        due=lambda item: timestamp(item.due),
        worst=lambda change: size(change.bytes[1]),
        steps=STEPS_IN_GIT,
    )


def commit_message(plan: Plan, templates: Templates) -> str:
    """Return a subject of at most 72 characters, a line for each change, and trailers."""
    lines = [
        f"{change.action} {change.model}: {_state_of(change)}; {'; '.join(change.reasons)}"
        for change in plan.changes
    ] or [f"{change.action} {change.path}" for change in plan.files]
    lines += [
        f"later {item.model}: {_numbers(item.versions)}; {item.reason}" for item in plan.deferred
    ]
    return templates.render(
        "report/commit.txt",
        plan=plan,
        subject=subject(plan),
        lines=lines,
        changes=[_trailer(change) for change in plan.changes],
        indexes=sorted({ref for change in plan.changes for ref in _indexes(change)}),
    )


def subject(plan: Plan) -> str:
    """Return `models(prod): resnet 50→101, ranker +7`, cut at a whole change."""
    head = f"models({plan.environment}): "
    if not plan.changes:
        return f"{head}serving configuration"
    parts = [f"{change.model} {_short(change)}" for change in plan.changes]
    for shown in range(min(len(parts), SUBJECT_LENGTH), -1, -1):
        rest = len(parts) - shown
        more = f"{'' if shown == 0 else ', '}{rest} {'more' if shown else 'models'}" if rest else ""
        text = f"{head}{', '.join(parts[:shown])}{more}"
        if len(text) <= SUBJECT_LENGTH:
            return text
    return f"models: {len(parts)} models"


def summary(plan: Plan) -> str:
    """Return one line of counts."""
    counts = dict.fromkeys(Action, 0)
    for change in plan.changes:
        counts[change.action] += 1
    named = {Action.ADD: "to add", Action.UPDATE: "to update", Action.REMOVE: "to remove"}
    parts = [f"{counts[action]} {text}" for action, text in named.items() if counts[action]]
    if not parts:
        parts = ["no change"] if not plan.changed else ["serving configuration only"]
    parts += [f"{plan.unchanged} unchanged", f"{len(plan.held)} held"]
    return ", ".join(parts)


def held_lines(held: Sequence[Held]) -> Iterator[str]:
    """Yield the holds, each with what was found and what to do."""
    if held:
        yield ""
        yield f"held ({len(held)}):"
    for hold in held:
        name = f"{hold.model} {hold.version or ''}".strip() if hold.model else hold.index
        source = f" [{hold.index}]" if hold.model and hold.index else ""
        yield f"  ! {name}{source}: {hold.code}: {hold.code.meaning}"
        yield from (f"      {problem}" for problem in hold.problems[:10])
        if len(hold.problems) > 10:  # noqa: PLR2004  one screen
            yield f"      and {len(hold.problems) - 10} more; --format json has them all"
        yield f"      -> {hold.code.remedy}"


def _change_json(change: Change, effect: Effect) -> dict[str, Any]:
    versions, labels = change.versions, change.labels
    return {
        "model": change.model,
        "action": change.action,
        "versions": {"from": list(versions[0]), "to": list(versions[1])},
        "labels": {"from": dict(labels[0]), "to": dict(labels[1])},
        "bytes": dict(zip(("from", "worst", "to"), change.bytes, strict=True)),
        "reasons": list(change.reasons),
        "effect": effect,
    }


def _change_lines(change: Change) -> Iterator[str]:
    yield f"  {_SIGNS[change.action]} {change.model}: versions {_versions_of(change)}"
    if any(change.labels):
        yield f"      labels {_labels_of(change)}"
    before, worst, _ = change.bytes
    if worst > before:
        yield f"      at worst {size(worst)} in each pod, {size(worst - before)} more than now"
    yield from (f"      {reason}" for reason in change.reasons)


def size(count: int) -> str:
    """Return a count of bytes in the largest unit of 1024 that leaves a whole one."""
    number, units = float(count), iter(("bytes", "KiB", "MiB", "GiB"))
    for unit in units:
        if number < 1024:  # noqa: PLR2004
            return f"{number:.{0 if unit == 'bytes' else 1}f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"


def explanation_text(told: Explanation) -> str:
    """Return the fates of a model's versions for a terminal."""
    lines = [f"{told.model} ({', '.join(told.base_paths)})"]
    lines += [f"  {rule}" for rule in told.rules]
    for fate in told.fates:
        state = "wanted" if fate.is_wanted else "not chosen"
        now = ", served now" if fate.is_served else ""
        lines.append(f"  {fate.version}: {state}{now}")
        lines += [f"      {reason}" for reason in fate.reasons]
    lines += [f"  ! {note}" for note in told.notes]
    return "\n".join(lines)


def _deferred_lines(item: Deferred) -> Iterator[str]:
    labels = f", labels {_labels(item.labels)}" if item.labels else ""
    yield f"  … {item.model}: versions {_numbers(item.versions)}{labels}"
    yield f"      due {timestamp(item.due)}: {item.reason}"


def _short(change: Change) -> str:
    before, after = (set(numbers) for numbers in change.versions)
    gained, lost = sorted(after - before), sorted(before - after)
    if change.action is Action.REMOVE:
        return "removed"
    if gained and lost:
        return f"{_numbers(lost)}→{_numbers(gained)}"
    if gained or lost:
        return f"{'+' if gained else '-'}{_numbers(gained or lost)}"
    return (
        ", ".join(
            f"{label}→{version}"
            for label, version in change.labels[1]
            if (label, version) not in change.labels[0]
        )
        or "labels"
    )


def _trailer(change: Change) -> str:
    before, after = change.versions
    text = f"{change.model} versions {_numbers(before)} -> {_numbers(after)}"
    return f"{text} labels {_labels_of(change)}" if any(change.labels) else text


def _indexes(change: Change) -> Iterator[str]:
    for version in change.after.versions if change.after else ():
        yield f"{quote(version.index.key, safe='-_.~')}@{version.index.etag}"


def _versions_of(change: Change) -> str:
    before, after = change.versions
    return f"{_numbers(before)} -> {_numbers(after)}"


def _state_of(change: Change) -> str:
    versions = _versions_of(change)
    return f"{versions}, labels {_labels_of(change)}" if any(change.labels) else versions


def _labels_of(change: Change) -> str:
    before, after = (_labels(labels) for labels in change.labels)
    return before if before == after else f"{before} -> {after}"


def _numbers(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers)) or "none"


def _labels(labels: Labels) -> str:
    return ",".join(f"{label}={version}" for label, version in labels) or "none"


def catalog_text(
    versions: Sequence[tuple[str, Version]], held: Sequence[Held], warnings: Sequence[Warned]
) -> str:
    """Return the catalog for a terminal."""
    lines = [f"{len(versions)} proven, {len(held)} held"]
    lines += [
        f"  {name} {version.version}: {version.objects} objects, {version.bytes:,} bytes, "
        f"published {timestamp(version.published)} by {version.index.key}"
        for name, version in versions
    ]
    lines += held_lines(held)
    lines += [f"warning: {item.code}: {item.message}" for item in warnings]
    return "\n".join(lines)
