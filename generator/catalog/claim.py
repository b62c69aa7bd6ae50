"""Claims: the version directories that an index file declares complete, with their objects.

It is the exporter's word; `generator.catalog.proof` compares it with the store. None of it
has to do with the PersistentVolumeClaims of Kubernetes.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from generator.catalog.catalog import Warned
from generator.catalog.hold import Code, Held
from generator.catalog.version_directory import VersionDirectory


@dataclass(frozen=True, slots=True, order=True)
class Blob:
    """One row: an object, relative to the store, and its ETag or checksum without quotes."""

    key: str
    etag: str
    line: int = field(default=0, compare=False)
    """The line of the row in its index, from 1; 0 where it is in none."""


@dataclass(frozen=True, slots=True)
class Claim(VersionDirectory):
    """One version directory that an index declares complete."""

    index: str
    """The object key of the index."""
    blobs: tuple[Blob, ...]

    def hold(self, code: Code, *problems: str) -> Held:
        """Return a hold of this one version of the index."""
        return Held.of_version(self, self.index, code, problems)


class Parsed(NamedTuple):
    """The claims of one index, and what it breaks."""

    claims: tuple[Claim, ...]
    """Sorted by version."""
    held: tuple[Held, ...] = ()
    warnings: tuple[Warned, ...] = ()
