"""A finding: one thing that was looked at, how it is, and what to do about it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from msgspec import Struct

from generator.errors import GeneratorError


class Level(StrEnum):
    """The level of a finding: well, or how bad."""

    OK = "ok"
    WARN = "warn"
    """A sync works, and a careful operator would change it; or nobody knows."""
    FAIL = "fail"
    """A sync would fail."""
    ASK = "ask"
    """Only a person knows: it changes no exit code."""


class Finding(Struct, frozen=True):
    """One thing that was looked at, by the word *check*."""

    check: str
    level: Level
    message: str
    remedy: str = ""
    """The next step; empty where nothing is to be done."""
    exit_code: int = 0
    """That of a sync which fails on it; 0 for what lets it work."""

    @classmethod
    def ok(cls, check: str, message: str) -> Self:
        """Return what is as it should be."""
        return cls(check, Level.OK, message)

    @classmethod
    def warn(cls, check: str, message: str, remedy: str) -> Self:
        """Return what works, and should be otherwise."""
        return cls(check, Level.WARN, message, remedy)

    @classmethod
    def fail(cls, check: str, error: GeneratorError) -> Self:
        """Return what a sync would fail on, with this *error*."""
        return cls(check, Level.FAIL, "; ".join(error.problems), error.hint, error.exit_code)

    @classmethod
    def ask(cls, check: str, question: str, setting: str) -> Self:
        """Return a question to the operator, and the setting by which its answer is yes."""
        return cls(check, Level.ASK, question, setting)

    @classmethod
    def unknown(cls, check: str, error: GeneratorError) -> Self:
        """Return what could not be looked at, and a sync does not need."""
        return cls.warn(check, f"not known: {'; '.join(error.problems)}", error.hint)


class Section(Struct, frozen=True):
    """Findings that are told below one title."""

    title: str
    findings: Iterable[Finding]
    """May be made as they are taken."""
    environment: str | None = None
    """The environment that they are on; None where they are on none."""


def count(findings: Iterable[Finding]) -> dict[Level, int]:
    """Return how many there are of each level."""
    levels = [finding.level for finding in findings]
    return {level: levels.count(level) for level in Level}
