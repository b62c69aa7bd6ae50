"""Print a plan for Git: as a commit message, and as Markdown for a pull request.

What comes from index files and policies is quoted, so that no path or key can inject a line,
a trailer or markup, mention a person or close an issue.
"""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from generator.lock.changes import Change
from generator.plan.plan import Plan
from generator.render.templates import Templates
from generator.report import markdown_rows
from generator.report.fit import Part, fit
from generator.report.words import (
    STEPS_IN_GIT,
    labels_of,
    numbers,
    on_pods,
    room_left,
    short,
    state_of,
    summary,
)
from generator.text.phrases import some
from generator.text.quoting import plain

SUBJECT_LENGTH = 72

LENGTH = 59_800
"""The longest report, in characters: forges take some 65,000, and 60,000 with our marks."""

_FILES = 10
"""So many changed files are named; the diff has all."""


def plan_markdown(plan: Plan, templates: Templates) -> str:
    """Return the plan as Markdown of at most `LENGTH` characters, for people to review.

    Tables are cut at whole rows, and the rows that are left out are counted. It has what
    `Plan.inspected` tells of new versions.
    """
    new = sum(len(change.added) for change in plan.changes)

    told = {
        "plan": plan,
        "environment": plan.environment,
        "summary": summary(plan),
        "refusal": plan.refused,
        "effect": plan.effect if plan.files else None,
        "what_happens": on_pods(plan.effect),
        "files": _files(plan.paths),
        "memory": markdown_rows.memory(plan),
        "room": room_left(plan),
        "uninspected": new - len(plan.inspected) if plan.inspected else 0,
        "inspected": len(plan.inspected),
        "steps": STEPS_IN_GIT,
    }

    def render(parts: Mapping[str, Part]) -> str:
        return templates.render("report/plan.md", **told, **parts)

    text = fit(markdown_rows.sections(plan), render, LENGTH)
    if len(text) <= LENGTH:
        return text
    return text[: text.rindex("\n", 0, LENGTH) + 1]  # a person's template, which shows all rows


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
        lines=list(map(plain, lines)),
        changes=[plain(_trailer(change)) for change in plan.changes],
        indexes=sorted({ref for change in plan.changes for ref in _indexes(change)}),
    )


def subject(plan: Plan) -> str:
    """Return `models(prod): resnet 50→101, ranker +7`, cut at a whole change."""
    head = f"models({plan.environment}): "
    if not plan.changes:
        return f"{head}serving configuration"
    parts = [plain(f"{change.model} {short(change)}") for change in plan.changes]
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
        key, etag = version.index.key, version.index.etag
        yield f"{_quoted(key, '-_.~')}@{_quoted(etag, ':/-')}"


def _quoted(text: str, safe: str) -> str:
    return quote(text, safe=safe, errors="replace")


def _files(paths: Sequence[str]) -> str:
    return ", ".join(some(paths, _FILES))
