"""A version directory of a model: its path, its number, and what is a number to a server."""

from msgspec import Struct

from generator.limits.index import SEGMENT_BYTES

MAX_VERSION = 2**63 - 1
"""Servers keep version numbers in an int64 (F20)."""


class VersionDirectory(Struct, frozen=True):
    """A directory of a store that servers take for one version of a model."""

    base_path: str
    directory: str
    """Its name as it is spelled, such as `7` or `007`."""

    @property
    def version(self) -> int:
        """The number that a server reads from the directory's name."""
        return int(self.directory)

    @property
    def path(self) -> str:
        """The directory, relative to the store."""
        return f"{self.base_path}/{self.directory}"


def is_version_directory(name: str) -> bool:
    """Whether a server would read *name* as a version number, in range or not (F20)."""
    return name.isascii() and name.isdecimal() and len(name) <= SEGMENT_BYTES


def out_of_range(version: int) -> str | None:
    """Say why no server can have the number *version*, or return None."""
    if 0 <= version <= MAX_VERSION:
        return None
    return f"version {version} is not a number from 0 to {MAX_VERSION}"


def default_name(base_path: str) -> str:
    """Return the model name of a base path that no rule names."""
    return base_path.replace("/", "-")
