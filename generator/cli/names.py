"""Names of environments and models, completed from what lies on this machine."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from generator.cli.frame import frame_of
from generator.errors import GeneratorError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from generator.cli.project import Project

_GLOB = frozenset("*?[")


class EnvironmentName(click.ParamType[str]):
    """The name of an environment."""

    name = "env"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        """Return the environments of the project that begin with what was typed."""
        given = ctx.params.get(param.name or "")
        taken = given if isinstance(given, tuple) else ()
        return _beginning(incomplete, [it for it in _environments(ctx) if it not in taken])


class ModelName(click.ParamType[str]):
    """The name of a model."""

    name = "model"

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002  click's own signature
        incomplete: str,
    ) -> "list[CompletionItem]":
        """Return the known models of the environments that were typed, else of all."""
        given = ctx.params.get("env") or ctx.params.get("words") or ()
        chosen = (given,) if isinstance(given, str) else given
        project = frame_of(ctx).open()
        found = known_models(project, chosen) or known_models(project, _environments(ctx))
        return _beginning(incomplete, found)


class EnvironmentOrModelName(click.ParamType[str]):
    """The name of one more environment, or of the model after them."""

    name = "env"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        """Return those environments that were not typed yet, and the models."""
        found = ENVIRONMENT.shell_complete(ctx, param, incomplete)
        return [*found, *MODEL.shell_complete(ctx, param, incomplete)]


class EnvironmentOrFile(click.ParamType[str]):
    """The name of an environment, or the path of a file."""

    name = "env"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        """Return the environments that begin so, and have the shell add its files."""
        from click.shell_completion import CompletionItem

        # In bash the item for files begins the list anew, so it is the first.
        files = CompletionItem(incomplete, type="file")
        return [files, *ENVIRONMENT.shell_complete(ctx, param, incomplete)]


ENVIRONMENT = EnvironmentName()
ENVIRONMENT_OR_FILE = EnvironmentOrFile()
MODEL = ModelName()
ENVIRONMENT_OR_MODEL = EnvironmentOrModelName()


def known_models(project: "Project", environments: Sequence[str]) -> list[str]:
    """Return the models that this machine knows of *environments*; no network is asked.

    Those that a rule names, that the lock in the working tree or in a repository on this
    machine has, and that an earlier run has proven. What cannot be read names none.
    """
    found = set[str]()
    for name in environments:
        for source in (_of_rules, _of_working_tree, _of_local_branch, _of_cache):
            try:
                found.update(source(project, name))
            except (GeneratorError, OSError):
                continue
    return sorted(found)


def _environments(ctx: click.Context) -> Sequence[str]:
    from generator.environment import project_folder

    try:
        return project_folder.texts(frame_of(ctx).project_folder).names
    except OSError:
        return ()


def _beginning(incomplete: str, names: Sequence[str]) -> "list[CompletionItem]":
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _of_rules(project: "Project", name: str) -> Iterator[str]:
    from generator.catalog.version_directory import default_name

    for rule in project.environment(name).policy:
        if not _GLOB & set(rule.match):
            yield rule.name or default_name(rule.match)


def _of_working_tree(project: "Project", name: str) -> Iterator[str]:
    """Yield the models of the lock beside the policy, in a clone that is delivered to."""
    from generator.limits.json import LOCK_BYTES
    from generator.lock import branch, lock_file, paths
    from generator.text import bounded_file

    file = branch.path(project.environment(name), paths.lock_path(name))
    for folder in (project.folder.resolve(), *project.folder.resolve().parents):
        if (folder / file).is_file():
            yield from lock_file.load(
                bounded_file.read_text(folder / file, LOCK_BYTES), file
            ).by_name
        if (folder / ".git").exists():
            return


def _of_local_branch(project: "Project", name: str) -> Iterator[str]:
    from generator.delivery.address import is_local
    from generator.lock import branch

    environment = project.environment(name)
    if is_local(environment.delivery.repository):
        yield from branch.read_lock(environment, project.branch(environment)).by_name


def _of_cache(project: "Project", name: str) -> Iterator[str]:
    from generator.catalog.version_directory import default_name

    cache = project.cache(project.environment(name).source.address)
    for versions in cache.versions().values():
        yield from (default_name(version.base_path) for version in versions)
