"""The new files of a scaffold: a commit has many of them once, and people read none there."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from generator.lock import paths
from generator.lock.changes import Action
from generator.plan.plan import FileChange
from generator.text.phrases import counted


class Scaffold(Struct, frozen=True):
    """The files that a sync writes where there are none, and that people go on with."""

    root: str
    """The folder that they are in, with a slash at its end; empty for that of the repository."""
    files: tuple[FileChange, ...]

    def __str__(self) -> str:
        folders = sorted({file.path.removeprefix(self.root).split("/")[0] for file in self.files})
        count = counted(len(self.files), "file")
        return f"{self.root}{{{','.join(folders)}}}: {count} of the scaffold, yours from now on"


def parted(
    files: Sequence[FileChange], environment: str
) -> tuple[Scaffold | None, Iterable[FileChange]]:
    """Return the new files of the scaffold, if there are several, and all others."""
    folder = f"{paths.generated_folder(environment)}/"
    root = next((file.path.partition(folder)[0] for file in files if folder in file.path), None)
    if root is None:
        return None, files
    new = tuple(
        file
        for file in files
        if file.action is Action.ADD and not file.path.startswith(f"{root}{folder}")
    )
    if len(new) < 2:  # noqa: PLR2004  one is told as any other
        return None, files
    return Scaffold(root, new), [file for file in files if file not in new]
