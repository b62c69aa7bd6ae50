"""The output of a sync: the text of each environment, a table of several, or the JSON of all."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from generator.cli import echo, environments
from generator.cli.boundary import print_error
from generator.cli.output import print_json
from generator.cli.project import Project
from generator.cli.receipt.sync_record import SyncRecord

if TYPE_CHECKING:
    from generator.cli.github import runner
    from generator.cli.results import Result
    from generator.delivery.outcome import Outcome

_PLAIN = "plain"
_BLANK = "", _PLAIN


class Shown:
    """The results as they are printed: text one by one, JSON of all at the end."""

    def __init__(self, project: Project, form: str) -> None:
        self._project = project
        self._form = form
        self._lines: list[tuple[str, str]] = []

    def add(self, result: "Result") -> None:
        """Print the text of one environment."""
        if self._form == "text" and result.outcome is not None:
            self._print([_BLANK] if self._lines else [])
            self._print(_lines(self._project, result, result.outcome))
        if result.outcome is not None and result.error is not None:
            print_error(result.error, environment=result.environment)

    def end(
        self, env: tuple[str, ...], results: "list[Result]", written: "runner.RunnerOutput | None"
    ) -> SyncRecord:
        """Print the table of several environments, or the JSON.

        Returns all that was printed, with what was *written* to a runner.
        """
        from generator.cli.results import sync_json, table

        data = None
        if self._form == "json":
            data = environments.json_of(env, {it.environment: sync_json(it) for it in results})
            if data is not None:
                print_json(data)
        elif len(results) > 1:
            self._print([_BLANK, *((line, _PLAIN) for line in table(results))])
        return SyncRecord(self._lines, data, written)

    def _print(self, lines: "Iterable[tuple[str, str]]") -> None:
        lines = [*lines]
        echo.print_lines(lines)
        self._lines += [(text, str(tone)) for text, tone in lines]


def _lines(project: Project, result: "Result", outcome: "Outcome") -> "Iterator[tuple[str, str]]":
    """Yield the plan of an environment, and what became of it."""
    from generator.report.plan_lines import plan_lines

    yield from plan_lines(outcome.plan, project.now())
    yield _end(result, outcome), _PLAIN
    if outcome.pull_request is not None:
        yield f"pull request: {outcome.pull_request.url}", _PLAIN
    for notice in outcome.notices:
        yield f"notice: {notice}", _PLAIN


def _end(result: "Result", outcome: "Outcome") -> str:
    if outcome.commit is not None:
        return f"committed {outcome.commit[:12]} to {result.branch}"
    if result.is_trial and outcome.plan.changed:
        return "dry run: nothing was committed"
    if outcome.plan.waits and outcome.plan.closure is not None:
        return f"nothing was committed: {outcome.plan.closure.briefly}"
    return "nothing was committed" if outcome.plan.refused is not None else "nothing to commit"
