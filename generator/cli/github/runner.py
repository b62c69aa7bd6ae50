"""The runner of GitHub Actions: the result of a command is written to it, where it runs one."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from generator.cli.echo import talk
from generator.cli.github import room
from generator.cli.github.streams import commands, is_here

if TYPE_CHECKING:
    from generator.cli.project import Project
    from generator.cli.results import Result


class RunnerOutput(Struct, frozen=True):
    """The results of a command as they are written to a runner."""

    commands: tuple[str, ...]
    summary: str
    """Markdown, for the summary of the job."""
    outputs: str = ""
    """Of the step."""

    def write(self) -> None:
        """Write the commands, and add to the summary and to the outputs."""
        for line in self.commands:
            print(line, file=commands(), flush=True)
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
        _written(project, lines, results).write()


def report(project: "Project", results: Sequence["Result"]) -> RunnerOutput | None:
    """Write the annotations, and add to the job summary and to the outputs of the step.

    Returns what was written; None where no runner runs this.
    """
    if not is_here():
        return None
    from generator.cli.github import summary
    from generator.cli.github.annotations import annotations

    lines = annotations(results, _prefix(project.folder))
    written = replace(_written(project, lines, results), outputs=summary.outputs(results))
    written.write()
    return written


def _written(project: "Project", lines: Iterable[str], results: Sequence["Result"]) -> RunnerOutput:
    from generator.cli.github import summary

    text = summary.summary(results, project.templates, room.of_summary())
    return RunnerOutput(tuple(lines), text)


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
