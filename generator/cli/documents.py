"""The documents of a project folder: its environments and freezes, as they are or as edited."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from generator.cli import echo
from generator.errors import InvalidInputError

if TYPE_CHECKING:
    from generator.environment.environment import Environment
    from generator.environment.texts import Texts
    from generator.environment.verdicts import Verdicts


class Documents(Struct, frozen=True, dict=True):
    """The documents of environments/, with texts in place of some files; read when asked for."""

    folder: Path
    """The project folder."""
    edits: Mapping[str, str] = field(default_factory=dict)
    """By name, texts of environments and bases that nobody has written."""
    remembers: bool = True
    """Whether texts that an earlier run has accepted are not judged again."""
    knows_freezes: bool = True

    def names(self, chosen: Sequence[str]) -> list[str]:
        """Return the *chosen* environments, or all of the folder; warn of files that are none.

        Raises:
            InvalidInputError: The folder has none.
        """
        if chosen:
            return list(dict.fromkeys(chosen))
        texts = self.some_texts()
        for warned in texts.unread():
            echo.talk("warning", f"{warned.code}: {warned.message}")
        return list(texts.names)

    def reads_all(self, chosen: Sequence[str]) -> bool:
        """Whether `names` has nothing to warn of."""
        return bool(chosen) or not any(self.texts().unread())

    def environment(self, name: str) -> "Environment":
        """Load one environment.

        Raises:
            InvalidInputError: There is none of that name, or its file is invalid.
        """
        from generator.environment import load

        return load.load(self.texts(), name)

    def some_texts(self) -> "Texts":
        """Return the texts of the environments.

        Raises:
            InvalidInputError: The folder has none.
        """
        texts = self.texts()
        if texts.names:
            return texts
        raise InvalidInputError(
            [texts.none_here, *(warned.message for warned in texts.unread())],
            hint="name the project folder with -C, or let `tfs-gitops init` write one",
        )

    def texts(self) -> "Texts":
        """Return the texts of the environments, of which there may be none."""
        from generator.environment import project_folder

        texts = project_folder.texts(self.folder).edited(self.edits)
        if not self.knows_freezes:
            texts = replace(texts, freeze=lambda: None)
        return replace(texts, verdicts=self._verdicts)

    def edited(self, texts: Mapping[str, str]) -> "Documents":
        """Return them with *texts*, by name, in the place of others and beside them."""
        return replace(self, edits={**self.edits, **texts})

    def for_reader(self) -> "Documents":
        """Return them for who only looks: a broken freeze.yaml is told, and hides nothing.

        For a sync nobody knows what it stops; what is served is known all the same.
        """
        from generator.environment import load

        try:
            load.frozen(self.texts())
        except InvalidInputError as error:
            echo.talk("warning", f"{error.problems[0]}; no sync goes out until that is mended")
            return replace(self, knows_freezes=False)
        return self

    @cached_property
    def _verdicts(self) -> "Verdicts | None":
        if not self.remembers:
            return None
        from generator.environment.verdicts import Verdicts

        return Verdicts()
