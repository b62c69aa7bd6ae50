"""Print a plan for Git: as a commit message, and as Markdown for a pull request.

What comes from index files is quoted, so that no path or key can inject a line, a trailer
or markup.
"""

from collections.abc import Iterator
from urllib.parse import quote

from generator.lock import timestamp
from generator.plan import Change, Plan
from generator.rendering import Templates
from generator.wording import (
    STEPS_IN_GIT,
    labels,
    labels_of,
    numbers,
    short,
    size,
    state_of,
    summary,
    versions_of,
)

SUBJECT_LENGTH = 72


def plan_markdown(plan: Plan, templates: Templates) -> str:
    """Return the plan as Markdown, for a job summary or a pull request."""
    return templates.render(
        "report/plan.md",
        plan=plan,
        summary=summary(plan),
        versions=versions_of,
        labels=labels_of,
        files=", ".join(plan.paths),
        wanted_labels=lambda item: labels(item.labels),
        due=lambda item: timestamp(item.due),
        worst=lambda change: size(change.bytes[1]),
        steps=STEPS_IN_GIT,
    )


def pull_request(plan: Plan, templates: Templates) -> str:
    """Return the body of the pull request that would make the plan's changes."""
    return plan_markdown(plan, templates)


def commit_message(plan: Plan, templates: Templates) -> str:
    """Return a subject of at most 72 characters, a line for each change, and trailers."""
    lines = [
        f"{change.action} {change.model}: {state_of(change)}; {'; '.join(change.reasons)}"
        for change in plan.changes
    ] or [f"{change.action} {change.path}" for change in plan.files]
    lines += [
        f"later {item.model}: {numbers(item.versions)}; {item.reason}" for item in plan.deferred
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
    parts = [f"{change.model} {short(change)}" for change in plan.changes]
    for shown in range(min(len(parts), SUBJECT_LENGTH), -1, -1):
        rest = len(parts) - shown
        more = f"{'' if shown == 0 else ', '}{rest} {'more' if shown else 'models'}" if rest else ""
        text = f"{head}{', '.join(parts[:shown])}{more}"
        if len(text) <= SUBJECT_LENGTH:
            return text
    return f"models: {len(parts)} models"


def _trailer(change: Change) -> str:
    before, after = change.versions
    text = f"{change.model} versions {numbers(before)} -> {numbers(after)}"
    return f"{text} labels {labels_of(change)}" if any(change.labels) else text


def _indexes(change: Change) -> Iterator[str]:
    for version in change.after.versions if change.after else ():
        yield f"{quote(version.index.key, safe='-_.~')}@{version.index.etag}"
