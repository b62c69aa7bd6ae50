"""A check as JSON, by schemas/check.schema.json."""

from typing import Any

from generator.cli.check.diagnostic import Diagnostic
from generator.cli.check.report import Checked, Report


def report_json(report: Report) -> dict[str, Any]:
    """Return what `--format json` prints."""
    return {
        "ok": report.exit_code == 0,
        "exitCode": report.exit_code,
        "files": [_file(one) for one in report.files],
        "diagnostics": [_diagnostic(one) for one in report.diagnostics],
    }


def _file(checked: Checked) -> dict[str, Any]:
    return {
        "file": checked.file,
        "kind": checked.kind,
        "environment": checked.environment or None,
        "ok": checked.is_ok,
        "inherited": {file: list(keys) for file, keys in checked.inherited.items()},
        "takes": dict(checked.takes) or None,
    }


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    place = diagnostic.place
    return {
        "level": diagnostic.level,
        "code": diagnostic.code,
        "message": diagnostic.problem.text,
        "file": place.file if place else None,
        "line": place.line or None if place else None,
        "column": place.column or None if place else None,
        "hint": diagnostic.hint or None,
        "environments": list(diagnostic.environments),
    }
