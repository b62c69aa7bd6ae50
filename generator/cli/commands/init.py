"""`tfs-gitops init`: a fleet to start from."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator import __version__
from generator.cli import option_types
from generator.cli.project import Project

if TYPE_CHECKING:
    from generator.delivery.git.checkout import Checkout
    from generator.environment.environment import Environment
    from generator.render.fleet_scaffold import Choices

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
# A user or a team of a forge, or an e-mail address.
_OWNER = re.compile(r"@[\w.-]+(/[\w.-]+)*|[^\s@]+@[^\s@]+")
_FIRST_COMMIT = "Scaffold base and components"


@click.command()
@click.argument(
    "folder", type=click.Path(file_okay=False, path_type=Path), metavar="[DIR]", required=False
)
@click.option(
    "--env",
    "names",
    multiple=True,
    metavar="NAME",
    help="An environment; repeat it, first to last.  [default: dev, staging, prod]",
)
@click.option(
    "--store",
    metavar="URL",
    default="",
    help="s3://BUCKET[/PREFIX], gs://… or file:///DIR.  [default: the folder DIR/store]",
)
@click.option("--endpoint", metavar="URL", default="", help="The URL of an S3-compatible store.")
@click.option("--region", default="", help="The region of the bucket.")
@click.option(
    "--repository",
    metavar="URL",
    default="",
    help="What a sync commits to.  [default: where DIR was cloned from, else DIR/fleet.git]",
)
@click.option(
    "--branch",
    metavar="NAME",
    default="",
    help="Its branch.  [default: that of the clone, else main]",
)
@click.option(
    "--path", default="tf-serving", show_default=True, help="The folder in it that is delivered to."
)
@click.option("--image", metavar="IMAGE", default="", help="The server's image, with its version.")
@click.option(
    "--namespace",
    default="tf-serving",
    show_default=True,
    help="The start of each environment's namespace.",
)
@click.option(
    "--gitops",
    type=click.Choice(["flux", "argocd", "both", "none"]),
    default="both",
    show_default=True,
    help="For whom to write objects.",
)
@click.option(
    "--owner",
    "owners",
    multiple=True,
    metavar="ENV=OWNER",
    help="Who approves changes of ENV, as prod=@acme/ml-leads; may be repeated.",
)
@click.option("--no-workflows", is_flag=True, help="Write no workflows for GitHub Actions.")
@click.pass_obj
def init(
    project: Project,
    /,
    folder: Path | None,
    *,
    names: tuple[str, ...],
    owners: tuple[str, ...],
    no_workflows: bool,
    **options: str,
) -> None:
    """Scaffold a fleet in DIR: environments, and what delivers and guards them.

    DIR is the folder of -C by default, or the current one. Asks nothing and overwrites
    nothing: run it again for what is missing. What is there stays as it is, and what is
    written fits it.

    \b
    Example:
      tfs-gitops init fleet
      tfs-gitops init --store s3://models --owner prod=@acme/ml-leads
    """
    from generator.cli import write_new
    from generator.delivery.git.checkout import checkout
    from generator.render import fleet_scaffold

    project.folder = folder or project.start
    clone = checkout(project.folder)
    choices = _choices(project, names, owners, options, clone)
    if not no_workflows:
        choices = replace(choices, workflows=__version__)
    templates = project.templates
    files = dict(fleet_scaffold.environment_files(choices, templates))
    environments = write_new.loaded(project, choices.names, files)
    files |= fleet_scaffold.fleet_files(environments, choices, templates)
    own = [item for item in environments if clone and _is_clone_of(clone, item)]
    for unit, contents in fleet_scaffold.scaffold(own, templates).items():
        present = (project.folder / unit).exists()
        files |= {path: contents[path] for path in contents if not present or path == unit}
    write_new.make_folder(project.folder)
    _make_folders(project, environments, list(fleet_scaffold.local_folders(environments, choices)))
    for path, data in sorted(files.items()):
        _tell(path, created=write_new.write_new(project.folder / path, data))
    _tell_next(project.folder, environments, choices, is_clone=bool(own))


def _choices(
    project: Project,
    names: tuple[str, ...],
    owners: tuple[str, ...],
    options: Mapping[str, str],
    clone: "Checkout | None",
) -> "Choices":
    """Return what was chosen, with the defaults that depend on the folder."""
    from generator.catalog.location import StoreAddress
    from generator.environment.delivery import Delivery
    from generator.render import fleet_scaffold

    present = project.texts().names
    known = set(present) <= set(fleet_scaffold.NAMES)
    names = tuple(dict.fromkeys(names)) or (fleet_scaffold.NAMES if known else present)
    for name in names:
        if not _NAME.fullmatch(name):
            problem = f"{name!r} is not a DNS label: lower-case letters, digits and hyphens"
            raise click.BadParameter(problem, param_hint="--env")
    local_store = (project.folder / fleet_scaffold.STORE).resolve().as_uri()
    store = options["store"] or local_store
    option_types.refuse_no_store(store)
    repository = options["repository"] or (clone.origin if clone else fleet_scaffold.REPOSITORY)
    both = frozenset({"flux", "argocd"})
    chosen = {"both": both, "none": frozenset[str]()}
    return fleet_scaffold.Choices(
        store=StoreAddress(store, options["endpoint"] or None, options["region"] or None),
        delivery=Delivery(
            repository=fleet_scaffold.without_credentials(repository),
            branch=options["branch"] or (clone.branch if clone else "main"),
            path=options["path"].strip("/"),
        ),
        local_store=local_store,
        names=names,
        image=options["image"] or fleet_scaffold.IMAGE,
        namespace=options["namespace"],
        gitops=chosen.get(options["gitops"], frozenset({options["gitops"]})),
        owners=_owners(owners, names),
    )


def _owners(given: Sequence[str], names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for text in given:
        name, _, owner = text.partition("=")
        if name not in names or not _OWNER.fullmatch(owner):
            problem = f"{text!r} is not ENV=@user, ENV=@org/team or ENV=e-mail; ENV is one of "
            raise click.BadParameter(problem + ", ".join(names), param_hint="--owner")
        found[name] = (*found.get(name, ()), owner)
    return found


def _is_clone_of(clone: "Checkout", environment: "Environment") -> bool:
    from generator.render.fleet_scaffold import without_credentials

    delivered = environment.delivery.repository
    return without_credentials(clone.origin) == without_credentials(delivered)


def _make_folders(
    project: Project, environments: "Sequence[Environment]", local: "Sequence[str]"
) -> None:
    """Make what stands in for a bucket and a forge, where it is not there."""
    from generator.cli import write_new
    from generator.delivery.git.checkout import create
    from generator.render import fleet_scaffold

    for name in local:
        if name == fleet_scaffold.STORE:
            created = write_new.make_folder(project.folder / name)
        else:
            own = [item for item in environments if item.delivery.repository == name]
            units = fleet_scaffold.scaffold(own, project.templates)
            files = {path: data for unit in units.values() for path, data in unit.items()}
            created = create(project.folder / name, own[0].delivery.branch, files, _FIRST_COMMIT)
        _tell(f"{name}/", created=created)


def _tell(path: str, *, created: bool) -> None:
    click.echo(f"{'created' if created else 'kept   '} {path}")


def _tell_next(
    root: Path, environments: "Sequence[Environment]", choices: "Choices", *, is_clone: bool
) -> None:
    from generator.render import fleet_scaffold

    run = "tfs-gitops" if root == Path() else f"tfs-gitops -C {shlex.quote(str(root))}"
    name = environments[0].name
    steps = [f"`{run} check`, then `{run} plan {name}`"]
    if is_clone:
        steps.insert(0, "commit and push what was created, before the first sync")
    unreadable = [
        item.name
        for item in environments
        if fleet_scaffold.cluster_url(item.delivery.repository) == fleet_scaffold.PLACEHOLDER
    ]
    if unreadable and choices.gitops:
        steps.append(
            f"clusters cannot read {environments[0].delivery.repository!r}: put a URL in place "
            f"of {fleet_scaffold.PLACEHOLDER}"
        )
    for step in steps:
        click.echo(f"next: {step}", err=True)
