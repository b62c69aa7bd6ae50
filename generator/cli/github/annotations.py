"""Annotations of GitHub Actions: the findings of a run, as commands to its runner.

Whatever a text holds, it stays the text of one annotation. The limits are those of GitHub's
documentation for one step.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from generator.catalog.hold import Held
from generator.catalog.warned import Warned
from generator.cli.results import Result
from generator.errors import GeneratorError
from generator.text.phrases import some
from generator.text.quoting import printable, printable_lines

EACH = 10
"""Annotations of one level that GitHub shows for a step, and lines that one of ours has."""

_MESSAGE_LENGTH = 4000
_LEVELS = ("error", "warning", "notice")


class Annotation(Struct, frozen=True):
    """One message at a run or, with *file*, at a line of a file of the repository."""

    level: str
    title: str
    message: str
    file: str = ""
    line: str = ""
    column: str = ""

    def __str__(self) -> str:
        place = {"file": self.file, "line": self.line, "col": self.column, "title": self.title}
        properties = ",".join(f"{key}={_property(text)}" for key, text in place.items() if text)
        return f"::{self.level} {properties}::{_data(_cut(self.message))}"


def annotations(results: Iterable[Result], folder: str = "") -> Iterator[str]:
    """Yield the commands that annotate a run, at most ten of a level; the last counts the rest.

    *folder* is the path from the repository to the project folder, with a slash at its end.
    """
    return limited(one for result in results for one in _annotations(result, folder))


def limited(found: Iterable[Annotation]) -> Iterator[str]:
    """Yield at most ten commands of a level; the last counts the rest."""
    every = [*found]
    for level in _LEVELS:
        own = [annotation for annotation in every if annotation.level == level]
        shown = own if len(own) <= EACH else own[: EACH - 1]
        yield from map(str, shown)
        if rest := len(own) - len(shown):
            yield str(Annotation(level, "tfs-gitops", f"and {rest} more: the log has them all"))


def _annotations(result: Result, folder: str) -> Iterator[Annotation]:
    name = result.environment
    if result.error is not None:
        yield from _of_error(name, result.error, folder)
    yield from _of_warnings(name, result.warned)
    if result.outcome is None:
        return
    plan = result.outcome.plan
    held = sorted(plan.held, key=lambda hold: hold.code)
    for code, holds in groupby(held, key=lambda hold: hold.code):
        group = list(holds)
        lines = _first([_line(hold) for hold in group])
        told = dict.fromkeys(it.remedy_in(name) for it in group)
        remedies = _first([f"-> {remedy}" for remedy in told])
        message = "\n".join([f"{code.meaning}:", *lines, *remedies])
        yield Annotation("warning", f"{name}: held: {code}", message)
    if plan.degraded:
        lines = _first(list(plan.degraded))
        message = "\n".join(["held now, and still served:", *lines])
        yield Annotation("warning", f"{name}: degraded", message)
    yield from _of_warnings(name, plan.warnings)
    for notice in result.outcome.notices:
        yield Annotation("notice", name, notice)


def _of_error(name: str, error: GeneratorError, folder: str) -> Iterator[Annotation]:
    """Yield an annotation for each problem that has a line, and one for all others."""
    elsewhere = []
    for problem in error.problems:
        if problem.place and problem.place.line:
            message = f"{problem}\nhint: {error.hint}" if error.hint else problem
            file, line = folder + problem.place.file, str(problem.place.line)
            yield Annotation("error", name, message, file, line)
        else:
            elsewhere.append(problem)
    if elsewhere:
        lines = [*_first(elsewhere), *([f"hint: {error.hint}"] if error.hint else [])]
        yield Annotation("error", name, "\n".join(lines))


def _of_warnings(name: str, warnings: Iterable[Warned]) -> Iterator[Annotation]:
    ordered = sorted(warnings, key=lambda item: item.code)
    for code, group in groupby(ordered, key=lambda item: item.code):
        lines = _first([item.message for item in group])
        yield Annotation("warning", f"{name}: {code}", "\n".join(lines))


def _line(hold: Held) -> str:
    return f"{hold.subject}: {'; '.join(hold.problems[:1])}"


def _first(lines: Sequence[str]) -> list[str]:
    return some(lines, EACH)


def _cut(text: str) -> str:
    return text if len(text) <= _MESSAGE_LENGTH else f"{text[: _MESSAGE_LENGTH - 1]}…"


def _data(text: str) -> str:
    return printable_lines(text).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
