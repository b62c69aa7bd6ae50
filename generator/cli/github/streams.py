"""The streams of a run of GitHub Actions: whatever is printed, the runner finds no command in it.

The runner takes commands from stdout and stderr alike. Ours go to `commands()`.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

import click

from generator.cli.github.inert import inert, inert_json

if TYPE_CHECKING:
    from typing import TextIO


def is_here() -> bool:
    """Say whether a runner of GitHub Actions runs this."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


class _Filtered:
    """A stream that changes each text on its way."""

    def __init__(self, stream: "TextIO", change: Callable[[str], str]) -> None:
        self.stream = stream
        self._change = change

    def write(self, text: str) -> int:
        return self.stream.write(self._change(text))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the stream has
        return getattr(self.stream, name)


@contextmanager
def inert_streams() -> Iterator[None]:
    """Keep all that is printed from being a command to the runner, also a traceback at the end."""
    if not is_here():
        yield
        return
    out, err = _Filtered(sys.stdout, _inert_output), _inert_errors()
    with redirect_stdout(cast("TextIO", out)), redirect_stderr(cast("TextIO", err)):
        try:
            yield
        except Exception:
            sys.excepthook = partial(_tell_inertly, sys.excepthook)
            raise


def _inert_errors() -> _Filtered:
    return _Filtered(sys.stderr, inert)


def _tell_inertly(
    hook: Callable[..., None],
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
) -> None:
    """Let *hook* print an error that nobody expected."""
    with redirect_stderr(cast("TextIO", _inert_errors())):
        hook(kind, error, trace)


def _inert_output(text: str) -> str:
    """Return what goes to stdout: JSON or commands, where the command was asked for them."""
    context = click.get_current_context(silent=True)
    match context.params.get("form") if context else None:
        case "json" | "sarif":
            return inert_json(text)
        case "github":
            return text  # each of its lines is a command, which is made to hold any text
    return inert(text)


def commands() -> "TextIO":
    """Return the stream for commands to the runner: stderr, so that stdout stays data."""
    return sys.stderr.stream if isinstance(sys.stderr, _Filtered) else sys.stderr
