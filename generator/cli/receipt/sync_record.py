"""The record of what a sync printed, kept so that the next one can say the same."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from generator.cli import echo
from generator.cli.github import runner
from generator.cli.output import print_json


class SyncRecord(Struct, frozen=True):
    """The record of a sync: lines with their tones, or JSON, and the results for a runner."""

    lines: Sequence[tuple[str, str]] = ()
    data: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    to_runner: runner.RunnerOutput | None = None

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "SyncRecord | None":
        """Return what a receipt says of it; None where that is something else."""
        try:
            lines = [(_text(text), _text(tone)) for text, tone in found["lines"]]
            its, data = found["to_runner"], found["data"]
            written = its and runner.RunnerOutput(
                tuple(map(_text, its["commands"])), _text(its["summary"]), _text(its["outputs"])
            )
            return cls(lines, data if isinstance(data, dict | list) else None, written or None)
        except (KeyError, TypeError, ValueError):
            return None

    def to_builtins(self) -> dict[str, Any]:
        """Return it as values of JSON alone."""
        found: dict[str, Any] = msgspec.to_builtins(self, enc_hook=_plain)
        return found

    @property
    def can_be_printed(self) -> bool:
        """Whether a runner, if one is told, has room for it."""
        return self.to_runner is None or self.to_runner.fits

    def print_again(self) -> None:
        """Print it, in the order of a sync."""
        if self.data is None:
            echo.print_lines(self.lines)
        if self.to_runner is not None:
            self.to_runner.write()
        if self.data is not None:
            print_json(self.data)


def _plain(value: object) -> str:
    """Return a text as one that says no more: a problem knows its place, too."""
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
