"""Ports of the lock: the delivery branch, as far as it is read.

Only `generator.errors` leave a port, whatever the library behind it raises.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from generator.lock.commit import FileRevision, LookBack


class CommittedFiles(Protocol):
    """The files of one commit."""

    def read(self, path: str) -> Mapping[str, bytes]:
        """Return the files at or below *path* by their path in the repository."""
        ...


class ReadableBranch(Protocol):
    """The base branch of a delivery repository, as it was when it was last fetched."""

    def fetch(self) -> None:
        """Read the branch again.

        Raises:
            PublishError: The repository cannot be reached or read.
        """
        ...

    def read(self, folder: str) -> Mapping[str, bytes]:
        """Return the files below *folder* by their path in the repository."""
        ...

    def has(self, path: str) -> bool:
        """Whether the branch has a file at *path*."""
        ...

    def refuse_misfits(self, files: Collection[str], folders: Collection[str]) -> None:
        """Raise if the branch has something else where *files* are to be, or *folders*.

        Raises:
            PublishError: A file, a link or a submodule is where a folder must be, or the
                other way round, or a name beside or below them is that of another place.
        """
        ...

    def recent(
        self, paths: Sequence[str], since: datetime
    ) -> list[tuple[datetime, tuple[bytes | None, ...]]]:
        """Return files as each commit left them that may have come after *since*, newest first.

        And as all parents of these commits left them: what servers had before.

        Raises:
            PublishError: The history cannot be read.
        """
        ...

    def log(self, path: str, until: LookBack | None = None) -> Iterator[FileRevision]:
        """Yield the commits that changed the file at *path*, newest first.

        On whichever side of a merge they were made. The past is read as far as it is asked
        for, and no further than *until*.

        Raises:
            PublishError: The history cannot be read.
        """
        ...
