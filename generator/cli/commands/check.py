"""`tfs-gitops check`: files only, no network."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli import echo, names
from generator.cli.option_types import output_format
from generator.cli.project import Project

if TYPE_CHECKING:
    from generator.cli.check.found import Found

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("env", nargs=-1, metavar="[ENV|FILE]...", type=names.ENVIRONMENT_OR_FILE)
@click.option("--config", type=_FILE, help="Check this models.config, whatever it looks like.")
@click.option("--applied", type=_FILE, help="The models.config that live servers run now.")
@output_format("github", "sarif")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of environment files.")
@click.pass_obj
def check(
    project: Project,
    env: tuple[str, ...],
    *,
    config: Path | None,
    applied: Path | None,
    form: str,
    schema: bool,
) -> int:
    """Check files of environments and of servers: schema, contradictions, unsafe combinations.

    Reads files only. Without ENV and FILE, all of environments/. A FILE is an environment or a
    models.config, by what it says; an environment is checked with those that extend it, and
    needs no project around it.

    Of a models.config that was written or edited by hand, say whether servers would take it: a
    fresh one, which starts from it, and a live one, which runs the file of --applied and finds
    this one at its next poll. Exit 3 if one of them would not.

    \b
    Example:
      tfs-gitops check
      tfs-gitops check dev prod
      tfs-gitops check environments/dev.yaml models.config --format sarif
      tfs-gitops check --config edited.config --applied models.config
    """
    if schema:
        from generator.environment.package_data import folder

        echo.print_document(
            (folder("schemas") / "environment.schema.json").read_text(encoding="utf-8")
        )
        return 0
    if config is not None and env:
        raise click.UsageError("ENV and FILE exclude --config: name all files alike")
    from generator.cli.check.output import print_report

    parts = _checked(project, env, config, applied)
    return print_report(project, parts, form, str(applied) if applied else None)


def _checked(
    project: Project, env: tuple[str, ...], config: Path | None, applied: Path | None
) -> "list[Found]":
    """Return what is found in the files that were named, or in all environments.

    Raises:
        click.UsageError: There is nothing to compare with *applied*.
    """
    running = None
    if applied is not None or config is not None:
        from generator.cli.check import models_config

        if applied is not None:
            running = models_config.applied_config(str(applied), _read(applied))
    if config is not None:
        from generator.cli.check.found import Found
        from generator.cli.check.report import Report

        checked = models_config.check(str(config), _read(config), running)
        parts = [Found(Report((checked,)), Path())]
    else:
        import os

        from generator.cli.check.targets import check

        parts = [*check(project, env, running, os.environ)]
    if running and not any(one.takes for part in parts for one in part.report.files):
        raise click.UsageError("--applied needs a models.config to compare: FILE or --config")
    return parts


def _read(file: Path) -> bytes:
    """Return what a person named, which may be a pipe.

    Raises:
        InvalidInputError: It cannot be read, or is too long.
    """
    from generator.errors import InvalidInputError, Place, Problem
    from generator.limits.file import CONFIG_BYTES
    from generator.text import bounded_file
    from generator.text.phrases import reason

    try:
        return bounded_file.read_given(file, CONFIG_BYTES)
    except OSError as error:
        problem = Problem(f"cannot be read: {reason(error)}", Place(str(file)))
        raise InvalidInputError(problem, hint="name the file of a models.config") from error
