"""`tfs-gitops sync`: the main job."""

from typing import TYPE_CHECKING

import click

from generator.cli import environments, names, option_types, uncommitted_policy
from generator.cli.boundary import STRICT, print_error, worst
from generator.cli.github import runner
from generator.cli.output import print_plan
from generator.cli.project import Project
from generator.errors import GeneratorError

if TYPE_CHECKING:
    from generator.cli.results import Result
    from generator.delivery.outcome import Outcome
    from generator.environment.environment import Environment
    from generator.pipeline.pipeline import Options, Run


@click.command()
@environments.argument
@click.option("--dry-run", is_flag=True, help="Stop before the commit.")
@click.option("--allow-removals", is_flag=True, help="Remove more models than the limit allows.")
@click.option(
    "--retake",
    multiple=True,
    type=names.MODEL,
    metavar="MODEL",
    help="Forget that it was taken back.",
)
@click.option("--reprove", is_flag=True, help="Compare every served version with the store.")
@option_types.servers
@click.option("--strict", is_flag=True, help="Exit 7 if anything is held or degraded.")
@click.pass_obj
def sync(
    project: Project,
    env: tuple[str, ...],
    *,
    dry_run: bool,
    allow_removals: bool,
    retake: tuple[str, ...],
    reprove: bool,
    urls: tuple[str, ...],
    strict: bool,
) -> int:
    """Bring the delivery repository to what the policy asks for.

    Makes at most one commit for each ENV (without ENV, all of environments/), and none if
    nothing changed. One environment that fails does not stop the others.

    \b
    Example:
      tfs-gitops sync dev
      tfs-gitops sync --dry-run
      tfs-gitops sync prod --server http://10.0.0.7:8501 --server http://10.0.0.8:8501
    """
    from generator.cli.results import table

    names = project.names(env)
    option_types.refuse_servers_of_many(urls, names)
    options = project.options(
        option_types.asking(urls),
        dry_run=dry_run,
        allow_removals=allow_removals,
        retake=retake,
        uncommitted=uncommitted_policy.comparison(project),
    )
    sections = environments.Sections()
    results = [
        _result(project, name, run, options, sections, strict=strict)
        for name, run in project.runs(names, reprove_all=reprove)
    ]
    if len(results) > 1:
        click.echo("\n" + "\n".join(table(results)))
    uncommitted_policy.tell_pull(project, results)
    runner.report(project, results)
    return worst(result.exit_code for result in results)


def _result(
    project: Project,
    name: str,
    run: "Run | GeneratorError",
    options: "Options",
    sections: environments.Sections,
    *,
    strict: bool,
) -> "Result":
    """Sync one environment, and print what became of it; an error stops it and no other."""
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
    target = _target(run.environment, outcome)
    sections.begin()
    _show(project, outcome, target, dry_run=options.dry_run)
    refused = outcome.plan.refused
    if refused is not None:
        print_error(refused, environment=name)
    incomplete = outcome.plan.held or outcome.plan.degraded or outcome.is_declined
    code = STRICT if strict and incomplete else 0
    return Result(
        environment=name,
        exit_code=code if refused is None else refused.exit_code,
        outcome=outcome,
        error=refused,
        branch=target,
        is_trial=options.dry_run,
    )


def _show(project: Project, outcome: "Outcome", target: str, *, dry_run: bool) -> None:
    print_plan(project, outcome.plan)
    if outcome.commit is not None:
        click.echo(f"committed {outcome.commit[:12]} to {target}")
    elif dry_run and outcome.plan.changed:
        click.echo("dry run: nothing was committed")
    elif outcome.plan.refused is not None:
        click.echo("nothing was committed")
    else:
        click.echo("nothing to commit")
    if outcome.pull_request is not None:
        click.echo(f"pull request: {outcome.pull_request.url}")
    for notice in outcome.notices:
        click.echo(f"notice: {notice}")


def _target(environment: "Environment", outcome: "Outcome") -> str:
    """Return the branch that got the commit."""
    from generator.delivery import head

    if outcome.pull_request is not None:
        return head.branch_name(environment.name)
    return environment.delivery.branch
