"""`tfs-gitops history`: the commits that changed what is served."""

import click

from generator.cli import option_types
from generator.cli.output import print_json
from generator.cli.project import Project


@click.command()
@click.argument("env")
@click.argument("model", required=False)
@option_types.output_format()
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Show so many commits, the newest first.",
)
@click.pass_obj
def history(project: Project, env: str, model: str | None, form: str, limit: int) -> None:
    """List the commits that changed what ENV serves, or one MODEL of it.

    Each with its time, pull request and author, and from what to what it went. Reads the
    branch that ENV is delivered to, as far back as it lists.

    \b
    Example:
      tfs-gitops history prod
      tfs-gitops history prod resnet --format json --limit 5
    """
    from generator.lock import branch as lock_branch
    from generator.lock.history import newest
    from generator.plan.pin import unknown
    from generator.report.history import history_json, history_text

    environment = project.environment(env)
    branch = project.branch(environment)
    entries = newest(lock_branch.log(environment, branch), limit, model)
    if model is not None and not entries:
        served = {name for _, lock in lock_branch.log(environment, branch) for name in lock.by_name}
        raise unknown(f"{env} has never served {model!r}", model, served)
    if form == "json":
        data = history_json(env, model, entries)
        print_json(data)
        return
    for line in history_text(entries):
        click.echo(line)
    if not entries:
        click.echo(f"nothing was ever committed for {env}", err=True)
