"""A plan as Markdown, for the text of a pull request and for a job summary.

What comes from index files and policies is quoted, so that no path or key can inject markup,
mention a person or close an issue.
"""

from collections.abc import Mapping, Sequence

from generator.plan.plan import Plan
from generator.render.templates import Templates
from generator.report import markdown_rows, ways_back
from generator.report.fit import Part, fit
from generator.report.summary import summary
from generator.report.words import (
    STEPS_IN_GIT,
    closure_text,
    on_pods,
    rollout_text,
    room_left,
    swap_texts,
)
from generator.text.phrases import counted, some

LENGTH = 59_800
"""The longest report, in characters: forges take some 65,000, and 60,000 with our marks."""

_FILES = 10
"""The changed files that are named; the diff has all."""


def plan_markdown(plan: Plan, templates: Templates) -> str:
    """Return the plan as Markdown of at most `LENGTH` characters, for people to review.

    Tables are cut at whole rows, and the rows that are left out are counted. It has what
    `Plan.inspected` tells of new versions.
    """
    rest = sum(len(change.added) for change in plan.changes) - len(plan.inspected)

    facts = {
        "plan": plan,
        "environment": plan.environment,
        "summary": summary(plan),
        "refusal": plan.refused,
        "effect": plan.effect if plan.files else None,
        "what_happens": on_pods(plan),
        "files": _files(plan.paths),
        "memory": markdown_rows.memory(plan),
        "rollout": rollout_text(plan),
        "swaps": swap_texts(plan),
        "room": room_left(plan),
        "closure": closure_text(plan),
        "way_back": "; ".join(ways_back.texts(plan)),
        "uninspected": counted(rest, "new version") if plan.inspected and rest else "",
        "inspected": len(plan.inspected),
        "steps": STEPS_IN_GIT,
    }

    def render(parts: Mapping[str, Part]) -> str:
        return templates.render("report/plan.md", **facts, **parts)

    text = fit(markdown_rows.sections(plan), render, LENGTH)
    if len(text) <= LENGTH:
        return text
    return text[: text.rindex("\n", 0, LENGTH) + 1]  # a person's template, which shows all rows


def _files(paths: Sequence[str]) -> str:
    return ", ".join(some(paths, _FILES))
