"""Findings as text for a terminal, and as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from generator.report.line import Line, Tone
from generator.status.doctor.finding import Finding, Level, Section, count

_WIDTH = max(len(level) for level in Level)
_CHECK = 10

_TONES = {
    Level.OK: Tone.PLAIN,
    Level.WARN: Tone.WARNING,
    Level.FAIL: Tone.DANGER,
    Level.ASK: Tone.PLAIN,
}


def heading(section: Section) -> Line:
    """Return the line above the findings of a section."""
    return Line(section.title, Tone.HEADING)


def lines(finding: Finding) -> Iterator[Line]:
    """Yield the lines of one finding: how it is, and below it the next step."""
    told = f"  {finding.level:{_WIDTH}}  {finding.check:{_CHECK}}  {finding.message}"
    yield Line(told, _TONES[finding.level])
    if finding.remedy:
        yield Line(f"  {'':{_WIDTH}}  {'':{_CHECK}}  -> {finding.remedy}")


def summary(findings: Sequence[Finding]) -> str:
    """Return the numbers of all findings, as the last line."""
    return ", ".join(f"{number} {level}" for level, number in count(findings).items())


def as_json(sections: Sequence[Section]) -> dict[str, Any]:
    """Return what schemas/doctor.schema.json describes."""
    everything = [finding for section in sections for finding in section.findings]
    return {
        "checks": [
            {
                "environment": section.environment,
                "check": finding.check,
                "level": finding.level,
                "message": finding.message,
                "remedy": finding.remedy,
            }
            for section in sections
            for finding in section.findings
        ],
        "summary": {str(level): number for level, number in count(everything).items()},
    }
