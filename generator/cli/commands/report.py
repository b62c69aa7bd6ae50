"""`tfs-gitops report`: the fleet as a static site."""

from pathlib import Path

import click
from msgspec import Struct

from generator.cli import echo, environments, option_types
from generator.cli.boundary import worst
from generator.cli.option_group import grouped
from generator.cli.output import print_json
from generator.cli.pod_options import FoundPods, pods_found
from generator.cli.project import Project
from generator.text.phrases import counted


class PageParts(Struct, frozen=True):
    """The parts that the page is to tell."""

    title: str
    limit: int
    """Commits of each environment."""
    no_store: bool
    no_signatures: bool


page_parts = grouped(
    "parts",
    PageParts,
    click.option(
        "--title",
        metavar="TITLE",
        default="Models",
        show_default=True,
        help="The name of the site.",
    ),
    click.option(
        "--limit",
        metavar="N",
        type=click.IntRange(min=1),
        default=200,
        show_default=True,
        help="How many commits of each ENV the timeline has, the newest first.",
    ),
    click.option(
        "--no-store", is_flag=True, help="Do not read the store: what is held is not told."
    ),
    click.option(
        "--no-signatures",
        is_flag=True,
        help="Do not read what models take and give, which costs some requests for each version.",
    ),
)
"""Gives the command these options, as `parts`."""


@click.command()
@environments.argument
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder of the site: a new one, an empty one, or that of an earlier report.",
)
@page_parts
@pods_found
@option_types.output_format()
@click.pass_obj
def report(
    project: Project,
    env: tuple[str, ...],
    pods: FoundPods,
    output: Path,
    parts: PageParts,
    form: str,
) -> int:
    """Write the fleet page: what each ENV serves, holds and waits for, and why.

    Of each ENV; without ENV, of all of environments/. A static site, which works from a file:
    all models and environments, a page for each model, and a timeline. With --kube or
    --server also what pods serve. What cannot be read is told on the page, and exits
    as for `status`.

    \b
    Example:
      tfs-gitops report --output site
      tfs-gitops report prod --output site --title "Models of Acme"
      tfs-gitops report prod --output site --kube
    """
    from generator.cli import site_folder
    from generator.cli.fleet_report import read_fleet
    from generator.cli.fleet_status import Asked
    from generator.status.site import site

    asked = Asked(store=not parts.no_store, forge=True, pods=pods.asked(env))
    names = project.documents.names(env)
    signed = not parts.no_signatures
    fleet = read_fleet(project, names, asked, parts.limit, with_signatures=signed)
    pages = site_folder.write(output, site.files(fleet, parts.title), site.FRONT, site.MODELS)
    for name, error in fleet.errors.items():
        environments.print_error_of(name, error)
    front = output / site.FRONT
    if form == "json":
        print_json({"page": str(front), "pages": pages, "models": len(fleet.models)})
    else:
        counts = counted(len(names), "environment"), counted(len(fleet.models), "model")
        echo.say(f"{front}: {', '.join(counts)}")
    return worst([error.exit_code for error in fleet.errors.values()])
