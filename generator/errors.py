"""Errors that the operator can act on. Any other exception is a bug.

There is one class for each thing that an operator can do about a failure, and
each class owns one exit code. docs/reference/exit-codes.md repeats the table, and a test compares.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar, Self

from msgspec import Struct

from generator.limits.text import ERROR_PROBLEMS


class Place(Struct, frozen=True, order=True):
    """A place in a file that a person wrote; it is the whole file where *line* is 0."""

    file: str
    line: int = 0
    """From 1, as *column* is."""
    column: int = 0

    def __str__(self) -> str:
        """Return it as editors and terminals read it: `FILE:LINE:COLUMN`."""
        return ":".join([self.file, *(str(one) for one in (self.line, self.column) if one)])


class Problem(str):
    """A sentence that begins with its place: `FILE:LINE:COLUMN: text`."""

    __slots__ = ("place", "text")

    place: Place | None
    """None where it is not about a file."""
    text: str
    """The sentence alone."""

    def __new__(cls, text: str, place: Place | None = None) -> Self:
        """Return the sentence *text*, at *place*."""
        problem = super().__new__(cls, f"{place}: {text}" if place else text)
        problem.place, problem.text = place, text
        return problem

    @classmethod
    def of(cls, text: str) -> "Problem":
        """Return *text* itself if it has a place, else a problem that has none."""
        return text if isinstance(text, Problem) else Problem(text)


class GeneratorError(Exception):
    """Base of every error that is raised on purpose.

    `problems` are full sentences that each name their place, the first `ERROR_PROBLEMS` of them;
    `hint` is the next step.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, problems: str | Iterable[str], *, hint: str = "") -> None:
        found = [problems] if isinstance(problems, str) else [*problems]
        told = found[:ERROR_PROBLEMS]
        if rest := len(found) - len(told):
            told.append(f"and {rest:,} problems more")
        self.problems = tuple(map(Problem.of, told))
        self.hint = hint
        super().__init__("\n".join([*self.problems, *([f"hint: {hint}"] if hint else [])]))


class InvalidInputError(GeneratorError):
    """A file that a person wrote breaks its contract, or asks for something unsafe."""

    exit_code = 3


class StoreError(GeneratorError):
    """The object store cannot be read or written; nothing was changed."""

    exit_code = 4


class PublishError(GeneratorError):
    """The delivery repository cannot be read or written."""

    exit_code = 5


class Refusal(StrEnum):
    """The reasons of guards to refuse a plan; schemas/plan.schema.json has the same words."""

    REMOVALS = "removals"
    """More models would go than the environment allows."""
    EMPTY_STORE = "empty-store"
    """The store lists no index, and models are served."""
    OTHER_STORE = "other-store"
    """The environment names another store, which does not prove what is served."""
    OTHER_READING = "other-reading"
    """The servers would be started so that they could not load what is served."""
    EDITED_CONFIG = "edited-config"
    """A person gave models.config what its lock does not know."""
    PERSONS_COMMIT = "persons-commit"
    """The branch of the pull request has work of a person."""
    OTHER_BASE = "other-base"
    """The open pull request goes into another branch than `delivery.branch`."""


class GuardError(GeneratorError):
    """A guard refused a change that could take models away; nothing was changed."""

    exit_code = 6

    def __init__(self, code: Refusal, problems: str | Iterable[str], *, hint: str = "") -> None:
        self.code = code
        super().__init__(problems, hint=hint)
