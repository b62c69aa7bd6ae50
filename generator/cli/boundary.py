"""Errors as messages and exit codes; a bug keeps its traceback."""

import io
import os
import sys
from collections.abc import Iterable
from itertools import pairwise
from types import TracebackType
from typing import Any

import click

from generator.cli import colour, echo, frame, streams
from generator.cli.command_group import CommandGroup
from generator.cli.github.streams import inert_streams
from generator.errors import GeneratorError, InvalidInputError

STRICT = 7
"""Done, but some versions are held or degraded."""

PENDING = 10
"""There are changes, and `--exit-code` asked."""

_BUG = 1
_INTERRUPTED = 130
_WORST_FIRST = (_BUG, 4, 5, 6, 3, STRICT, PENDING, 0)
_CALLED = "generator.called"


class Boundary(CommandGroup):
    """The command group, with one place that turns errors into exit codes."""

    def main(self, *args: Any, **extra: Any) -> Any:  # noqa: ANN401  click's own signature
        """Parse, run and exit; whatever is printed is no command to a runner of GitHub Actions."""
        with streams.usable(), inert_streams():
            if not extra.get("standalone_mode", True):
                return super().main(*args, **extra)
            try:
                code = super().main(*args, **{**extra, "standalone_mode": False})
            except click.ClickException as error:
                code = _tell_usage(error)
            except click.Abort:
                echo.say("interrupted: run it again", err=True)
                code = _INTERRUPTED
            except streams.OutputError as error:  # of help or a version
                code = _tell_lost_output(error, None)
            sys.exit(code)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:  # noqa: ANN401  click's own
        """Read the words; what is printed has colours as the environment asks."""
        return super().make_context(*args, **{"color": colour.asked(os.environ), **extra})

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  click's own signature
        """Run the command; exit with the code of its error, or the one that it returns."""
        try:
            code = super().invoke(ctx)
        except GeneratorError as error:
            print_error(error, environment=_environment(ctx))
            ctx.exit(error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            if _wants_json(ctx):
                _print_json("interrupted", hint="run it again", exit_code=_INTERRUPTED)
            else:
                echo.say("interrupted: run it again", err=True)
            ctx.exit(_INTERRUPTED)
        except streams.OutputError as error:
            code = _tell_lost_output(error, ctx)
        except Exception as error:
            if isinstance(error, FileNotFoundError) and _stands_nowhere():
                hint = "go to another one, or name the project folder with -C, by its whole path"
                print_error(InvalidInputError("the current folder is gone", hint=hint))
                ctx.exit(InvalidInputError.exit_code)
            if _wants_json(ctx):
                sys.excepthook = _print_bug_as_json
            raise
        ctx.exit(code or 0)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, and keep how it was called for the error that it may end in."""
        name, command, rest = super().resolve_command(ctx, args)
        ctx.meta[_CALLED] = name, command, tuple(rest)
        return name, command, rest


def print_error(error: GeneratorError, prefix: str = "", *, environment: str | None = None) -> None:
    """Print an expected error on stderr, with its next step; *prefix* is for people only."""
    import logging

    logging.getLogger("generator").debug("cause", exc_info=error)
    if _wants_json(click.get_current_context(silent=True)):
        text = "\n".join(error.problems)
        _print_json(text, hint=error.hint, exit_code=error.exit_code, environment=environment)
        return
    first, *rest = error.problems
    echo.talk("error", f"{prefix}{first}")
    for problem in rest:
        echo.say(problem, err=True)
    if error.hint:
        echo.talk("hint", error.hint)


def _print_bug_as_json(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print an unexpected error as one line, for `sys.excepthook`; it has the traceback."""
    import traceback

    trace_text = "".join(traceback.format_exception(kind, error, trace))
    _print_json(f"{kind.__name__}: {error}", exit_code=_BUG, exception=trace_text)


def _tell_usage(error: click.ClickException) -> int:
    """Print what is wrong with the words of the command line; return the exit code."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if _wants_json(context):
        usage = context.get_usage() if context else ""
        _print_json(error.format_message(), hint=usage, exit_code=error.exit_code)
    else:
        shown = io.StringIO()
        error.show(shown)
        for line in shown.getvalue().removesuffix("\n").split("\n"):
            echo.say(line, err=True)
    return error.exit_code


def _tell_lost_output(error: streams.OutputError, ctx: click.Context | None) -> int:
    """Print why stdout could not be written, if it matters; return the exit code."""
    if not error.is_silent:
        if _wants_json(ctx):
            _print_json(str(error), exit_code=error.exit_code)
        else:
            echo.talk("error", str(error))
    return error.exit_code


def _stands_nowhere() -> bool:
    """Whether somebody has deleted the current folder."""
    try:
        os.getcwd()  # noqa: PTH109  the folder itself is not asked for
    except FileNotFoundError:
        return True
    return False


def worst(codes: Iterable[int]) -> int:
    """Return the exit code that counts of those of several environments."""
    return min(codes, key=_WORST_FIRST.index, default=0)


def _wants_json(ctx: click.Context | None) -> bool:
    if ctx is None:
        return False
    if frame.frame_of(ctx).log_format == "json":
        return True
    _, _, rest = ctx.meta.get(_CALLED, ("", None, ()))  # the parser may have got stuck before it
    return "--log-format=json" in rest or ("--log-format", "json") in pairwise(rest)


def _print_json(message: str, *, exit_code: int, hint: str = "", **known: str | None) -> None:
    """Print one line, as the log has them, with what is *known* beside it."""
    import json

    line = {"level": "error", "message": message, "hint": hint, "exitCode": exit_code}
    line |= {key: value for key, value in known.items() if value is not None}
    echo.say(json.dumps(line), err=True)


def _environment(ctx: click.Context) -> str | None:
    """Return the environment that a command was called for, if it was one.

    Its own context has ended with the error, so its arguments are read again.
    """
    name, command, arguments = ctx.meta[_CALLED]
    called = command.make_context(name, [*arguments], parent=ctx, resilient_parsing=True)
    given = called.params.get("env")
    return given if isinstance(given, str) else None
