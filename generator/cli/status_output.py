"""The output of `tfs-gitops status`: once, or again and again."""

import shutil
import sys
from collections.abc import Callable

from msgspec import Struct

from generator.cli import echo, environments, streams
from generator.cli.fleet_status import FleetStatus
from generator.cli.output import print_json


class StatusOutput(Struct, frozen=True):
    """The form in which a status is printed."""

    env: tuple[str, ...]
    """The environments that were named."""
    form: str
    """`text` or `json`."""
    quiet: bool

    def print(self, found: FleetStatus, *, indent: int | None = 2) -> None:
        """Print a status on stdout, and the errors of environments on stderr.

        JSON without an *indent* is one line.
        """
        if self.form == "text":
            echo.print_lines(found.lines(_width(), quiet=self.quiet))
        elif (data := environments.json_of(self.env, found.json())) is not None:
            print_json(data, indent=indent)
        for name, error in found.errors.items():
            environments.print_error_of(name, error)

    def print_again(self, look: Callable[[], FleetStatus], interval: float) -> int:
        """Print a status every *interval* seconds until Ctrl-C; return the last one's exit code.

        A terminal shows the newest one alone. A pipe gets each that differs from the one before,
        as text after a blank line, or as one line of JSON.
        """
        found: FleetStatus | None = None
        try:
            while True:
                before, found = found, look()
                if self.form == "text" and streams.can_take_back(sys.stdout):
                    echo.clear()
                    echo.say(f"every {interval:g}s, last at {found.at:%H:%M:%S} UTC")
                    echo.say()
                    self.print(found)
                elif before is None or before.news != found.news:
                    if before is not None and self.form == "text":
                        echo.say()
                    self.print(found, indent=None)
                streams.pause(sys.stdout, interval)
        except KeyboardInterrupt:
            if found is None:
                raise
            return found.exit_code


def _width() -> int | None:
    """Return the columns of the terminal; None in a pipe, where no line is too long."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
