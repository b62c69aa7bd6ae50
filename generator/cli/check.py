"""`tfs-gitops check`: files only, no network."""

import click

from generator.cli.boundary import tell, worst
from generator.cli.project import Project
from generator.errors import GeneratorError


@click.command()
@click.argument("env", nargs=-1)
@click.pass_obj
def check(project: Project, env: tuple[str, ...]) -> int:
    """Check environment files: schema, contradictions, unsafe combinations.

    Reads files only. Without ENV, all of environments/.

    \b
    Example:
      tfs-gitops check
      tfs-gitops check dev prod
    """
    from generator import checks

    codes = []
    for name in project.names(env):
        try:
            environment = project.environment(name)
        except GeneratorError as error:
            tell(error)
            codes.append(error.exit_code)
            continue
        for warning in checks.warnings(environment):
            click.echo(f"warning: {warning.code}: {warning.message}", err=True)
        click.echo(f"{environment.file}: ok")
    return worst(codes)
