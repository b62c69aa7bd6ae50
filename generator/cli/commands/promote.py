"""`tfs-gitops promote`: let another environment serve a version too."""

from typing import TYPE_CHECKING

import click
from msgspec import Struct

from generator.cli import names, option_types
from generator.cli.edit_mode import EditMode, edit_mode
from generator.cli.option_group import grouped
from generator.cli.project import Project
from generator.errors import GeneratorError

if TYPE_CHECKING:
    from generator.catalog.catalog import Catalog
    from generator.environment.environment import Environment
    from generator.lock.lock import Lock

_DIGITS = 19
"""The largest version number has so many."""


class ModelVersion(click.ParamType[tuple[str, int | None]]):
    """MODEL or MODEL@VERSION."""

    name = "model"
    shell_complete = names.MODEL.shell_complete

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int | None]:
        """Return the name, and the version if there is one."""
        model, at, version = str(value).partition("@")
        is_number = version.isascii() and version.isdecimal() and len(version) <= _DIGITS
        if not model or (at and not is_number):
            expected = "expected MODEL or MODEL@VERSION, and a version is a number from 0"
            self.fail(f"{value!r}: {expected}", param, ctx)
        return model, int(version) if at else None


class _Route(Struct, frozen=True):
    """From which environment a version goes into which."""

    origin: str | None
    """None leaves it to the rules of *target*."""
    target: str

    def environments(self, project: Project, model: str) -> "tuple[Environment, Environment]":
        """Return both."""
        if self.origin == self.target:
            raise click.UsageError(f"--from and --to are both {self.origin!r}")
        there = project.environment(self.target)
        return project.environment(self.origin or _origin(project, model, there)), there


_route = grouped(
    "route",
    _Route,
    click.option(
        "--from",
        "origin",
        type=names.ENVIRONMENT,
        metavar="ENV",
        help="Where it is served now.  [default: the `from` of the rule of --to]",
    ),
    click.option(
        "--to",
        "target",
        type=names.ENVIRONMENT,
        required=True,
        metavar="ENV",
        help="Where it is to be served.",
    ),
)


@click.command()
@click.argument("model", type=ModelVersion(), metavar="MODEL[@VERSION]")
@_route
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME",
    help="Let this label name it; again for each.",
)
@edit_mode
@click.option(
    "--replace",
    "replaces",
    is_flag=True,
    help="Pin the version in place of those that are pinned there, not beside them.",
)
@option_types.output_format()
@click.pass_obj
def promote(
    project: Project,
    model: tuple[str, int | None],
    *,
    route: _Route,
    labels: tuple[str, ...],
    mode: EditMode,
    replaces: bool,
    form: str,
) -> None:
    """Pin a version that one environment serves in the policy of another one.

    Without VERSION, the newest that is served. Asks the store of --to, and says so where the
    version is not there: the pin then waits for it. Edits environments/ENV.yaml, and commits it
    on the branch tfs-gitops/promote-ENV-MODEL of the repository that holds the project.

    \b
    Example:
      tfs-gitops promote resnet --to prod
      tfs-gitops promote resnet --from staging --to prod --label canary
      tfs-gitops promote resnet --to prod --dry-run
      tfs-gitops promote resnet@101 --from staging --to prod --replace --write
    """
    from generator.cli.edit_output import EditOutput
    from generator.cli.policy_file import PolicyFile, branch_name
    from generator.plan.pin import listed
    from generator.plan.promote import absence
    from generator.plan.promote import promote as promoted

    name, version = model
    here, there = route.environments(project, name)
    target = there.name
    file = PolicyFile(project, target, mode)
    output = EditOutput(project=project, form=form, environment=there, model=name, file=file.file)
    locks = (_with_lock(project, here), _with_lock(project, there))
    found = promoted(name, version, *locks, replaces=replaces, labels=labels)
    edit = file.edit(found.asked)
    absent = absence(found, here, there, _proven(edit.project if edit else project, target))
    for note in (*found.notes, *([absent] if absent else [])):
        output.note(note)
    pins = listed(found.pinned)
    message = (
        f"promote {name} {found.version} to {target}\n\n"
        f"{here.name} serves it. {target} is to serve {pins}.\n"
    )
    branch = branch_name("promote", target, name)
    output.publish(file, edit, f"{name} {pins}", branch, message)


def _origin(project: Project, name: str, there: "Environment") -> str:
    """Return the environment that the rules of *there* take a model from."""
    from generator.plan.promote import origin_of, sources

    locks = {
        source: _with_lock(project, project.environment(source))[1] for source in sources(there)
    }
    others = [it for it in project.documents.texts().names if it != there.name]
    return origin_of(name, there, locks, others)


def _proven(project: Project, name: str) -> "Catalog | GeneratorError":
    """Return what the store of an environment proves, or why it cannot be asked.

    A pin needs no store.
    """
    from generator.pipeline import pipeline

    try:
        run = project.run(name)
        inputs, _ = pipeline.decide(run.inputs, run.facts)
    except GeneratorError as error:
        return error
    return inputs.catalog


def _with_lock(project: Project, environment: "Environment") -> "tuple[Environment, Lock]":
    from generator.lock import branch

    return environment, branch.read_lock(environment, project.branch(environment))
