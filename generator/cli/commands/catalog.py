"""`tfs-gitops catalog`: the versions that the store proves, and the holds."""

import click

from generator.cli import option_types
from generator.cli.boundary import STRICT
from generator.cli.output import print_json
from generator.cli.project import Project, terminal_progress


@click.command()
@click.argument("env")
@option_types.output_format()
@click.option("--strict", is_flag=True, help="Exit 7 if anything is held.")
@click.pass_obj
def catalog(project: Project, env: str, form: str, *, strict: bool) -> int:
    """List the model versions proven complete, and what is held and why.

    Reads every index of the store of ENV, proves every version anew, and looks whether the
    servers of ENV could load it; warm-up files are read by `plan` and `sync` alone.

    \b
    Example:
      tfs-gitops catalog dev
      tfs-gitops catalog dev --format json | jq '.held[].code'
    """
    from dataclasses import replace

    from generator.catalog import full_catalog
    from generator.catalog.presence import Presence
    from generator.catalog.store import open_store
    from generator.environment.reading import reading_of
    from generator.plan import admission, naming
    from generator.report import as_json, terminal

    environment = project.environment(env)
    reading = replace(reading_of(environment.serving), warmup=False)
    with terminal_progress() as progress:
        presence = Presence(open_store(environment.source.address))
        found = full_catalog.prove_all(presence, progress)
        found = admission.without_unservable(found, reading, presence)
    named = naming.name_all(environment.policy, found)
    if form == "json":
        data = as_json.catalog_json(named.versions, named.held)
        print_json(data)
        for warning in found.warnings:
            click.echo(f"warning: {warning.code}: {warning.message}", err=True)
    else:
        click.echo(terminal.catalog_text(named.versions, named.held, found.warnings))
    return STRICT if strict and named.held else 0
