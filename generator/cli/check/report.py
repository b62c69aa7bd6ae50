"""The report of a check: the files that were checked, and what was found in them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from generator.cli.check.diagnostic import Diagnostic, Level, merged
from generator.errors import InvalidInputError, Problem


class Kind(StrEnum):
    """The kinds of files that are checked."""

    ENVIRONMENT = "environment"
    BASE = "base"
    """Bases, which environments extend."""
    FREEZE = "freeze"
    """The freezes of a project."""
    MODELS_CONFIG = "models-config"
    TEMPLATE = "template"
    """A template of a project's own."""
    UNKNOWN = "unknown"
    """A file that is not there, cannot be read, or is none of the others."""


class Checked(Struct, frozen=True):
    """One file, and what was found while it was checked."""

    file: str
    kind: Kind
    environment: str = ""
    """The name of an environment or of a base."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """In this file, or in one that it extends."""
    inherited: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The keys of an environment that come from other files, by file."""
    takes: Mapping[str, bool] = field(default_factory=dict)
    """Whether a `fresh` and a `live` server take a models.config."""

    @property
    def is_ok(self) -> bool:
        """Whether the file can be used as it is."""
        return all(one.level is not Level.ERROR for one in self.diagnostics)


class Report(Struct, frozen=True):
    """All of one check."""

    files: tuple[Checked, ...] = ()
    others: tuple[Diagnostic, ...] = ()
    """Diagnostics of files that were not checked, as they are not read."""

    @classmethod
    def of(cls, reports: Iterable["Report"]) -> "Report":
        """Return several as one, each file once."""
        every = [*reports]
        files: dict[str, Checked] = {}
        for report in every:
            for one in report.files:
                files.setdefault(one.file, one)
        return cls(tuple(files.values()), tuple(one for report in every for one in report.others))

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All diagnostics, each once, in the order of the files."""
        return merged([*(found for one in self.files for found in one.diagnostics), *self.others])

    @property
    def exit_code(self) -> int:
        """The exit code: 3 if a file cannot be used."""
        failed = any(one.level is Level.ERROR for one in self.diagnostics)
        return InvalidInputError.exit_code if failed else 0

    def by_file(self) -> Iterator[tuple[Checked, tuple[Diagnostic, ...]]]:
        """Yield each file with its diagnostics, without those that came with one before it."""
        rest = {one.of_no_environment: one for one in self.diagnostics}
        for checked in self.files:
            keys = dict.fromkeys(one.of_no_environment for one in checked.diagnostics)
            yield checked, tuple(rest.pop(key) for key in keys if key in rest)

    def renamed(self, rename: Callable[[str], str]) -> "Report":
        """Return it with each file under another name."""
        return Report(
            tuple(
                replace(
                    one,
                    file=rename(one.file),
                    diagnostics=tuple(_renamed(found, rename) for found in one.diagnostics),
                    inherited={rename(file): keys for file, keys in one.inherited.items()},
                )
                for one in self.files
            ),
            tuple(_renamed(one, rename) for one in self.others),
        )


def _renamed(diagnostic: Diagnostic, rename: Callable[[str], str]) -> Diagnostic:
    place = diagnostic.place
    if place is None:
        return diagnostic
    moved = replace(place, file=rename(place.file))
    return replace(diagnostic, problem=Problem(diagnostic.problem.text, moved))
