"""The folder of a Compose project in place of a repository."""

from pathlib import Path

from generator.delivery.folder import FolderBranch


class ComposeFolder(FolderBranch):
    """A Branch that has elsewhere what a repository has in one of its folders.

    *there*, the folder in a repository, is read from *here*, a folder of the project; what
    is committed is written where its path says.
    """

    def __init__(self, root: Path, *, there: str, here: str) -> None:
        super().__init__(root)
        self._there = there
        self._here = here

    def read(self, path: str) -> dict[str, bytes]:
        """Return the files at or below *path*, by their path as it was asked for."""
        moved = _moved(path, self._there, self._here)
        found = super().read(moved)
        if moved == path:
            return found
        return {_moved(name, self._here, self._there): data for name, data in found.items()}

    def has(self, path: str) -> bool:
        """Whether the project has what a repository has at *path*."""
        return super().has(_moved(path, self._there, self._here))

    def _file(self, path: str) -> Path:
        return super()._file(_moved(path, self._there, self._here))


def _moved(path: str, old: str, new: str) -> str:
    inside = path == old or path.startswith(f"{old}/")
    return f"{new}{path[len(old) :]}" if inside else path
