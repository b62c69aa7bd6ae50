"""`tfs-gitops rollback`: ask for what an environment served before."""

from typing import TYPE_CHECKING

import click

from generator.cli import names, option_types
from generator.cli.edit_mode import EditMode, edit_mode
from generator.cli.project import Project
from generator.errors import InvalidInputError

if TYPE_CHECKING:
    from generator.catalog.catalog import Catalog
    from generator.lock.lock import ServedModel


@click.command()
@click.argument("env", type=names.ENVIRONMENT)
@click.argument("model", type=names.MODEL)
@edit_mode
@option_types.output_format()
@click.pass_obj
def rollback(project: Project, env: str, model: str, mode: EditMode, form: str) -> None:
    """Pin the versions and labels that MODEL had in ENV before its last change.

    Edits environments/ENV.yaml, commits it on the branch tfs-gitops/rollback-ENV-MODEL of
    the repository that holds the project, and shows the plan of the next sync: it goes back
    in the same safe steps. Says how many, and when the last of them is done.

    \b
    Example:
      tfs-gitops rollback prod resnet
      tfs-gitops rollback prod resnet --write
    """
    from msgspec.structs import replace

    from generator.cli.edit_output import EditOutput
    from generator.cli.policy_file import PolicyFile, branch_name
    from generator.lock import branch
    from generator.pipeline import pipeline
    from generator.plan.rollback import last_change, roll_back, shown
    from generator.plan.steps_ahead import steps_ahead

    environment = project.environment(env)
    file = PolicyFile(project, env, mode)
    output = EditOutput(
        project=project, form=form, environment=environment, model=model, file=file.file
    )
    delivered = project.branch(environment)
    now = branch.applied(environment, delivered)
    history, past = branch.history(environment, delivered), branch.log(environment, delivered)
    change = last_change(model, now, history, past)
    before = change.before
    edit = file.edit(roll_back(environment, before))
    run = (edit.project if edit else project).run(env, reprove_all=True)
    inputs, plan = pipeline.decide(run.inputs, run.facts)
    run = replace(run, inputs=inputs)
    ahead = steps_ahead(model, plan, inputs, run.branch, run.verified)
    _prove(before, inputs.catalog)
    then = shown(before)
    output.begin(file, edit, f"{model} {then}")
    output.foretell(run)
    output.steps(ahead, change.reverts)
    message = f"roll {model} back in {env}\n\n{env} served {then} before its last change.\n"
    output.end(file.publish(edit, branch_name("rollback", env, model), message) if edit else None)


def _prove(before: "ServedModel", catalog: "Catalog") -> None:
    """Refuse versions that are gone from the store, or are not what they were."""
    digests = {version.path: version.digest for version in catalog.versions}
    problems = []
    for version in before.versions:
        held = [
            f"{hold.code}: {'; '.join(hold.problems)}"
            for hold in catalog.held
            if (hold.base_path, hold.version) == (version.base_path, version.version)
        ]
        if version.path not in digests:
            why = ", ".join(held) or "no index proves it"
            problems.append(f"{before.name} {version.version} is gone from the store: {why}")
        elif digests[version.path] != version.digest:
            problems.append(
                f"{before.name} {version.version} was published again with other objects: "
                f"{digests[version.path]}, and it was {version.digest}"
            )
    if problems:
        hint = "publish the same objects again, or pin other versions; nothing was written"
        raise InvalidInputError(problems, hint=hint)
