"""A plain folder in place of a branch: the place where `render` writes."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from generator.delivery.commitment import Commitment
from generator.errors import PublishError
from generator.limits.git import TREE_BYTES
from generator.lock.commit import Commit, FileRevision, LookBack
from generator.text import bounded_file, whole_file
from generator.text.phrases import file_reason


class FolderBranch:
    """A WritableBranch whose files are on disk; each is written whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def fetch(self) -> None:
        """Do nothing: the files are read when they are asked for."""

    def read(self, path: str) -> dict[str, bytes]:
        """Return the files at or below *path*, by their path in the folder."""
        start = self._root / path
        files = [start] if start.is_file() else sorted(start.rglob("*"))
        try:
            return {
                file.relative_to(self._root).as_posix(): bounded_file.read(file, TREE_BYTES)
                for file in files
                if file.is_file()
            }
        except OSError as error:
            raise _error(error) from error

    def refuse_misfits(self, files: Collection[str], folders: Collection[str]) -> None:
        """Do nothing: what does not fit is told when it is written."""

    def has(self, path: str) -> bool:
        """Whether the folder has something at *path*."""
        return (self._root / path).exists()

    def recent(
        self,
        paths: Sequence[str],
        since: datetime,  # noqa: ARG002  it has no past
    ) -> list[tuple[datetime, tuple[bytes | None, ...]]]:
        """Return the files as they are, dated by the first of them."""
        return [
            (revision.commit.at, tuple(self.read(path).get(path) for path in paths))
            for revision in self.log(paths[0])
        ]

    def log(
        self,
        path: str,
        until: LookBack | None = None,  # noqa: ARG002  it has no past
    ) -> Iterator[FileRevision]:
        """Yield the file as it is: a folder has no past, so every pod is taken to hold it."""
        data = self.read(path).get(path)
        if data is not None:
            modified = datetime.fromtimestamp(self._file(path).stat().st_mtime, UTC)
            yield FileRevision(Commit("", modified, "", ""), data, (None,), None)

    def _file(self, path: str) -> Path:
        """Return where the file at *path* is."""
        return self._root / path

    def commit(self, commitment: Commitment) -> str | None:
        """Write and remove files, and the folders that this empties; return the folder."""
        try:
            for path in commitment.removed:
                self._remove(self._root / path)
            for path, data in commitment.files.items():
                whole_file.replace(self._root / path, data)
        except OSError as error:
            raise _error(error) from error
        return str(self._root)

    def _remove(self, path: Path) -> None:
        if not path.is_file():
            return
        path.unlink()
        for folder in path.parents:
            if folder == self._root or any(folder.iterdir()):
                return
            folder.rmdir()


def _error(error: OSError) -> PublishError:
    return PublishError(file_reason(error), hint="check that the folder exists and may be written")
