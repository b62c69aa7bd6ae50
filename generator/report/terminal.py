"""Plans, catalogs and explanations as text for a terminal."""

from collections.abc import Iterator, Sequence

from generator.catalog.hold import Held
from generator.lock import paths
from generator.lock.changes import Action, Change
from generator.plan.naming import Named
from generator.plan.plan import Deferred, Plan
from generator.plan.settings import Effect
from generator.report.explain import Explanation
from generator.report.words import (
    STEPS_IN_GIT,
    labels,
    labels_of,
    numbers,
    room_left,
    size,
    summary,
    versions_of,
)
from generator.text.timestamp import timestamp

_SIGNS = {Action.ADD: "+", Action.UPDATE: "~", Action.REMOVE: "-"}


def plan_text(plan: Plan) -> str:
    """Return the plan for a terminal."""
    lines = [f"{plan.environment}: {summary(plan)}"]
    lines += [line for change in plan.changes for line in _change_lines(change)]
    if plan.files:
        what = "servers reload by themselves" if plan.effect is Effect.HOT_RELOAD else "pods roll"
        if all(change.path.endswith(paths.LOCK) for change in plan.files):
            what = "nothing that servers read"
        lines += ["", f"{plan.effect}: {what}"]
        lines += [f"  {_SIGNS[change.action]} {change.path}" for change in plan.files]
        lines += [f"desired state: {room}"] if (room := room_left(plan)) else []
    lines += ["", f"deferred: {STEPS_IN_GIT}"] if plan.deferred else []
    lines += [line for item in plan.deferred for line in _deferred_lines(item)]
    lines += held_lines(plan.held)
    more = [f"degraded: {name} is held now, and stays served" for name in plan.degraded]
    more += [f"warning: {item.code}: {item.message}" for item in plan.warnings]
    lines += ["", *more] if more else []
    if plan.refused is not None:
        lines += ["", f"refused: {plan.refused.code}: a sync does none of this"]
    return "\n".join(lines).rstrip()


def catalog_text(environment: str, catalog: Named) -> str:
    """Return the catalog of an environment for a terminal."""
    lines = [f"{environment}: {len(catalog.versions)} proven, {len(catalog.held)} held"]
    lines += [
        f"  {name} {version.version}: {version.objects} objects, {version.bytes:,} bytes, "
        f"published {timestamp(version.published)} by {version.index.key}"
        for name, version in catalog.versions
    ]
    lines += held_lines(catalog.held)
    lines += [f"warning: {item.code}: {item.message}" for item in catalog.warnings]
    return "\n".join(lines)


def explanation_text(explanation: Explanation) -> str:
    """Return the fates of a model's versions for a terminal."""
    paths = f" ({', '.join(explanation.base_paths)})" if explanation.is_known else ""
    lines = [f"{explanation.environment}: {explanation.model}{paths}"]
    lines += [f"  {rule}" for rule in explanation.rules]
    for fate in explanation.fates:
        state = "wanted" if fate.is_wanted else "not chosen"
        now = ", served now" if fate.is_served else ""
        lines.append(f"  {fate.version}: {state}{now}")
        lines += [f"      {reason}" for reason in fate.reasons]
    lines += [f"  ! {note}" for note in explanation.notes]
    return "\n".join(lines)


def held_lines(held: Sequence[Held]) -> Iterator[str]:
    """Yield the holds, each with what was found and what to do."""
    if held:
        yield ""
        yield f"held ({len(held)}):"
    for hold in held:
        source = f" [{hold.index}]" if hold.model and hold.index else ""
        yield f"  ! {hold.subject}{source}: {hold.code}: {hold.code.meaning}"
        yield from (f"      {problem}" for problem in hold.problems[:10])
        if len(hold.problems) > 10:  # noqa: PLR2004  one screen
            yield f"      and {len(hold.problems) - 10} more; --format json has them all"
        yield f"      -> {hold.remedy}"


def _change_lines(change: Change) -> Iterator[str]:
    yield f"  {_SIGNS[change.action]} {change.model}: versions {versions_of(change)}"
    if any(change.labels):
        yield f"      labels {labels_of(change)}"
    before, worst, _ = change.bytes
    if worst > before:
        yield f"      at worst {size(worst)} in each pod, {size(worst - before)} more than now"
    yield from (f"      {reason}" for reason in change.reasons)


def _deferred_lines(item: Deferred) -> Iterator[str]:
    wanted = f", labels {labels(item.labels)}" if item.labels else ""
    yield f"  … {item.model}: versions {numbers(item.versions)}{wanted}"
    due = f"due {timestamp(item.due)}" if item.due else "waits"
    yield f"      {due}: {item.reason}"
