"""The templates of a project's own folder: which of them are used, and which nobody reads."""

from collections.abc import Iterator
from pathlib import Path

from generator.render.pages import SITE
from generator.render.templates import TEMPLATES, Templates
from generator.text.phrases import did_you_mean


class OwnTemplates:
    """The files of a folder that shadows templates of ours, each by its path below the folder."""

    def __init__(self, folder: Path) -> None:
        self.names = sorted(
            file.relative_to(folder).as_posix()
            for file in folder.rglob("*")
            if not file.is_dir() and not file.name.startswith(".")
        )
        self._templates = Templates(folder)

    def idle(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each that no rendering reads, with what is wrong.

        Raises:
            InvalidInputError: A template cannot be read, or is none.
        """
        built_in = frozenset(_built_in())
        used = self._used(built_in)
        for name in self.names:
            if used is not None and name not in used:
                yield name, f"nothing reads it: no template has this name{_ask(name, built_in)}"

    def _used(self, built_in: frozenset[str]) -> frozenset[str] | None:
        """Return what is read by one name or another; None where a template computes a name."""
        known = built_in.union(self.names)  # what is missing is told when it is rendered
        used, left = set[str](), set(built_in.intersection(self.names))
        while left:
            name = left.pop()
            used.add(name)
            found = self._templates.references(name)
            if None in found:
                return None
            left |= known.intersection(found) - used
        return frozenset(used)


def _built_in() -> Iterator[str]:
    for path in TEMPLATES.rglob("*"):
        if path.is_file() and not path.is_relative_to(SITE):
            yield path.relative_to(TEMPLATES).as_posix()


def _ask(name: str, built_in: frozenset[str]) -> str:
    if (SITE.parent / name).is_relative_to(SITE):
        return "; the pages of `report` are the same for all"
    return did_you_mean(name, built_in)
