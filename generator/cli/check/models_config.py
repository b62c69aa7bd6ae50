"""The check of a models.config that a person wrote or edited."""

from generator.cli.check.diagnostic import Diagnostic, Level, errors
from generator.cli.check.kind_of import decoded
from generator.cli.check.report import Checked, Kind
from generator.errors import InvalidInputError, Place, Problem
from generator.serving import config_reader
from generator.serving.config_reader import Config, Position, UnreadableError
from generator.serving.lint import lint
from generator.serving.lint.finding import Severity

UNUSUAL = "unusual-config"
"""The code of what servers take, and this program would never write."""


def check(file: str, data: bytes, applied: Config | None = None) -> Checked:
    """Return what a fresh server, and a live one that runs *applied*, make of a *file*."""
    try:
        findings = lint.lint(decoded(file, data), applied)
    except InvalidInputError as error:
        return Checked(file, Kind.UNKNOWN, diagnostics=tuple(errors(error, "unreadable-file")))
    refusing = {finding.severity for finding in findings}
    return Checked(
        file,
        Kind.MODELS_CONFIG,
        diagnostics=tuple(
            Diagnostic(
                Level.WARNING if finding.severity is Severity.WARNING else Level.ERROR,
                UNUSUAL if finding.severity is Severity.WARNING else finding.severity,
                Problem(finding.text, _place(file, finding.position)),
                finding.hint,
            )
            for finding in findings
        ),
        takes={
            "fresh": Severity.REFUSED_FRESH not in refusing,
            "live": Severity.REFUSED_LIVE not in refusing,
        },
    )


def applied_config(file: str, data: bytes) -> Config:
    """Return the models.config that live servers run.

    Raises:
        InvalidInputError: No server can run it.
    """
    try:
        return config_reader.read(decoded(file, data))
    except UnreadableError as error:
        problem = Problem(f"no server runs this: {error.problem}", _place(file, error.position))
        raise InvalidInputError(problem, hint=error.hint) from error


def _place(file: str, position: Position | None) -> Place:
    return Place(file, position.line, position.column) if position else Place(file)
