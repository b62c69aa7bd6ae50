"""The texts of a project: its environments and their bases, by name, before anybody reads them."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from generator.catalog.warned import Warned
from generator.environment.project_root import FOLDER, FREEZE
from generator.errors import Place, Problem
from generator.text.phrases import listed

_SHOWN = 3

if TYPE_CHECKING:
    from generator.environment.probe_files import ReadProbe
    from generator.environment.verdicts import Verdicts


class Texts(Struct, frozen=True):
    """The texts of a project's environments and of their bases."""

    read: Callable[[str], str | None]
    """Returns the text of the document of a name, None where there is none.

    It may raise an OSError where it cannot read, and an InvalidInputError."""
    names: tuple[str, ...]
    """All environments, sorted."""
    bases: tuple[str, ...] = ()
    """All bases, sorted."""
    misnamed: Mapping[str, str] = field(default_factory=dict)
    """By name, the files that no command reads: `prod.yml` in place of `prod.yaml`."""
    misplaced: tuple[str, ...] = ()
    """Environments that no command reads, by their paths: `eu/prod.yaml`, `prod.json`."""
    folder: str = FOLDER
    """The folder that an error names."""
    shown: str = FOLDER
    """The folder in the places of problems; empty for the current one."""
    freeze: Callable[[], str | None] = lambda: None
    """Returns the text of `freeze.yaml`, None where there is none; it may raise as `read`."""
    probe: "ReadProbe" = lambda _: None
    """Reads the probe files that rules name."""
    verdicts: "Verdicts | None" = None
    """The verdicts of earlier runs on texts; None where nobody remembers."""

    def file(self, name: str) -> str:
        """Return the file of the document *name*, as places have it."""
        return self.path(f"{name}.yaml")

    def path(self, file: str) -> str:
        """Return a *file* of the folder as places have it."""
        return f"{self.shown}/{file}" if self.shown else file

    @property
    def freeze_file(self) -> str:
        """The file of the freezes, as places have it."""
        above = self.shown.rpartition("/")[0]
        return f"{above}/{FREEZE}" if above else FREEZE

    @property
    def none_here(self) -> str:
        """The words for a folder without an environment, whose name would end with `.yaml`."""
        if not self.bases:
            return f"{self.folder}: no environments, which are NAME.yaml there"
        there = listed([f"{it}.yaml" for it in self.bases], _SHOWN)
        return f"{self.folder}: no environments: {there} is a base alone, by its `_`"

    def unread(self) -> Iterator[Warned]:
        """Yield a warning of each file that was meant as an environment, and is not read."""
        for name, file in self.misnamed.items():
            what = f"not read: rename it to {self.file(name)}"
            if name in self.names or name in self.bases:
                what = f"not read, as {self.file(name)} is: delete one of them"
            yield Warned("misnamed-environment", Problem(what, Place(self.path(file))))
        for file in self.misplaced:
            name = file.rpartition("/")[2].partition(".")[0]
            what = f"not read: an environment is a file such as {self.file(name)}"
            yield Warned("misplaced-environment", Problem(what, Place(self.path(file))))

    def edited(self, texts: Mapping[str, str]) -> "Texts":
        """Return them with *texts*, by name, in the place of others and beside them."""
        known = sorted({*self.names, *self.bases, *texts})
        return replace(
            self,
            read=lambda name: texts[name] if name in texts else self.read(name),
            names=tuple(name for name in known if not is_base(name)),
            bases=tuple(filter(is_base, known)),
        )


def is_base(name: str) -> bool:
    """Say whether *name* is that of a base: what environments extend, and never one itself."""
    return name.startswith("_")
