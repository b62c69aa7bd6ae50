"""The runner of GitHub Actions: the result of a command is written to it, where it runs one.

The runner takes commands from stdout and stderr alike. Ours go to stderr, so that stdout
stays data; and all else that a command prints is kept from being one.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

import click

from generator.cli.echo import talk
from generator.cli.github import room
from generator.cli.github.inert import inert, inert_json

if TYPE_CHECKING:
    from typing import TextIO

    from generator.cli.project import Project
    from generator.cli.results import Result


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


@dataclass(frozen=True, slots=True)
class Told:
    """What a command tells the runner of its results."""

    commands: tuple[str, ...]
    summary: str
    """Markdown, for the summary of the job."""
    outputs: str = ""
    """Of the step."""

    def write(self) -> None:
        """Write the commands, and add to the summary and to the outputs."""
        stream = sys.stderr.stream if isinstance(sys.stderr, _Filtered) else sys.stderr
        for line in self.commands:
            print(line, file=stream, flush=True)
        if name := os.environ.get("GITHUB_STEP_SUMMARY"):
            _append(Path(name), self.summary)
        if self.outputs and (name := os.environ.get("GITHUB_OUTPUT")):
            _append(Path(name), self.outputs)

    @property
    def fits(self) -> bool:
        """Whether there is room for the summary."""
        return len(self.summary.encode(errors="replace")) <= room.of_summary()


def annotate(project: "Project", results: Sequence["Result"]) -> None:
    """Write the annotations, and add to the job summary."""
    if is_here():
        from generator.cli.github.annotations import annotations

        tell(project, annotations(results, _prefix(project.folder)), results)


def tell(project: "Project", lines: Iterable[str], results: Sequence["Result"]) -> None:
    """Write *lines* of commands, and add *results* to the job summary."""
    if is_here():
        _told(project, lines, results).write()


def report(project: "Project", results: Sequence["Result"]) -> Told | None:
    """Write the annotations, and add to the job summary and to the outputs of the step.

    Returns what was told; None where no runner runs this.
    """
    if not is_here():
        return None
    from generator.cli.github import summary
    from generator.cli.github.annotations import annotations

    lines = annotations(results, _prefix(project.folder))
    told = replace(_told(project, lines, results), outputs=summary.outputs(results))
    told.write()
    return told


def _told(project: "Project", lines: Iterable[str], results: Sequence["Result"]) -> Told:
    from generator.cli.github import summary

    text = summary.summary(results, project.templates, room.of_summary())
    return Told(tuple(lines), text)


def is_here() -> bool:
    """Say whether a runner of GitHub Actions runs this."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def _prefix(folder: Path) -> str:
    """Return the path from the repository to the project folder, with a slash at its end."""
    path = os.path.relpath(folder, os.environ.get("GITHUB_WORKSPACE") or None)
    return "" if path == os.curdir else f"{Path(path).as_posix()}/"


def _append(path: Path, text: str) -> None:
    """Add *text*; what was synced is no less so where that fails."""
    try:
        with path.open("a", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)
    except OSError as error:
        talk("warning", f"{path}: cannot be written: {error.strerror}")
