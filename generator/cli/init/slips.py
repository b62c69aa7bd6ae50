"""Slips of who runs `init`: each is refused, with what was meant."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.project import Project
from generator.text.pattern import pattern
from generator.text.phrases import command

if TYPE_CHECKING:
    from generator.render.fleet.choices import Choices
    from generator.render.fleet.drafts import Draft

_NAME = pattern(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_URL = pattern(r"[A-Za-z][A-Za-z0-9+.-]*:/+.*|[^/@\s]+@[^/:\s]+:.+")
# OWNER/NAME of a forge: a path, and nothing is there.
_SHORT = pattern(r"[\w.-]+/[\w.-]+")


def folder(project: Project, given: str | None) -> Path:
    """Return the folder of the fleet: the one that was *given*, else where one stands.

    Raises:
        click.UsageError: It is a slip: a URL, or the name of an environment.
    """
    from generator.render.fleet.choices import NAMES

    if given is None:
        if project.folder.resolve() != project.start.resolve():
            there = command("tfs-gitops", "init", str(project.folder))
            where = f"{there} for it, `tfs-gitops init .` for a new one"
            raise click.UsageError(f"a fleet is around this folder, in {project.folder}: {where}")
        return project.start
    if _URL.fullmatch(given):
        is_store = given.startswith(("s3:", "gs:", "file:"))
        ask = f"--store {given}?" if is_store else "clone it, and name the clone"
        problem = f"{given!r} is a URL, expected a folder: {ask}"
        raise click.BadParameter(problem, param_hint="DIR")
    if not Path(given).exists() and given in (*NAMES, *project.documents.texts().names):
        ways = f"--env {given} for an environment, ./{given} for a folder"
        raise click.BadParameter(f"{given!r} is no folder: {ways}", param_hint="DIR")
    return Path(given)


def refuse_no_names(names: Sequence[str]) -> None:
    """Refuse *names* that no environment can have.

    Raises:
        click.BadParameter: One is no DNS label.
    """
    for name in names:
        if not _NAME.fullmatch(name):
            problem = f"{name!r} is not a DNS label: lower-case letters, digits and hyphens"
            again = "; repeat --env for each" if re.search(r"[,\s]", name) else ""
            raise click.BadParameter(problem + again, param_hint="--env")


def refuse_what_needs_workflows(install: str | None, *, pages: bool) -> None:
    """Refuse what only workflows use, where there are to be none.

    Raises:
        click.BadParameter: There is some.
    """
    if install:
        problem = "workflows install it, and --no-workflows leaves them out"
        raise click.BadParameter(problem, param_hint="--install")
    if pages:
        problem = "a workflow publishes them, and --no-workflows leaves it out"
        raise click.BadParameter(problem, param_hint="--pages")


def refuse_no_repository(text: str, root: Path) -> None:
    """Refuse a *text* that is no repository, as seen from the project folder *root*.

    Raises:
        click.BadParameter: It is a store, or a name on a forge.
    """
    problem = None
    if text.startswith(("s3:", "gs:")):
        problem = f"{text!r} is a store, for --store: expected the URL or the path of a repository"
    elif _SHORT.fullmatch(text) and not (root / text).exists():
        problem = f"{text!r} is no repository here: on a forge it is https://HOST/{text}.git"
    if problem:
        raise click.BadParameter(problem, param_hint="--repository")


def refuse_unknown_owners(owners: Mapping[str, object], names: Sequence[str]) -> None:
    """Refuse an owner of an environment that is none of *names*.

    Raises:
        click.BadParameter: There is one.
    """
    for name in owners:
        if name not in names:
            problem = f"{name!r} is no environment here: ENV is one of {', '.join(names)}"
            raise click.BadParameter(problem, param_hint="--owner")


def refuse_dashboard_of_none(choices: "Choices", new: "Sequence[Draft]") -> None:
    """Refuse a dashboard where no environment is *new*: those that are there stay as they are.

    Raises:
        click.BadParameter: There is none.
    """
    if choices.dashboard and not new:
        by_hand = "write `delivery: {dashboard: true}` into one that is there, or into their base"
        problem = f"no environment is new: {by_hand}, and `issues: write` into its workflow"
        raise click.BadParameter(problem, param_hint="--dashboard")
