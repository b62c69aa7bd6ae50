"""`tfs-gitops catalog`: the versions that the store proves, and the holds."""

from functools import partial
from typing import TYPE_CHECKING

import click

from generator.cli import echo, environments, option_types
from generator.cli.boundary import STRICT, worst
from generator.cli.progress import terminal_progress
from generator.cli.project import Project
from generator.errors import GeneratorError

if TYPE_CHECKING:
    from generator.catalog.catalog import Catalog
    from generator.catalog.location import StoreAddress
    from generator.catalog.presence import Presence
    from generator.environment.environment import Environment
    from generator.plan.naming import Named


@click.command()
@environments.argument
@option_types.output_format()
@click.option("--strict", is_flag=True, help="Exit 7 if anything is held.")
@click.pass_obj
def catalog(project: Project, env: tuple[str, ...], form: str, *, strict: bool) -> int:
    """List the model versions proven complete, and what is held and why.

    Of each ENV; without ENV, of all of environments/. Reads every index of its store, proves
    every version anew, and looks whether its servers could load it; warm-up files are read by
    `plan` and `sync` alone.

    \b
    Example:
      tfs-gitops catalog dev
      tfs-gitops catalog dev --format json | jq '.held[].code'
    """
    from generator.report.as_json import catalog_json

    stores = _Stores()
    sections = environments.Sections()
    found: dict[str, Named | GeneratorError] = {}
    for name, one in environments.each(
        project, project.documents.names(env), partial(_named, stores)
    ):
        found[name] = one
        if not isinstance(one, GeneratorError):
            _show(name, one, form, sections)
    data = {
        name: one if isinstance(one, GeneratorError) else catalog_json(name, one)
        for name, one in found.items()
    }
    if form == "json":
        environments.print_json_of(env, data)
    held = [one for one in found.values() if not isinstance(one, GeneratorError) and one.held]
    return worst([*environments.exit_codes(found), *([STRICT] if strict and held else [])])


class _Stores:
    """The stores of one run: environments that share one share what it proves, or its error."""

    def __init__(self) -> None:
        self._proven: dict[StoreAddress, tuple[Presence, Catalog] | GeneratorError] = {}

    def proven(self, address: "StoreAddress") -> "tuple[Presence, Catalog]":
        """Return what the store at *address* proves, and the objects of it that were looked at.

        Raises:
            StoreError: It cannot be read.
        """
        if address not in self._proven:
            try:
                self._proven[address] = _prove(address)
            except GeneratorError as error:
                self._proven[address] = error
        found = self._proven[address]
        if isinstance(found, GeneratorError):
            raise found
        return found


def _prove(address: "StoreAddress") -> "tuple[Presence, Catalog]":
    from generator.catalog import full_catalog
    from generator.catalog.presence import Presence
    from generator.catalog.store import open_store

    with terminal_progress() as progress:
        presence = Presence(open_store(address))
        return presence, full_catalog.prove_all(presence, progress)


def _named(stores: _Stores, environment: "Environment") -> "Named":
    """Return what the store of an environment proves and its servers could load, as it names it."""
    from msgspec.structs import replace

    from generator.environment.reading import reading_of
    from generator.plan import admission, naming

    presence, proven = stores.proven(environment.source.address)
    reading = replace(reading_of(environment.serving), warmup=False)
    found = admission.without_unservable(proven, reading, presence)
    return naming.name_all(environment.policy, found)


def _show(name: str, found: "Named", form: str, sections: environments.Sections) -> None:
    """Print a catalog; JSON is printed of all environments at once, without its warnings."""
    from generator.report.terminal import catalog_lines

    if form != "json":
        sections.begin()
        echo.print_lines(catalog_lines(name, found))
        return
    for warning in found.warnings:
        echo.talk("warning", f"{warning.code}: {warning.message}")
