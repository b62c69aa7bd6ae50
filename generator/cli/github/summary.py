"""The job summary and the outputs of a step of GitHub Actions."""

import hashlib
import json
from collections.abc import Iterable, Sequence

from generator.cli.github.room import SUMMARY_BYTES
from generator.cli.results import Result
from generator.render.templates import Templates
from generator.report.markdown import plan_markdown
from generator.text.quoting import is_plain_url, markdown
from generator.text.timestamp import timestamp

_OF_ONE = ("commit", "pull-request", "deferred-until")


def summary(results: Sequence[Result], templates: Templates, room: int = SUMMARY_BYTES) -> str:
    """Return Markdown of at most *room* bytes: what happened, then each plan.

    A section that does not fit is left out whole, and counted.
    """
    sections = [_section(result, templates) for result in results]
    if len(results) > 1 or any(result.outcome and not result.is_trial for result in results):
        sections.insert(0, _table(results))
    note = "_Left out, for the size of a job summary: {} of {} sections. The log has them._\n"
    room -= len(note) + 2 * len(str(len(sections))) + 1
    if room < 0:
        return ""
    kept: list[str] = []
    for section in sections:
        size = len(section.encode(errors="replace")) + 1
        if size <= room:
            kept.append(section)
            room -= size
    if len(kept) < len(sections):
        kept.append(note.format(len(sections) - len(kept), len(sections)))
    return "".join(f"{section}\n" for section in kept)


def outputs(results: Sequence[Result]) -> str:
    """Return the outputs of a step, for the file that GITHUB_OUTPUT names.

    Always `changed` and `result`, which is JSON by environment; of a single environment also
    `commit`, `pull-request` and `deferred-until`, empty where there is none.
    """
    results_json = {result.environment: _output(result) for result in results}
    values = {
        "changed": json.dumps(any(result.changed for result in results)),
        "result": json.dumps(results_json, ensure_ascii=False),
    }
    if len(results) == 1:
        [only] = results_json.values()
        values |= {key: str(only[key] or "") for key in _OF_ONE}
    return "".join(_assignment(name, value) for name, value in values.items())


def _section(result: Result, templates: Templates) -> str:
    if result.outcome is not None:
        return plan_markdown(result.outcome.plan, templates)
    lines = [f"### `{result.environment}`: {result.summary}", ""]
    if result.error is not None:
        lines += [f"- {markdown(problem)}" for problem in result.error.problems]
        lines += [f"- hint: {markdown(result.error.hint)}"] if result.error.hint else []
    lines += [f"- `{item.code}`: {markdown(item.message)}" for item in result.warned]
    return "\n".join(lines) + "\n"


def _table(results: Iterable[Result]) -> str:
    rows = [f"| `{result.environment}` | {_summary(result)} |" for result in results]
    return "\n".join(["| environment | what happened |", "|---|---|", *rows]) + "\n"


def _summary(result: Result) -> str:
    """Return what happened, where the pull request is a link."""
    request = result.outcome.pull_request if result.outcome else None
    if request is None or not is_plain_url(request.url):
        return markdown(result.summary)
    before, url, after = result.summary.partition(request.url)
    return markdown(before) + (f" <{url}>" if url else "") + markdown(after)


def _output(result: Result) -> dict[str, bool | int | str | None]:
    outcome = result.outcome
    return {
        "changed": result.changed,
        "commit": outcome.commit if outcome else None,
        "pull-request": outcome.pull_request.url if outcome and outcome.pull_request else None,
        "held": result.held,
        "deferred-until": timestamp(result.deferred_until) if result.deferred_until else None,
        "exit-code": result.exit_code,
    }


def _assignment(name: str, value: str) -> str:
    """Return an output in the form that takes any text: the end mark is the text's own digest."""
    mark = f"end-{hashlib.sha256(value.encode(errors='replace')).hexdigest()}"
    return f"{name}<<{mark}\n{value}\n{mark}\n"
