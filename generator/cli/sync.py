"""`tfs-gitops sync`: the main job."""

from typing import TYPE_CHECKING

import click

from generator.cli.boundary import STRICT, tell, worst
from generator.cli.plan import show
from generator.cli.project import Project
from generator.errors import GeneratorError

if TYPE_CHECKING:
    from generator.environment import Environment
    from generator.run import Options, Outcome, Surveyed


@click.command()
@click.argument("env", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Stop before the commit.")
@click.option("--allow-removals", is_flag=True, help="Remove more models than the limit allows.")
@click.option("--retake", multiple=True, metavar="MODEL", help="Forget that it was taken back.")
@click.option("--reprove", is_flag=True, help="Compare every served version with the store.")
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
    strict: bool,
) -> int:
    """Bring the delivery repository to what the policy asks for.

    Makes at most one commit for each ENV (without ENV, all of environments/), and none if
    nothing changed. One environment that fails does not stop the others.

    \b
    Example:
      tfs-gitops sync dev
      tfs-gitops sync --dry-run
    """
    from generator.run import Options

    options = Options(
        dry_run=dry_run, allow_removals=allow_removals, retake=frozenset(retake)
    )
    codes = []
    for name, surveyed in project.survey(project.names(env), project.branch, reprove_all=reprove):
        try:
            if isinstance(surveyed, GeneratorError):
                raise surveyed
            held = _sync(project, surveyed, options)
        except GeneratorError as error:
            tell(error, f"{name}: " if not str(error).startswith(name) else "", environment=name)
            codes.append(error.exit_code)
        else:
            codes.append(STRICT if strict and held else 0)
    return worst(codes)


def _sync(project: Project, surveyed: "Surveyed", options: "Options") -> bool:
    """Sync one environment, print what became of it, and tell whether anything is held."""
    from generator import pipeline

    environment = surveyed.environment
    outcome = pipeline.sync(surveyed, project.templates, options, project.forge)
    show(project, outcome.plan, "text")
    if outcome.commit is not None:
        click.echo(f"committed {outcome.commit[:12]} to {_target(environment, outcome)}")
    elif options.dry_run and outcome.plan.changed:
        click.echo("dry run: nothing was committed")
    else:
        click.echo("nothing to commit")
    if outcome.request is not None:
        click.echo(f"pull request: {outcome.request.url}")
    for notice in outcome.notices:
        click.echo(f"notice: {notice}")
    return bool(outcome.plan.held or outcome.plan.degraded or outcome.is_declined)


def _target(environment: "Environment", outcome: "Outcome") -> str:
    """Return the branch that got the commit."""
    from generator import reviewed

    if outcome.request is not None:
        return reviewed.branch_name(environment.name)
    return environment.delivery.branch
