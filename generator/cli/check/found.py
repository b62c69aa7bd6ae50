"""The parts of a check, and the one report that they make."""

import os
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from generator.cli.check.report import Report


class Found(Struct, frozen=True):
    """A part of a check: a report, and the folder from which it names files."""

    report: Report
    folder: Path


def from_root(parts: Iterable[Found], root: Path) -> Report:
    """Return *parts* as one report, whose files are named from *root* where they are below it."""
    return Report.of(part.report.renamed(_Renaming(part.folder, root)) for part in parts)


class _Renaming(Struct, frozen=True):
    folder: Path
    root: Path

    def __call__(self, file: str) -> str:
        whole, root = absolute(self.folder / file), absolute(self.root)
        return (whole.relative_to(root) if whole.is_relative_to(root) else whole).as_posix()


def absolute(path: Path) -> Path:
    """Return *path* from the root, without `..`; a link stays a link."""
    return Path(os.path.abspath(path))  # noqa: PTH100  resolve() would follow it
