"""`tfs-gitops label`: let labels of a model name other versions."""

from collections.abc import Mapping

import click

from generator.cli import names, option_types
from generator.cli.edit_mode import EditMode, edit_mode
from generator.cli.project import Project
from generator.text.pattern import pattern

_MOVE = pattern(r"(?P<label>[^\s=]+?)(?:=(?P<version>[0-9]{1,19}|latest|previous)|(?P<gone>-))")
_Target = int | str | None


class Move(click.ParamType[tuple[str, _Target]]):
    """NAME=VERSION, or NAME- to take a label away."""

    name = "label"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, _Target]:
        """Return the label and what it is to name; None takes it away."""
        if isinstance(value, tuple):
            return value
        found = _MOVE.fullmatch(str(value))
        if not found:
            expected = "expected NAME=VERSION, NAME=latest, NAME=previous, or NAME- to take it away"
            self.fail(f"{value!r}: {expected}", param, ctx)
        version = found["version"]
        is_number = version is not None and version.isdecimal()
        return found["label"], int(version) if is_number else version


@click.command()
@click.argument("env", type=names.ENVIRONMENT)
@click.argument("model", type=names.MODEL)
@click.argument("moves", type=Move(), nargs=-1, required=True, metavar="NAME=VERSION...")
@edit_mode
@option_types.output_format()
@click.pass_obj
def label(
    project: Project,
    env: str,
    model: str,
    moves: tuple[tuple[str, _Target], ...],
    mode: EditMode,
    form: str,
) -> None:
    """Let labels of MODEL name other versions in ENV.

    VERSION is a number, `latest` or `previous`; `NAME-` takes the label NAME away. Edits
    environments/ENV.yaml, and commits it on the branch tfs-gitops/label-ENV-MODEL of the
    repository that holds the project. A sync moves a label when its version is loaded.

    \b
    Example:
      tfs-gitops label prod resnet stable=101
      tfs-gitops label prod resnet stable=101 --dry-run
      tfs-gitops label prod resnet canary=102 old- --write
    """
    from generator.cli.edit_output import EditOutput
    from generator.cli.policy_file import PolicyFile, branch_name
    from generator.lock import branch as lock_branch
    from generator.plan.label import move_labels

    changes: Mapping[str, _Target] = dict(moves)
    environment = project.environment(env)
    file = PolicyFile(project, env, mode)
    lock = lock_branch.read_lock(environment, project.branch(environment))
    found = move_labels(environment, lock, model, changes)
    output = EditOutput(
        project=project, form=form, environment=environment, model=model, file=file.file
    )
    edit = file.edit(found.asked)
    for note in found.notes:
        output.note(note)
    asked = _told(changes)
    message = f"label {model} in {env}: {asked}\n"
    branch = branch_name("label", env, model)
    output.publish(file, edit, f"{asked} of {model}", branch, message)


def _told(changes: Mapping[str, _Target]) -> str:
    return ", ".join(
        f"no {label}" if target is None else f"{label}={target}"
        for label, target in changes.items()
    )
