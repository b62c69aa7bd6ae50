"""`tfs-gitops plan`: a sync without the commit."""

from functools import partial
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct
from msgspec.structs import replace

from generator.cli import echo, environments, option_types, step_options, uncommitted_policy
from generator.cli.boundary import PENDING, STRICT, print_error, worst
from generator.cli.github import runner
from generator.cli.option_group import grouped
from generator.cli.output import print_plan
from generator.cli.project import Project
from generator.errors import GeneratorError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.cli.results import Result
    from generator.delivery.outcome import Outcome
    from generator.pipeline.run import Options, Run
    from generator.plan.plan import Plan


class Shown(Struct, frozen=True):
    """The parts of a plan that are shown, and those that count for the exit code."""

    diff: bool
    exit_code: bool
    strict: bool


shown_options = grouped(
    "shown",
    Shown,
    click.option("--diff", is_flag=True, help="Show each line of the files that changes, too."),
    click.option(
        "--exit-code", is_flag=True, help="Exit 10 if there are changes, now or in later steps."
    ),
    click.option("--strict", is_flag=True, help="Exit 7 if anything is held or degraded."),
)
"""Gives the command these options, as `shown`."""


@click.command()
@environments.argument
@option_types.output_format("markdown")
@step_options.asked_pods
@step_options.override
@shown_options
@click.pass_obj
def plan(
    project: Project,
    env: tuple[str, ...],
    form: str,
    pods: step_options.AskedPods,
    override: str | None,
    shown: Shown,
) -> int:
    """Show what a sync would do, and why. Changes nothing.

    Of each ENV; without ENV, of all of environments/. Exits 6 if a guard would refuse it,
    which the plan tells too.

    The lines of a plan: + add, ~ change, - remove, … later, ! held.

    \b
    Example:
      tfs-gitops plan prod
      tfs-gitops plan prod --format json --exit-code
      tfs-gitops plan --diff
    """
    if shown.diff and form != "text":
        raise click.UsageError(f"--diff is for text: --format {form} excludes it")
    names = project.documents.names(env)
    pods.refuse_many(names)
    compared = uncommitted_policy.comparison(project)
    options = pods.asked_by(project.options(uncommitted=compared))
    options = replace(options, override=override)
    sections = environments.Sections()
    found: dict[str, Outcome | GeneratorError] = {}
    for name, run in project.runs(names):
        found[name] = environments.attempt(name, partial(_propose, project, run, options, form))
        if not isinstance(outcome := found[name], GeneratorError):
            _show(project, outcome.plan, form, sections, diff=shown.diff)
    if form == "json":
        environments.print_json_of(env, {name: _json(one) for name, one in found.items()})
    elif form == "text" and len(found) > 1:
        sections.begin()
        _show_counts(project, found)
    results = [
        _result(name, one, exit_code=shown.exit_code, strict=shown.strict)
        for name, one in found.items()
    ]
    runner.report(project, results)
    return worst(result.exit_code for result in results)


def _propose(
    project: Project, run: "Run | GeneratorError", options: "Options", form: str
) -> "Outcome":
    from generator.pipeline import pipeline

    if isinstance(run, GeneratorError):
        raise run
    outcome = pipeline.foretell(run, project.templates, options)
    if form != "markdown":
        return outcome
    return replace(outcome, plan=run.facts.inspected(run.environment, outcome.plan))


def _show(
    project: Project, plan: "Plan", form: str, sections: environments.Sections, *, diff: bool
) -> None:
    """Print a plan, and why a guard refuses it; JSON is printed of all environments at once."""
    if form != "json":
        sections.begin()
    if form == "text":
        print_plan(project, plan, diff=diff)
    elif form == "markdown":
        from generator.report.markdown import plan_markdown

        echo.print_document(plan_markdown(plan, project.templates))
    if plan.refused is not None:
        print_error(plan.refused, environment=plan.environment)


def _show_counts(project: Project, found: "Mapping[str, Outcome | GeneratorError]") -> None:
    """Print a line for each of several environments: what it comes to, or that it failed."""
    from generator.report.summary import summary
    from generator.text.columns import aligned

    rows = [
        (name, "failed" if isinstance(one, GeneratorError) else summary(one.plan, project.now()))
        for name, one in found.items()
    ]
    for line in aligned(rows):
        echo.say(line)


def _json(outcome: "Outcome | GeneratorError") -> "dict[str, Any] | GeneratorError":
    from generator.report.as_json import plan_json

    return outcome if isinstance(outcome, GeneratorError) else plan_json(outcome.plan)


def _result(
    name: str, outcome: "Outcome | GeneratorError", *, exit_code: bool, strict: bool
) -> "Result":
    from generator.cli.results import Result

    if isinstance(outcome, GeneratorError):
        code = outcome.exit_code
        return Result(environment=name, exit_code=code, error=outcome, is_trial=True)
    plan = outcome.plan
    if plan.refused is not None:
        code = plan.refused.exit_code
    elif strict and (plan.held or plan.degraded):
        code = STRICT
    else:
        code = PENDING if exit_code and (plan.changed or plan.deferred or plan.waits) else 0
    return Result(
        environment=name, exit_code=code, outcome=outcome, error=plan.refused, is_trial=True
    )
