"""`tfs-gitops index`: declare the versions of an export, as the last step of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct, to_builtins

from generator.cli import echo, option_types, store_options
from generator.cli.option_group import grouped
from generator.cli.output import print_json
from generator.cli.progress import terminal_progress

if TYPE_CHECKING:
    from generator.catalog.export.export import Published


class _Transfer(Struct, frozen=True):
    """The treatment of the objects of a version: copied, repaired, or only read."""

    upload: bool
    repair: bool


_transfer = grouped(
    "transfer",
    _Transfer,
    click.option("--upload", is_flag=True, help="Copy the version directories to the store first."),
    click.option(
        "--repair",
        is_flag=True,
        help="With --upload: put an object back that is not what its index declares, if MODEL_DIR "
        "has what it declares.",
    ),
)


@click.command()
@click.argument(
    "model_dir", type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path)
)
@click.option(
    "--store",
    "url",
    metavar="URL",
    required=True,
    help="Where the models are: s3://BUCKET[/PREFIX], gs://… or file:///DIR.",
)
@store_options.store_access
@click.option(
    "--base-path",
    metavar="PATH",
    help="The model's folder in the store, which names the model.  [default: the name of the "
    "model's folder here]",
)
@click.option(
    "--version",
    "numbers",
    multiple=True,
    metavar="N",
    help="Declare this version only; again for each.  [default: all, but exports in progress]",
)
@_transfer
@option_types.output_format()
def index(
    model_dir: Path,
    *,
    form: str,
    url: str,
    access: store_options.StoreAccess,
    base_path: str | None,
    numbers: tuple[str, ...],
    transfer: _Transfer,
) -> None:
    """Declare the versions in MODEL_DIR complete: write their index file to the store.

    MODEL_DIR holds version directories such as 1/ and 2/, or is one of them. Without
    --upload they must be in the store already. A version that no server could load is left
    out; the exit code is 3 then. Prints the key of the index.

    \b
    Example:
      tfs-gitops index export/resnet --store s3://models --upload
      tfs-gitops index export/resnet/7 --store s3://models --upload
    """
    from generator.catalog.export import model_folder
    from generator.catalog.export.export import publish
    from generator.catalog.store import open_store
    from generator.catalog.version_directory import is_version_directory
    from generator.errors import InvalidInputError

    store_options.refuse_no_store(url)
    if wrong := [number for number in numbers if not is_version_directory(number)]:
        raise click.BadParameter(f"{wrong[0]!r} is not a number", param_hint="--version")
    if transfer.repair and not transfer.upload:
        raise click.BadParameter("it needs --upload", param_hint="--repair")
    export = model_folder.read(model_dir, numbers)
    for note in export.notes:
        echo.say(note, err=True)
    store = open_store(access.address(url))
    path = (base_path or export.folder.name).strip("/")
    with terminal_progress() as progress:
        published = publish(export, path, store, progress, **to_builtins(transfer))
    for note in published.notes:
        echo.say(note, err=True)
    notes = [*export.notes, *published.notes]
    _print(published, path, notes, form)
    if published.refused:
        hint = "the other versions are declared; mend these, and run it again"
        raise InvalidInputError(published.refused, hint=hint)


def _print(published: "Published", base_path: str, notes: Sequence[str], form: str) -> None:
    if form == "text":
        echo.say(published.index)
        return
    print_json(
        {
            "index": published.index,
            "basePath": base_path,
            "versions": list(published.versions),
            "notes": list(notes),
            "refused": list(published.refused),
        }
    )
