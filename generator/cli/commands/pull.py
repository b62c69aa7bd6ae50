"""`tfs-gitops pull`: the agent's download, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli import echo, option_types, store_options
from generator.cli.output import print_json
from generator.errors import InvalidInputError, StoreError

if TYPE_CHECKING:
    from generator.agent.download.models import Fetched, Models
    from generator.lock.lock import Lock


@click.command()
@option_types.lock_folder()
@click.option(
    "--models",
    "root",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Where versions are put: DIR/BASE_PATH/VERSION.",
)
@store_options.store_access
@option_types.output_format()
def pull(
    *,
    desired: Path,
    root: Path,
    form: str,
    access: store_options.StoreAccess,
) -> int:
    """Download the versions that a lock names.

    Each object is verified while it streams, and a version appears in one piece once it is
    complete. A second run goes on where the first one ended. Nothing is removed. Prints the
    folder of each version that is there. Exits 4 if the store does not have what the lock
    names or cannot be read, and 3 if the folder cannot take it.

    \b
    Example:
      tfs-gitops pull --desired overlays/prod/generated --models /models
    """
    from generator.agent import Models
    from generator.catalog.store import open_store
    from generator.cli import mounted_lock
    from generator.cli.boundary import print_error

    lock = mounted_lock.read(desired)
    models = Models(root, open_store(access.address(_checked(desired, lock.source))))
    with _stopped_by_an_interrupt(models):
        fetched = models.fetch(lock)
    _print(lock, fetched, root, form)
    if not fetched.failed:
        return 0
    kind = StoreError if fetched.store_to_blame else InvalidInputError
    problems = [f"{name} {number}: {why}" for (name, number), why in fetched.failed.items()]
    error = kind(problems, hint="what is complete stays; mend this, then run it again")
    print_error(error)
    return error.exit_code


def _print(lock: "Lock", fetched: "Fetched", root: Path, form: str) -> None:
    """Print the folder of each version that is there; of JSON, also what failed."""
    from generator.agent.place import wanted

    present = [item for item in wanted(lock) if item.key in fetched.present]
    if form == "text":
        for item in present:
            echo.say(str(root / item.place.path))
        return
    print_json(
        {
            "environment": lock.environment,
            "bytes": fetched.bytes,
            "versions": [
                {
                    "model": item.model,
                    "version": item.place.number,
                    "path": str(root / item.place.path),
                }
                for item in present
            ],
            "failed": [
                {"model": name, "version": number, "reason": why}
                for (name, number), why in fetched.failed.items()
            ],
        }
    )


@contextmanager
def _stopped_by_an_interrupt(models: "Models") -> Iterator[None]:
    """End the download at SIGINT; what is complete is kept."""
    import signal

    def interrupted(*_: object) -> None:
        models.stop()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _checked(folder: Path, url: str) -> str:
    """Return *url*, of a lock that a person may have edited.

    Raises:
        InvalidInputError: It is no URL of a store.
    """
    from generator.catalog.location import FORMS, Location
    from generator.lock import paths

    try:
        Location.parse(url)
    except ValueError as error:
        raise InvalidInputError(
            f"{folder / paths.LOCK}: source is {url!r}, expected {FORMS}",
            hint="restore the file from the last commit of a sync",
        ) from error
    return url
