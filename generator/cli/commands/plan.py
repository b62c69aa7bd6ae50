"""`tfs-gitops plan`: a sync without the commit."""

from typing import TYPE_CHECKING

import click

from generator.cli import option_types
from generator.cli.boundary import PENDING, STRICT
from generator.cli.github import runner
from generator.cli.output import print_plan
from generator.cli.project import Project
from generator.errors import GeneratorError

if TYPE_CHECKING:
    from generator.delivery.outcome import Outcome


@click.command()
@click.argument("env")
@option_types.output_format("markdown")
@option_types.servers
@click.option("--exit-code", is_flag=True, help="Exit 10 if there are changes.")
@click.option("--strict", is_flag=True, help="Exit 7 if anything is held or degraded.")
@click.pass_obj
def plan(
    project: Project,
    env: str,
    form: str,
    urls: tuple[str, ...],
    *,
    exit_code: bool,
    strict: bool,
) -> int:
    """Show what a sync of ENV would do, and why. Changes nothing.

    Exits 6 if a guard would refuse it, which the plan tells too.

    \b
    Example:
      tfs-gitops plan prod
      tfs-gitops plan prod --format json --exit-code
    """
    from generator.cli.results import Result

    try:
        outcome = _propose(project, env, form, urls)
    except GeneratorError as error:
        failed = Result(environment=env, exit_code=error.exit_code, error=error, is_trial=True)
        runner.report(project, [failed])
        raise
    print_plan(project, outcome.plan, form)
    refused = outcome.plan.refused
    code = 0 if refused is None else refused.exit_code
    result = Result(environment=env, exit_code=code, outcome=outcome, error=refused, is_trial=True)
    runner.report(project, [result])
    if refused is not None:
        raise refused
    if strict and (outcome.plan.held or outcome.plan.degraded):
        return STRICT
    pending = outcome.plan.changed or outcome.plan.deferred
    return PENDING if exit_code and pending else 0


def _propose(project: Project, env: str, form: str, urls: tuple[str, ...]) -> "Outcome":
    from dataclasses import replace

    from generator.pipeline import pipeline

    run = project.run(env)
    outcome = pipeline.foretell(run, project.templates, project.options(option_types.asking(urls)))
    if form != "markdown":
        return outcome
    return replace(outcome, plan=run.facts.inspected(run.environment, outcome.plan))
