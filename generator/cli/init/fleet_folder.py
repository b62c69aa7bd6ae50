"""The folder of a fleet: what `init` finds there, and what it writes."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from generator.cli import write_new
from generator.cli.project import Project
from generator.errors import InvalidInputError, Place, Problem

if TYPE_CHECKING:
    from generator.delivery.git.checkout import Checkout
    from generator.environment.environment import Environment
    from generator.environment.texts import Texts
    from generator.render.fleet.choices import Surroundings

# It stands in for an environment that is asked for, where another one takes versions from it.
_TO_BE_WRITTEN = """\
apiVersion: tfs-gitops/v1
kind: Environment
metadata: {{name: "{}"}}
spec: {{policy: [{{match: "*"}}]}}
"""
_FIRST_COMMIT = "Scaffold base and components"


class Written(Struct, frozen=True):
    """The fate of one file or folder."""

    path: str
    """From the project folder; a folder ends with a slash."""
    created: bool
    """False for what was there, and stays as it is."""


def surroundings(
    project: Project, clone: "Checkout | None", asked: Sequence[str]
) -> "Surroundings":
    """Return what is there before anything is written.

    An environment may name one of those that are *asked* for, and not there yet.

    Raises:
        InvalidInputError: A document of environments/ is invalid, or is there by a wrong name.
    """
    from generator.cli.init import requirement
    from generator.delivery.forge.address import pull_request_keys
    from generator.environment import load
    from generator.environment.order import in_order
    from generator.render.fleet import choices, files, targets

    root, texts = project.folder, project.documents.texts()
    documents = [*texts.names, *({choices.BASE} & {*texts.bases})]
    new = [name for name in (*asked, choices.BASE) if name not in documents]
    _refuse_misnamed(texts, new)
    completed = texts.edited({name: _TO_BE_WRITTEN.format(name) for name in asked if name in new})
    environments = in_order(load.load(completed, name) for name in texts.names)
    found = choices.Surroundings(
        local_store=(root / choices.STORE).resolve().as_uri(),
        environments=environments,
        blocks={name: load.blocks(completed, name) for name in documents},
        gitops=frozenset(_gitops(root, environments)),
        has_workflows=(root / files.SYNC_WORKFLOW).exists(),
        requirement=requirement.of_this_program(),
        reviews=pull_request_keys,
    )
    if clone is None:
        return found
    return replace(found, repository=targets.without_credentials(clone.origin), branch=clone.branch)


def make_folders(
    project: Project,
    store: str | None,
    environments: "Sequence[Environment]",
    local: Sequence[str],
) -> Iterator[Written]:
    """Make the project's folder, that of a *store* that was chosen, and what stands in for one.

    Raises:
        PublishError: One cannot be made.
    """
    write_new.make_folder(project.folder)
    if store is not None:
        yield from _make_store(store)
    yield from _make_stand_ins(project, environments, local)


def _make_stand_ins(
    project: Project, environments: "Sequence[Environment]", local: Sequence[str]
) -> Iterator[Written]:
    """Make what stands in for a bucket and a forge, where it is not there.

    Raises:
        PublishError: It cannot be made.
    """
    from generator.delivery.git.checkout import create
    from generator.render.fleet import choices, files

    for name in local:
        if name == choices.STORE:
            created = write_new.make_folder(project.folder / name)
        else:
            own = [item for item in environments if item.delivery.repository == name]
            units = files.scaffold(own, project.templates)
            contents = {path: data for unit in units.values() for path, data in unit.items()}
            branch = own[0].delivery.branch
            created = create(project.folder / name, branch, contents, _FIRST_COMMIT)
        yield Written(f"{name}/", created)


def _make_store(url: str) -> Iterator[Written]:
    """Make the folder of a store that a person chose, if it is one and is not there.

    Raises:
        PublishError: It cannot be made.
    """
    from generator.catalog.location import Location

    location = Location.parse(url)
    folder = Path(f"/{location.prefix}")
    if location.scheme == "file" and write_new.make_folder(folder):
        yield Written(f"{folder}/", created=True)


def write(root: Path, files: Mapping[str, bytes], kept: Sequence[str]) -> Iterator[Written]:
    """Write *files*, by their paths from *root*, where there is nothing; leave out those *kept*.

    Raises:
        PublishError: One cannot be written.
    """
    for path in sorted({*files, *kept}):
        created = path not in kept and write_new.write_new(root / path, files[path])
        yield Written(path, created)


def _refuse_misnamed(texts: "Texts", names: Sequence[str]) -> None:
    """Refuse a file that was meant as one of the documents *names*: two of them would differ."""
    for name in names:
        if file := texts.misnamed.get(name):
            problem = Problem(f"not read: rename it to {texts.file(name)}", Place(texts.path(file)))
            raise InvalidInputError(problem, hint="then run `tfs-gitops init` again")


def _gitops(root: Path, environments: "Sequence[Environment]") -> Iterator[str]:
    from generator.render.fleet import files

    if any(os.path.lexists(root / files.flux_file(one.name)) for one in environments):
        yield "flux"
    if os.path.lexists(root / files.ARGO_CD):
        yield "argocd"
