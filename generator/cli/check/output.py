"""The output of `check`: for people, as JSON and SARIF, and for GitHub Actions."""

__lazy_modules__ = ["generator.cli.check.sarif"]  # PEP 810: where nobody asks for SARIF

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from generator import __version__
from generator.cli import echo
from generator.cli.boundary import print_error
from generator.cli.check import as_json
from generator.cli.check.diagnostic import Diagnostic, Level
from generator.cli.check.found import Found, from_root
from generator.cli.check.report import Checked, Kind, Report
from generator.cli.check.sarif import sarif
from generator.cli.github import runner
from generator.cli.github.streams import is_here
from generator.cli.output import print_json
from generator.cli.project import Project
from generator.errors import InvalidInputError, Place
from generator.text.phrases import listed

if TYPE_CHECKING:
    from generator.cli.github.annotations import Annotation
    from generator.cli.results import Result

_KEYS = 12
"""The keys of one file that are named."""


def print_report(project: Project, parts: Sequence[Found], form: str, applied: str | None) -> int:
    """Print all *parts* of a check on stdout, and to the runner, if there is one.

    *applied* is the file of the models.config that live servers run. Return the exit code.
    """
    report = from_root(parts, Path(os.environ.get("GITHUB_WORKSPACE") or Path()))
    if form == "json":
        print_json(as_json.report_json(report))
    elif form == "sarif":
        print_json(sarif(report, __version__))
    elif form == "github":
        for one in report.diagnostics:
            echo.print_document(str(_annotation(one)))
    else:
        _print_text(Report.of(part.report for part in parts), applied)
    if form != "github" and is_here():
        from generator.cli.github import annotations

        lines = annotations.limited(map(_annotation, report.diagnostics))
        runner.tell(project, lines, [_result(one) for one in report.files])
    return report.exit_code


def _annotation(one: Diagnostic) -> "Annotation":
    from generator.cli.github.annotations import Annotation

    place = one.place or Place("")
    return Annotation(
        level=one.level,
        title=f"tfs-gitops: {one.code}",
        message="\n".join(filter(None, [one.sentence.text, one.hint])),
        file=place.file,
        line=str(place.line or ""),
        column=str(place.column or ""),
    )


def _print_text(report: Report, applied: str | None) -> None:
    """Print what is usable on stdout, and what is wrong on stderr; of a models.config all."""
    by_file = [*report.by_file()]
    hints = [[one.hint for one in _errors(found)] for _, found in by_file]
    for number, (checked, found) in enumerate(by_file):
        if checked.kind is Kind.MODELS_CONFIG:
            _print_config(checked, applied)
            continue
        if wrong := _errors(found):
            later = {hint for rest in hints[number + 1 :] for hint in rest}
            hint = wrong[0].hint if wrong[0].hint not in later else ""
            error = InvalidInputError([one.sentence for one in wrong], hint=hint)
            print_error(error, environment=checked.environment or None)
        _print_warnings(found)
        if checked.is_ok:
            echo.say(f"{checked.file}: ok")
            for file, keys in checked.inherited.items():
                echo.say(f"  from {file}: {listed(keys, _KEYS)}")
    _print_warnings(report.others)
    if applied is None and any(checked.takes for checked in report.files):
        echo.talk("hint", "--applied FILE shows what the change itself would do")


def _errors(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    return [one for one in found if one.level is Level.ERROR]


def _print_warnings(found: Iterable[Diagnostic]) -> None:
    for one in found:
        if one.level is Level.WARNING:
            echo.talk("warning", f"{one.code}: {one.sentence}")
            if one.hint:
                echo.say(f"  way out: {one.hint}", err=True)


def _print_config(checked: Checked, applied: str | None) -> None:
    """Print what servers would do; a way out once for all that it is out of."""
    found = checked.diagnostics
    for index, one in enumerate(found):
        severity = one.code if one.level is Level.ERROR else one.level
        echo.say(f"{one.place}: {severity}: {one.problem.text}")
        if [other.hint for other in found[index + 1 : index + 2]] != [one.hint]:
            echo.say(f"  way out: {one.hint}")
    live = f"a live server that runs {applied}" if applied else "a live server with any list"
    for server, takes in (("a fresh server", "fresh"), (live, "live")):
        verb = "takes" if checked.takes[takes] else "does not take"
        echo.say(f"{checked.file}: {server} {verb} it")


def _result(checked: Checked) -> "Result":
    """Return the result of one file, for the summary of a job."""
    from generator.catalog.warned import Warned
    from generator.cli.results import Result

    wrong = _errors(checked.diagnostics)
    error = InvalidInputError([one.problem for one in wrong], hint=wrong[0].hint) if wrong else None
    return Result(
        environment=checked.environment or checked.file,
        exit_code=error.exit_code if error else 0,
        error=error,
        warned=tuple(
            Warned(one.code, one.problem)
            for one in checked.diagnostics
            if one.level is Level.WARNING
        ),
    )
