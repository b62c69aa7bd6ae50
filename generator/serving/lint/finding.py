"""A finding of the lint: which server does not take a file, why, and what to do instead."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from generator.serving.config_reader import Model, Position

KNOWN_PLATFORM = "tensorflow"
PLATFORM_HINT = f'write model_platform: "{KNOWN_PLATFORM}", and no model_type'


class Severity(StrEnum):
    """The server that does not take the file; a warning is of what servers take, not of ours."""

    REFUSED_FRESH = "refused-fresh"
    REFUSED_LIVE = "refused-live"
    WARNING = "warning"


class Finding(Struct, frozen=True):
    """A sentence on what a server would do, and a hint on what a person can do instead.

    `model` and `position` are None where the whole file is meant.
    """

    severity: Severity
    text: str
    hint: str
    model: str | None = None
    position: Position | None = None


def refused(
    problem: str, hint: str, model: str | None = None, position: Position | None = None
) -> Iterator[Finding]:
    """Yield that neither server takes the file, and that nothing else happens."""
    fresh = f"a fresh server exits: {problem}"
    yield Finding(Severity.REFUSED_FRESH, fresh, hint, model, position)
    yield refused_live(problem, hint, model, position)


def refused_live(
    problem: str, hint: str, model: str | None = None, position: Position | None = None
) -> Finding:
    """Return that a live server takes nothing of the file."""
    text = f"a live server refuses the whole file at every poll, and keeps what it has: {problem}"
    return Finding(Severity.REFUSED_LIVE, text, hint, model, position)


def found_at(severity: Severity, model: Model, key: str, text: str, hint: str) -> Finding:
    """Return a finding about a field of *model*, or about the model where it has no such field."""
    position = model.positions.get(key, model.positions[""])
    return Finding(severity, text, hint, model.name, position)


def explain_divergence(findings: list[Finding]) -> Iterator[Finding]:
    """Yield the findings; where one server alone refuses, its finding says what follows."""
    refused = {one.severity for one in findings} - {Severity.WARNING}
    endings = {
        Severity.REFUSED_LIVE: "; a fresh server takes it: pods diverge",
        Severity.REFUSED_FRESH: "; a live server that has the model takes it: pods diverge",
    }
    for one in findings:
        ending = endings[one.severity] if refused == {one.severity} else ""
        yield replace(one, text=one.text + ending)


def platform_key(model: Model) -> str:
    """Return the field that says the platform."""
    return "model_type" if model.positions.keys() & {"model_type"} else "model_platform"


def platform_problem(model: Model) -> str:
    """Return why no server finds the platform of *model*, or nothing."""
    if not model.platforms:
        return f"model {model.name!r} has no model_platform"
    if len(model.platforms) > 1:
        return f"model {model.name!r} has both model_type and model_platform"
    if model.platforms[0] != KNOWN_PLATFORM:
        return f"model {model.name!r} has the platform {model.platforms[0]!r}, which is unknown"
    return ""
