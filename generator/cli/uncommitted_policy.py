"""Policy that only this checkout has: a sync of it is undone by the next one from elsewhere."""

import os
from functools import partial
from typing import TYPE_CHECKING

from generator.catalog.warned import Warned
from generator.cli import echo
from generator.cli.project import Project
from generator.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from generator.cli.results import Result
    from generator.delivery.git.upstream import Upstream
    from generator.environment.environment import Environment
    from generator.lock.ports import ReadableBranch
    from generator.pipeline.run import Uncommitted

CODE = "uncommitted-policy"


def is_ci(environ: "Mapping[str, str]") -> bool:
    """Whether a CI system runs this, as the variable CI says: it has what it has checked out."""
    return environ.get("CI", "").lower() not in {"", "0", "false"}


def comparison(project: Project) -> "Uncommitted | None":
    """Return what compares the policy of an environment with that of everybody.

    None in CI, and where no checkout has the project: a folder that nobody has committed yet, in
    a clone of whatever, is synced from nowhere else.
    """
    from generator.environment.project_root import FOLDER

    upstream = _upstream(project)
    if upstream is None or not upstream.has(project.folder / FOLDER):
        return None
    return partial(_warnings, project, upstream)


def tell_pull(project: Project, results: "Iterable[Result]") -> None:
    """Say `git pull` if commits of *results* went to the branch that is checked out here."""
    upstream = _upstream(project)
    if upstream is not None and any(_is_pulled(project, upstream, it) for it in results):
        echo.talk("next", "git pull")


def _upstream(project: Project) -> "Upstream | None":
    from generator.delivery.git.upstream import Upstream

    return None if is_ci(os.environ) else Upstream.of(project.folder)


def _warnings(
    project: Project, upstream: "Upstream", environment: "Environment", branch: "ReadableBranch"
) -> tuple[Warned, ...]:
    """Return a warning of each file of the policy that the upstream does not have like this."""
    delivery = environment.delivery
    is_fetched = delivery.branch == upstream.branch and upstream.is_at(
        delivery.repository, project.folder
    )
    found = (
        (shown, upstream.difference(file, partial(_read, branch) if is_fetched else None))
        for shown, file in _files(project, environment)
    )
    return tuple(
        Warned(
            CODE,
            Problem(
                f"{it.what}; {it.remedy}, or the next sync from elsewhere undoes this one",
                Place(shown),
            ),
        )
        for shown, it in found
        if it is not None
    )


def _files(project: Project, environment: "Environment") -> "Iterator[tuple[str, Path]]":
    """Yield what makes the environment what it is, each as people name it, and where it lies."""
    from generator.environment.project_root import FOLDER

    texts = project.documents.texts()
    for name in (environment.name, *environment.bases):
        yield texts.file(name), project.folder / FOLDER / f"{name}.yaml"
    for probe in sorted(environment.probe_files):
        yield probe, project.folder / probe
    templates = project.folder / "templates"
    for file in sorted(path for path in templates.rglob("*") if path.is_file()):
        yield file.relative_to(project.folder).as_posix(), file


def _read(branch: "ReadableBranch", path: str) -> bytes | None:
    return branch.read(path).get(path)


def _is_pulled(project: Project, upstream: "Upstream", result: "Result") -> bool:
    if result.outcome is None or result.outcome.commit is None or result.outcome.pull_request:
        return False
    delivery = project.environment(result.environment).delivery
    return upstream.is_at(delivery.repository, project.folder) and upstream.is_followed(
        delivery.branch
    )
