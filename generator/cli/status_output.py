"""The output of `tfs-gitops status`: once, or again and again."""

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import click

from generator.cli import environments
from generator.cli.fleet_status import FleetStatus

_CLEAR = "\x1b[H\x1b[2J\x1b[3J"
"""Takes all off a terminal, and begins at its top."""


@dataclass(frozen=True, slots=True)
class StatusOutput:
    """How a status is printed."""

    env: tuple[str, ...]
    """The environments that were named."""
    form: str
    """`text` or `json`."""
    quiet: bool

    def print(self, found: FleetStatus) -> None:
        """Print a status on stdout, and the errors of environments on stderr."""
        if self.form == "json":
            environments.print_json_of(self.env, found.json())
        elif text := found.text(_width(), quiet=self.quiet):
            click.echo(text)
        for name, error in found.errors.items():
            environments.print_error_of(name, error)

    def print_again(self, look: Callable[[], FleetStatus], interval: float) -> int:
        """Print a status every *interval* seconds until Ctrl-C; return the last one's exit code.

        A terminal shows the newest one alone. A pipe gets each that differs from the one before,
        as text after a blank line, or as one line of JSON.
        """
        last, code = None, 0
        try:
            while True:
                found = look()
                code = found.exit_code
                data = environments.json_of(self.env, found.json())
                if self.form == "text" and _is_screen():
                    click.echo(f"{_CLEAR}every {interval:g}s, last at {found.at:%H:%M:%S} UTC\n")
                    self.print(found)
                elif data != last:
                    self._print_next(found, data, is_first=last is None)
                last = data
                time.sleep(interval)
        except KeyboardInterrupt:
            return code

    def _print_next(self, found: FleetStatus, data: object, *, is_first: bool) -> None:
        if self.form == "json":
            click.echo(json.dumps(data, ensure_ascii=False))
            return
        if not is_first:
            click.echo()
        self.print(found)


def _is_screen() -> bool:
    """Whether what is printed can be taken back."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _width() -> int | None:
    """Return the columns of the terminal; None in a pipe, where no line is too long."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
