"""`tfs-gitops history`: the commits that changed what is served."""

from functools import partial
from typing import TYPE_CHECKING

import click

from generator.cli import echo, environments, option_types
from generator.cli.boundary import worst
from generator.cli.project import Project
from generator.errors import GeneratorError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from generator.delivery.ports import Branch
    from generator.environment.environment import Environment
    from generator.lock.history import Entry

    Entries = tuple[Entry, ...]


@click.command()
@environments.then_model(required=False)
@option_types.output_format()
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many commits of each ENV to show, the newest first.",
)
@click.pass_obj
def history(project: Project, words: tuple[str, ...], form: str, limit: int) -> int:
    """List the commits that changed what ENV serves, or one MODEL of it.

    Of each ENV; without ENV, of all of environments/. Each with its time, pull request and
    author, and from what to what it went. Reads the branch that ENV is delivered to, as far
    back as it lists.

    \b
    Example:
      tfs-gitops history prod
      tfs-gitops history prod resnet --format json --limit 5
      tfs-gitops history resnet
    """
    from generator.report.history import history_json

    env, model = environments.split(project, words)
    names = project.documents.names(env)
    sections = environments.Sections()
    found: dict[str, Entries | GeneratorError] = {}
    read = partial(_entries, project, model, limit, is_named=bool(env))
    for name, entries in environments.each(project, names, read):
        found[name] = entries
        if form != "json" and not isinstance(entries, GeneratorError):
            _show(name, entries, sections if len(names) > 1 else None)
    if model is not None and not env and not any(found.values()):
        raise _unknown(project, model, names)
    if form != "json":
        _show_empty(model, found)
    else:
        data = {
            name: one if isinstance(one, GeneratorError) else history_json(name, model, one)
            for name, one in found.items()
        }
        environments.print_json_of(env, data)
    return worst(environments.exit_codes(found))


def _entries(
    project: Project, model: str | None, limit: int, environment: "Environment", *, is_named: bool
) -> "Entries":
    """Return the newest commits.

    Raises:
        InvalidInputError: The environment was named, and never served the model.
    """
    from generator.lock import branch as lock_branch
    from generator.lock.history import newest
    from generator.plan.pin import unknown

    branch = project.branch(environment)
    entries = newest(lock_branch.log(environment, branch), limit, model)
    if is_named and model is not None and not entries:
        served = _served(environment, branch)
        raise unknown(f"{environment.name} has never served {model!r}", model, served)
    return entries


def _served(environment: "Environment", branch: "Branch") -> set[str]:
    """Return the name of every model that was ever served."""
    from generator.lock import branch as lock_branch

    past = lock_branch.log(environment, branch)
    return {name for revision in past for name in revision.after.by_name}


def _unknown(project: Project, word: str, names: "Iterable[str]") -> InvalidInputError:
    """Return the error that *word* is neither an environment nor a model."""
    from generator.text.phrases import did_you_mean

    loaded = [project.environment(name) for name in names]
    served = {model for one in loaded for model in _served(one, project.branch(one))}
    ask = did_you_mean(word, sorted({*names, *served}))
    return InvalidInputError(
        f"{word!r} is no environment, and none has ever served such a model{ask}",
        hint="`tfs-gitops history` lists the commits of all models",
    )


def _show(name: str, entries: "Entries", sections: environments.Sections | None) -> None:
    """Print entries, under the name of their environment where there are *sections*."""
    from generator.report.history import history_lines

    if entries and sections is not None:
        sections.begin()
        echo.say(f"{name}:")
    echo.print_lines(history_lines(entries))


def _show_empty(model: str | None, found: "Mapping[str, Entries | GeneratorError]") -> None:
    """Say on stderr which environments have no entries."""
    for name, entries in found.items():
        if not entries and model:
            echo.say(f"{name} has never served {model!r}", err=True)
        elif not entries:
            echo.say(f"nothing was ever committed for {name}", err=True)
