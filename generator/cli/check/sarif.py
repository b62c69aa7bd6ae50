"""A check as SARIF 2.1.0, which code scanning of GitHub and many editors read."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from generator.cli.check.diagnostic import Diagnostic, merged
from generator.cli.check.report import Report
from generator.errors import Place
from generator.text.quoting import printable

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"


def sarif(report: Report, version: str) -> dict[str, Any]:
    """Return the log of one run of this program, of *version*.

    A file is named from the root of the sources, where it lies below that.
    """
    placed = [(one, checked.file) for checked, found in report.by_file() for one in found]
    placed += [(one, ".") for one in merged(report.others)]
    found = [one for one, _ in placed]
    codes = sorted({one.code for one in found})
    driver = {
        "name": "tfs-gitops",
        "version": version,
        "rules": [_rule(code, found) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, codes.index(one.code), file) for one, file in placed],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str, found: Iterable[Diagnostic]) -> dict[str, Any]:
    """Return a rule; its level is that of the first that it found."""
    first = next(one for one in found if one.code == code)
    name = code.replace("-", " ").capitalize()
    return {
        "id": code,
        "shortDescription": {"text": name},
        "fullDescription": {"text": f"{name}: found by `tfs-gitops check`."},
        "help": {"text": printable(first.hint) or "Run `tfs-gitops check --schema` for each key."},
        "defaultConfiguration": {"level": first.level.value},
    }


def _result(one: Diagnostic, rule: int, file: str) -> dict[str, Any]:
    """Return what was found; GitHub wants a line, so where there is none it is the first."""
    result: dict[str, Any] = {
        "ruleId": one.code,
        "ruleIndex": rule,
        "level": one.level.value,
        "message": {"text": "\n".join(map(printable, filter(None, [one.sentence.text, one.hint])))},
        "locations": [{"physicalLocation": _location(one.place or Place(file))}],
    }
    if one.environments:
        result["properties"] = {"environments": list(one.environments)}
    return result


def _location(place: Place) -> dict[str, Any]:
    path = PurePosixPath(place.file)
    artifact = {"uri": quote(place.file, errors="surrogateescape"), "uriBaseId": _ROOT}
    if path.is_absolute():
        artifact = {"uri": path.as_uri()}
    region = {"startLine": place.line or 1, "startColumn": place.column}
    return {
        "artifactLocation": artifact,
        "region": {key: number for key, number in region.items() if number},
    }
