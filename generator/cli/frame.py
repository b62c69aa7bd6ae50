"""The options of the program, which stand before or after its command.

Given twice, the later one counts: `tfs-gitops -C a plan dev -C b` is about b.
"""

from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from pathlib import Path

    from generator.cli.project import Project

_META = "generator.frame"

PAUSES = "generator.pauses"
"""The key of a context under which who embeds `agent` has other pauses for it."""


class Frame(Struct, frozen=True):
    """The values of these options."""

    project: str | None = None
    """The folder of `-C`, which is there; None without one."""
    verbose: bool = False
    log_format: str = "text"

    @property
    def project_folder(self) -> "Path":
        """The folder that was named, else the nearest one that is a project."""
        from generator.environment.project_root import nearest

        return nearest(self._start) if self.project is None else self._start

    @property
    def _start(self) -> "Path":
        """The folder that was named, else the current one."""
        from pathlib import Path

        return Path(self.project or "")

    def open(self) -> "Project":
        """Return the project, and begin its log."""
        from generator.cli.project import Project

        return Project(
            self.project_folder,
            start=self._start,
            verbose=self.verbose,
            log_format=self.log_format,
        )


def frame_of(context: click.Context) -> Frame:
    """Return what was given so far, before or after the command."""
    frame: Frame = context.meta.get(_META, Frame())
    return frame


def options() -> list[click.Parameter]:
    """Return the options anew, for the program or for one command."""
    return [
        click.Option(
            ["-C", "project"],
            type=click.Path(exists=True, file_okay=False),
            help="The project folder, which holds environments/.  [default: the nearest, "
            "from here upwards]",
            expose_value=False,
            callback=_give,
        ),
        click.Option(
            ["-v", "--verbose"],
            is_flag=True,
            help="Log each step, and the cause of errors.",
            expose_value=False,
            callback=_give,
        ),
        click.Option(
            ["--log-format"],
            type=click.Choice(["text", "json"]),
            help="Errors and log on stderr: as text, or one JSON object a line.",
            is_eager=True,  # an error in the rest of the line is told in this form
            expose_value=False,
            callback=_give,
        ),
    ]


def _give(context: click.Context, option: click.Parameter, value: object) -> None:
    """Keep a value that was given; after the command, the project is opened anew."""
    if not value:
        return
    given: dict[str, Any] = {str(option.name): value}
    context.meta[_META] = replace(frame_of(context), **given)
    if context.obj is not None and not context.resilient_parsing:
        context.obj = frame_of(context).open()
