"""`tfs-gitops sync`: the main job."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from generator.cli import echo, environments, names, option_types, uncommitted_policy
from generator.cli.boundary import STRICT, print_error, worst
from generator.cli.github import runner
from generator.cli.option_group import grouped
from generator.cli.output import print_plan
from generator.cli.project import Project
from generator.cli.streams import OutputError
from generator.errors import GeneratorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.cli.results import Result
    from generator.delivery.outcome import Outcome
    from generator.environment.environment import Environment
    from generator.pipeline.pipeline import Options, Run


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What is asked of a run beside its environments."""

    dry_run: bool
    allow_removals: bool
    retake: tuple[str, ...]
    urls: tuple[str, ...]
    timeout: float
    """Seconds."""

    def options(self, project: Project) -> "Options":
        """Return what is decided for the run."""
        options = project.options(
            option_types.asking(self.urls),
            dry_run=self.dry_run,
            allow_removals=self.allow_removals,
            retake=self.retake,
            uncommitted=uncommitted_policy.comparison(project),
        )
        return replace(options, patience=self.timeout)


_wishes = grouped(
    "wishes",
    _Wishes,
    click.option("--dry-run", is_flag=True, help="Stop before the commit."),
    click.option(
        "--allow-removals", is_flag=True, help="Remove more models than the limit allows."
    ),
    click.option(
        "--retake",
        multiple=True,
        type=names.MODEL,
        metavar="MODEL",
        help="Forget that it was taken back.",
    ),
    option_types.servers,
    click.option(
        "--timeout",
        metavar="DURATION",
        type=option_types.duration,
        default="2m",
        show_default=True,
        help="While others push first, push again for so long.",
    ),
)


@click.command()
@environments.argument
@_wishes
@click.option("--reprove", is_flag=True, help="Compare every served version with the store.")
@click.option("--strict", is_flag=True, help="Exit 7 if anything is held or degraded.")
@option_types.output_format()
@click.pass_obj
def sync(
    project: Project,
    env: tuple[str, ...],
    wishes: _Wishes,
    *,
    reprove: bool,
    strict: bool,
    form: str,
) -> int:
    """Bring the delivery repository to what the policy asks for.

    Makes at most one commit for each ENV (without ENV, all of environments/), and none if
    nothing changed. One environment that fails does not stop the others.

    The lines of a plan: + add, ~ change, - remove, … later, ! held.

    \b
    Example:
      tfs-gitops sync dev
      tfs-gitops sync --dry-run
      tfs-gitops sync --format json
      tfs-gitops sync prod --server http://10.0.0.7:8501 --server http://10.0.0.8:8501
    """
    chosen = project.names(env)
    option_types.refuse_servers_of_many(wishes.urls, chosen)
    options = wishes.options(project)
    shown = _Shown(project, form)
    results: list[Result] = []
    try:
        for name, run in project.runs(chosen, reprove_all=reprove):
            results.append(_result(project, name, run, options, strict=strict))
            shown.add(results[-1])
    except OutputError as lost:
        runner.report(project, results)
        return _ended_early(lost, chosen, results)
    runner.report(project, results)
    shown.end(env, results)
    uncommitted_policy.tell_pull(project, results)
    return worst(result.exit_code for result in results)


def _ended_early(lost: OutputError, chosen: "Sequence[str]", results: "Sequence[Result]") -> int:
    """Return the exit code of a sync whose output nobody reads, and that leaves nothing undone.

    Raises:
        OutputError: It leaves environments, or the output is lost to somebody.
    """
    done = {result.environment for result in results}
    if left := [name for name in chosen if name not in done]:
        raise lost.leaving(f"not synced: {', '.join(left)}: run it again")
    if not lost.is_closed:
        raise lost
    return worst(result.exit_code for result in results)


def _result(
    project: Project,
    name: str,
    run: "Run | GeneratorError",
    options: "Options",
    *,
    strict: bool,
) -> "Result":
    """Sync one environment; an error stops it and no other, and is printed."""
    from functools import partial

    from generator.cli.results import Result
    from generator.delivery.publish import publisher_of
    from generator.pipeline import pipeline

    try:
        if isinstance(run, GeneratorError):
            raise run
        publisher = publisher_of(run.environment, project.templates, project.forge)
        again = partial(project.run, name)
        outcome = pipeline.sync(run, again, publisher, project.templates, options)
    except GeneratorError as error:
        environments.print_error_of(name, error)
        return Result(environment=name, exit_code=error.exit_code, error=error)
    refused = outcome.plan.refused
    incomplete = outcome.plan.held or outcome.plan.degraded or outcome.is_declined
    code = STRICT if strict and incomplete else 0
    return Result(
        environment=name,
        exit_code=code if refused is None else refused.exit_code,
        outcome=outcome,
        error=refused,
        branch=_target(run.environment, outcome),
        is_trial=options.dry_run,
    )


class _Shown:
    """The results as they are printed: text one by one, JSON of all at the end."""

    def __init__(self, project: Project, form: str) -> None:
        self._project = project
        self._form = form
        self._sections = environments.Sections()

    def add(self, result: "Result") -> None:
        """Print the text of one environment."""
        if self._form == "text" and result.outcome is not None:
            self._sections.begin()
            _show(self._project, result, result.outcome)
        if result.outcome is not None and result.error is not None:
            print_error(result.error, environment=result.environment)

    def end(self, env: tuple[str, ...], results: "list[Result]") -> None:
        """Print the table of several environments, or the JSON."""
        from generator.cli.results import sync_json, table

        if self._form == "json":
            environments.print_json_of(env, {it.environment: sync_json(it) for it in results})
        elif len(results) > 1:
            echo.say()
            for line in table(results):
                echo.say(line)


def _show(project: Project, result: "Result", outcome: "Outcome") -> None:
    print_plan(project, outcome.plan)
    if outcome.commit is not None:
        echo.say(f"committed {outcome.commit[:12]} to {result.branch}")
    elif result.is_trial and outcome.plan.changed:
        echo.say("dry run: nothing was committed")
    elif outcome.plan.refused is not None:
        echo.say("nothing was committed")
    else:
        echo.say("nothing to commit")
    if outcome.pull_request is not None:
        echo.say(f"pull request: {outcome.pull_request.url}")
    for notice in outcome.notices:
        echo.say(f"notice: {notice}")


def _target(environment: "Environment", outcome: "Outcome") -> str:
    """Return the branch that got the commit."""
    from generator.delivery import head

    if outcome.pull_request is not None:
        return head.branch_name(environment.name)
    return environment.delivery.branch
