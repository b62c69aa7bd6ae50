"""`tfs-gitops check`: files only, no network."""

from pathlib import Path

import click

from generator.cli import environments
from generator.cli.boundary import worst
from generator.cli.github import runner
from generator.cli.project import Project
from generator.errors import GeneratorError, InvalidInputError

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@environments.argument
@click.option("--config", type=_FILE, help="Check this models.config instead.")
@click.option("--applied", type=_FILE, help="The models.config that live servers run now.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of environment files.")
@click.pass_obj
def check(
    project: Project,
    env: tuple[str, ...],
    *,
    config: Path | None,
    applied: Path | None,
    schema: bool,
) -> int:
    """Check environment files: schema, contradictions, unsafe combinations.

    Reads files only. Without ENV, all of environments/.

    With --config, say whether servers would take a models.config that was written or edited
    by hand: a fresh one, which starts from it, and a live one, which runs the file of --applied
    and finds this one at its next poll. Exit 3 if one of them would not.

    \b
    Example:
      tfs-gitops check
      tfs-gitops check dev prod
      tfs-gitops check --config edited.config --applied models.config
    """
    if schema:
        from generator.environment.package_data import folder

        click.echo((folder("schemas") / "environment.schema.json").read_text(encoding="utf-8"))
        return 0
    if config is not None:
        if env:
            raise click.UsageError("ENV and --config exclude each other")
        return _lint(config, applied)
    if applied is not None:
        raise click.UsageError("--applied needs --config")
    return _check(project, env)


def _check(project: Project, env: tuple[str, ...]) -> int:
    from functools import partial

    from generator.cli.results import Result
    from generator.environment import checks

    results = []
    valid = []
    for name in project.names(env):
        environment = environments.attempt(name, partial(project.environment, name))
        if isinstance(environment, GeneratorError):
            code = environment.exit_code
            results.append(Result(environment=name, exit_code=code, error=environment))
            continue
        for warning in environment.warnings:
            click.echo(f"warning: {warning.code}: {warning.message}", err=True)
        click.echo(f"{environment.file}: ok")
        results.append(Result(environment=name, warned=environment.warnings))
        valid.append(environment)
    for warning in checks.shared_namespaces(valid):
        click.echo(f"warning: {warning.code}: {warning.message}", err=True)
    runner.annotate(project, results)
    return worst(result.exit_code for result in results)


def _lint(config: Path, applied: Path | None) -> int:
    from generator.serving import config_reader
    from generator.serving.lint import lint
    from generator.serving.lint.finding import Severity

    running = None
    if applied is not None:
        try:
            running = config_reader.read(_text(applied))
        except config_reader.UnreadableError as error:
            place = f":{error.position}" if error.position else ""
            problem = f"{applied}{place}: no server runs this: {error.problem}"
            raise InvalidInputError(problem, hint=error.hint) from error
    findings = lint.lint(_text(config), running)
    for index, finding in enumerate(findings):
        place = f":{finding.position}" if finding.position else ""
        click.echo(f"{config}{place}: {finding.severity}: {finding.text}")
        if [one.hint for one in findings[index + 1 : index + 2]] != [finding.hint]:
            click.echo(f"  way out: {finding.hint}")
    severities = {finding.severity for finding in findings}
    live = f"a live server that runs {applied}" if applied else "a live server with any list"
    verdicts = [("a fresh server", Severity.REFUSED_FRESH), (live, Severity.REFUSED_LIVE)]
    for server, refused in verdicts:
        click.echo(f"{config}: {server} {'does not take' if refused in severities else 'takes'} it")
    if applied is None:
        click.echo("hint: --applied FILE shows what the change itself would do", err=True)
    return max((InvalidInputError.exit_code for one in severities if one != "warning"), default=0)


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"{path}:{line}: byte {error.start} is not UTF-8"
        raise InvalidInputError(problem, hint="save the file as UTF-8") from error
