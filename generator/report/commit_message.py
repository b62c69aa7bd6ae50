"""A plan as a commit message.

What comes from index files and policies is quoted, so that no path or key can inject a line
or a trailer, mention a person or close an issue.
"""

from collections.abc import Iterator
from urllib.parse import quote

from generator.lock.asked import TRAILER
from generator.lock.changes import Change
from generator.plan.plan import Plan, Why
from generator.render.templates import Templates
from generator.report import settings, ways_back
from generator.report.words import (
    closure_text,
    labels_of,
    numbers,
    probe_move,
    short,
    state_of,
)
from generator.text.digest import json_digest
from generator.text.phrases import counted
from generator.text.quoting import plain

SUBJECT_LENGTH = 72


def commit_message(plan: Plan, templates: Templates) -> str:
    """Return a subject of at most 72 characters, a line for each change, and trailers."""
    lines = [
        f"{change.action} {change.model}: {state_of(change)}; {'; '.join(change.reasons)}"
        for change in plan.changes
    ]
    lines += [
        f"{settings.action(it)} {settings.told(it, plan.environment)}" for it in plan.settings
    ]
    lines += ways_back.forgotten(plan)
    lines = lines or [f"{change.action} {change.path}" for change in plan.files]
    lines += [
        f"later {item.model}: {numbers(item.versions)}; {item.reason}"
        for item in plan.deferred
        if item.why is Why.STEP
    ]
    override = plan.closure.override if plan.closure else None
    if override is not None:
        lines.append(closure_text(plan))
    asked = [plain(it.text) for it in plan.asked]
    text = templates.render(
        "report/commit.txt",
        asked=asked,
        override=plain(override or ""),
        plan=plan,
        subject=subject(plan),
        lines=list(map(plain, lines)),
        changes=[plain(text) for text in _trailers(plan)],
        digest=_digest(plan),
        indexes=sorted({ref for change in plan.changes for ref in _indexes(change)}),
    )
    told = {f"{TRAILER}{it}" for it in asked} - {*text.splitlines()}
    # The next sync reads there what an open pull request was asked for.
    return "\n".join([text.rstrip("\n"), *sorted(told), ""]) if told else text


def subject(plan: Plan) -> str:
    """Return `models(prod): resnet 50→101, image 2.19.1`, cut at a whole change.

    Where no model and no setting changes, what people asked for: `models(prod): hold a by ada`; a
    model that goes back by itself is told so: `models(prod): resnet back 101→50`.
    """
    head = f"models({plan.environment}): "
    # No more of them fit than there are characters.
    parts = [plain(_part(it, plan)) for it in plan.changes[:SUBJECT_LENGTH]]
    parts += [plain(settings.short(it)) for it in settings.hardest_first(plan.settings)]
    if not parts:
        names = [f"{it.model} {it.version}" for it in plan.forgotten]
        forgotten = [f"forget that {', '.join(names)} failed"] if names else []
        asked = [*forgotten, *([", ".join(it.text for it in plan.asked)] if plan.asked else [])]
        fits = [it for it in (f"{head}{plain(one)}" for one in asked) if len(it) <= SUBJECT_LENGTH]
        return fits[0] if fits else f"{head}serving configuration"
    for count in range(min(len(parts), SUBJECT_LENGTH), 0, -1):
        rest = len(plan.changes) + len(plan.settings) - count
        more = f", {rest} more" if rest else ""
        text = f"{head}{', '.join(parts[:count])}{more}"
        if len(text) <= SUBJECT_LENGTH:
            return text
    text = f"{head}{_counted(plan)}"
    return text if len(text) <= SUBJECT_LENGTH else f"models: {_counted(plan)}"


def _part(change: Change, plan: Plan) -> str:
    back = "back " if change.model in plan.back.failed else ""
    return f"{change.model} {back}{short(change)}"


def _counted(plan: Plan) -> str:
    """Return `2 models, 1 setting`."""
    counts = (len(plan.changes), "model"), (len(plan.settings), "setting")
    return ", ".join(counted(count, noun) for count, noun in counts if count)


def _trailers(plan: Plan) -> Iterator[str]:
    """Yield what changes, one trailer each: models, then settings."""
    yield from map(_trailer, plan.changes)
    yield from map(settings.moved_of, plan.settings)


def _trailer(change: Change) -> str:
    before, after = change.versions
    text = f"{change.model} versions {numbers(before)} -> {numbers(after)}"
    text += f" labels {labels_of(change)}" if any(change.labels) else ""
    probe = probe_move(change)
    return f"{text} probe {probe}" if probe else text


def _digest(plan: Plan) -> str:
    """Return the digest of all that the commit was made of: the lock's own, and its settings."""
    lock = plan.lock
    return lock.inputs if lock.settings is None else json_digest([lock.inputs, lock.settings])


def _indexes(change: Change) -> Iterator[str]:
    for version in change.after.versions if change.after else ():
        key, etag = version.index.key, version.index.etag
        yield f"{_quoted(key, '-_.~')}@{_quoted(etag, ':/-')}"


def _quoted(text: str, safe: str) -> str:
    return quote(text, safe=safe, errors="replace")
