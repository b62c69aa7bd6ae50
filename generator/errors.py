"""Errors that the operator can act on. Any other exception is a bug.

There is one class for each thing that an operator can do about a failure, and
each class owns one exit code. README.md repeats the table, and a test compares.
"""

from collections.abc import Iterable
from typing import ClassVar


class GeneratorError(Exception):
    """Base of every error that is raised on purpose.

    `problems` are full sentences that each name their place; `hint` is the next step.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, problems: str | Iterable[str], *, hint: str = "") -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
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


class GuardError(GeneratorError):
    """A guard refused a change that could take models away; nothing was changed."""

    exit_code = 6
