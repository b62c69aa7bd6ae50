"""`tfs-gitops init`: a fleet to start from."""

from typing import TYPE_CHECKING

import click

from generator.cli import option_types
from generator.cli.init import options
from generator.cli.project import Project

if TYPE_CHECKING:
    from generator.delivery.git.checkout import Checkout
    from generator.environment.environment import Environment


@click.command()
@click.argument("folder", type=click.Path(file_okay=False), metavar="[DIR]", required=False)
@options.init_options
@option_types.output_format()
@click.pass_obj
def init(
    project: Project,
    /,
    folder: str | None,
    *,
    given: options.InitOptions,
    form: str,
) -> None:
    """Scaffold a fleet in DIR: environments, and what delivers and guards them.

    DIR is the folder of -C by default, or the current one. Environments extend one base, and
    the last of them is delivered by pull requests where the repository is on a forge.

    Asks nothing and overwrites nothing: run it again for what is missing, or with --env for one
    more environment. That takes over the source, the delivery and the GitOps objects that the
    fleet has; what is left alone is told.

    \b
    Example:
      tfs-gitops init fleet
      tfs-gitops init --store s3://models --owner prod=@acme/ml-leads
      tfs-gitops init --env qa
    """
    from generator.cli import write_new
    from generator.cli.init import fleet_folder, slips
    from generator.cli.init.report import Report
    from generator.delivery.git.checkout import checkout
    from generator.render.fleet import drafts, files

    project = project.at(root := slips.folder(project, folder))
    chosen = given.choices(root)
    clone = checkout(root)
    known = project.documents.texts()
    found = fleet_folder.surroundings(project, clone, drafts.asked(chosen, known.names))
    new, order = drafts.drafts(chosen, found), drafts.order(chosen, found)
    slips.refuse_dashboard_of_none(chosen, new)
    slips.refuse_unknown_owners(chosen.owners, order)
    written = dict(files.policy_files(new, project.templates))
    environments = write_new.loaded(project, order, written)
    wanted = files.wanted(environments, chosen, found)
    own = [item for item in environments if clone and _is_clone_of(clone, item)]
    written |= files.fleet_files(environments, wanted, project.templates)
    written |= _scaffold(project, own)
    report = Report(root, chosen, found, new, environments, form)
    report.tell(fleet_folder.make_folders(project, chosen.store, environments, wanted.local))
    report.tell(fleet_folder.write(root, written, [*map(known.file, known.names + known.bases)]))
    report.end(wanted, is_clone=bool(own))


def _scaffold(project: Project, environments: "list[Environment]") -> "dict[str, bytes]":
    """Return what is delivered to this very folder, of each unit all or what stands for it."""
    from generator.render.fleet import files

    found: dict[str, bytes] = {}
    for unit, contents in files.scaffold(environments, project.templates).items():
        present = (project.folder / unit).exists()
        found |= {path: contents[path] for path in contents if not present or path == unit}
    return found


def _is_clone_of(clone: "Checkout", environment: "Environment") -> bool:
    from generator.render.fleet.targets import without_credentials

    delivered = environment.delivery.repository
    return without_credentials(clone.origin) == without_credentials(delivered)
