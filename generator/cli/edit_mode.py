"""The options of the commands that edit a policy: where the edit goes, or that it only is shown."""

import click
from msgspec import Struct

from generator.cli.option_group import grouped


class EditMode(Struct, frozen=True):
    """The place that an edit goes to."""

    write: bool
    """To the file in the working tree, and not to a branch."""
    dry_run: bool
    """Nowhere."""


edit_mode = grouped(
    "mode",
    EditMode,
    click.option(
        "--write",
        is_flag=True,
        help="Edit the file here.  [default: commit the edit on a new branch]",
    ),
    click.option(
        "--dry-run",
        is_flag=True,
        help="Write nothing: show the edit, and the plan of the next sync with it.",
    ),
)
