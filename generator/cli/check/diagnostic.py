"""Diagnostics: what is wrong in a file, each told once."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from generator.errors import GeneratorError, Place, Problem
from generator.text.phrases import listed

if TYPE_CHECKING:
    from generator.catalog.warned import Warned

_MOST = 8
"""Environments that a sentence names; JSON and SARIF have them all."""


class Level(StrEnum):
    """The weight of a diagnostic."""

    ERROR = "error"
    """The file cannot be used; the check fails."""
    WARNING = "warning"
    """The file can be used, and no careful operator would leave it so."""


class Diagnostic(Struct, frozen=True):
    """One thing that is wrong in a file, or that no careful operator would leave so."""

    level: Level
    code: str
    problem: Problem
    hint: str = ""
    environments: tuple[str, ...] = ()
    """Those that it is about."""
    inherited_by: tuple[str, ...] = ()
    """Those of them that have it from a file that they extend."""

    @property
    def place(self) -> Place | None:
        """The place of the problem; None where it is not in a file."""
        return self.problem.place

    @property
    def of_no_environment(self) -> "Diagnostic":
        """The same, whatever environment it is about."""
        return replace(self, environments=(), inherited_by=())

    @property
    def sentence(self) -> Problem:
        """The problem, with those that inherit it."""
        heirs = listed(self.inherited_by, _MOST)
        ending = f" (inherited by {heirs})" if heirs else ""
        return Problem(self.problem.text + ending, self.place)


def errors(error: GeneratorError, code: str) -> list[Diagnostic]:
    """Return each problem of an *error*."""
    return [Diagnostic(Level.ERROR, code, problem, error.hint) for problem in error.problems]


def warning(warned: "Warned") -> Diagnostic:
    """Return what was *warned* of."""
    return Diagnostic(Level.WARNING, warned.code, Problem.of(warned.message))


def merged(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return each diagnostic once, in the order of their first, with all of its environments."""
    by_key: dict[Diagnostic, list[Diagnostic]] = {}
    for one in found:
        by_key.setdefault(one.of_no_environment, []).append(one)
    return tuple(
        replace(
            key,
            environments=_united(one.environments for one in same),
            inherited_by=_united(one.inherited_by for one in same),
        )
        for key, same in by_key.items()
    )


def _united(names: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({name for some in names for name in some}))
