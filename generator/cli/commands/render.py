"""`tfs-gitops render`: into a folder, no Git."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from generator.cli import names, option_types
from generator.cli.output import print_json, print_plan
from generator.cli.project import Project
from generator.errors import InvalidInputError

if TYPE_CHECKING:
    from generator.delivery.ports import WritableBranch
    from generator.pipeline.run import Options, Run
    from generator.plan.plan import Plan
    from generator.render.templates import Templates


@click.command()
@click.argument("env", type=names.ENVIRONMENT)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder to write: the delivery root, or the Compose project.",
)
@click.option(
    "--target",
    type=click.Choice(["kustomize", "compose"]),
    default="kustomize",
    help="What to write: base/, components/ and overlays/ for a cluster, or a Docker Compose "
    "project for one machine.  [default: kustomize]",
)
@option_types.output_format()
@click.pass_obj
def render(
    project: Project,
    env: str,
    output: Path,
    *,
    target: Literal["kustomize", "compose"],
    form: str,
) -> None:
    """Render ENV into a folder, as a sync would into the repository.

    What is there already counts as applied: base/ is not overwritten, and the lock in the
    folder is what is served now. A Compose project is compose.yaml and generated/; each
    run goes one safe step further, as a sync does. Prints the plan, as `plan` does.

    \b
    Example:
      tfs-gitops render dev --output build
      kubectl kustomize build/overlays/dev
      tfs-gitops render dev --output machine --target compose
      docker compose --project-directory machine up --detach
    """
    from functools import partial

    from msgspec.structs import replace

    from generator.delivery.publish import CommitPublisher
    from generator.pipeline import pipeline
    from generator.render import compose
    from generator.report.as_json import plan_json

    branch = _branch(env, output, target)
    environment = project.environment(env)
    at_root = replace(environment.delivery, path="", mode="commit")
    environment = replace(environment, delivery=at_root)
    if target == "compose":
        environment = compose.on_one_machine(environment)
    again = partial(project.run, environment, lambda _: branch)
    templates, options = project.templates, project.options()
    if target == "compose":
        plan = _compose(again(), templates, options)
    else:
        publisher = CommitPublisher(templates)
        plan = pipeline.sync(again(), again, publisher, templates, options).allowed().plan
    if form == "json":
        print_json(plan_json(plan))
    else:
        print_plan(project, plan)


def _branch(env: str, output: Path, target: str) -> "WritableBranch":
    from generator.delivery.compose_folder import ComposeFolder
    from generator.delivery.folder import FolderBranch
    from generator.lock import paths
    from generator.render import compose

    if target == "kustomize":
        return FolderBranch(output)
    branch = ComposeFolder(output, there=paths.generated_folder(env), here=compose.MODELS)
    _refuse_what_is_not_ours(branch, env, output)
    return branch


def _compose(run: "Run", templates: "Templates", options: "Options") -> "Plan":
    """Plan as a sync does, and write the files of the project that differ."""
    from msgspec.structs import replace

    from generator.delivery.commitment import Commitment
    from generator.pipeline import pipeline
    from generator.plan import capacity
    from generator.render import agent_image, compose

    branch = run.branch
    proposed = pipeline.propose(run, templates, options).allowed()
    if not proposed.files:
        return proposed.plan
    # No ConfigMap and no pod carries the state here, no volume has a limit, and who runs it builds
    # the image.
    left_out = {*capacity.WARNINGS, agent_image.CODE}
    warned = tuple(it for it in proposed.plan.warnings if it.code not in left_out)
    state = replace(proposed.plan, config_maps=(), rollout=None, warnings=warned)
    files = compose.files(run.environment, state.lock, templates)
    present = {**branch.read(compose.GENERATED), **branch.read(compose.PROJECT)}
    plan = state.against(files, present, compose.effects(files, present))
    written = {path: files[path] for path in plan.paths if path in files}
    removed = [path for path in plan.paths if path not in files]
    branch.commit(Commitment(written, removed, ""))
    return plan


def _refuse_what_is_not_ours(branch: "WritableBranch", env: str, output: Path) -> None:
    """Raise for a project that a person wrote, or that is of another environment."""
    from generator.lock import lock_file, paths
    from generator.render import compose

    path = f"{compose.MODELS}/{paths.LOCK}"
    lock = branch.read(path).get(path)
    hint = "name another folder with --output"
    if lock is None:
        for present in (compose.PROJECT, compose.GENERATED):
            if branch.has(present):
                problem = f"{output / present}: is there, and {output / path}, its lock, is not"
                raise InvalidInputError(problem, hint=hint)
        return
    held = lock_file.load(lock.decode(errors="replace"), str(output / path)).environment
    if held != env:
        problem = f"{output / path}: the project is of the environment {held!r}, not {env!r}"
        raise InvalidInputError(problem, hint=hint)
