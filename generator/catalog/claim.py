"""Claims: the version directories that an index file declares complete, with their objects.

It is the exporter's word; `generator.catalog.proof` compares it with the store. None of it
has to do with the PersistentVolumeClaims of Kubernetes.
"""

import json
import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

from generator.catalog.hold import Code, Held
from generator.catalog.version_directory import VersionDirectory
from generator.catalog.warned import Warned

_QUICK = 1  # level of zlib


@dataclass(frozen=True, slots=True, order=True)
class Blob:
    """One row: an object, relative to the store, and its ETag or checksum without quotes."""

    key: str
    etag: str
    line: int = field(default=0, compare=False)
    """The line of the row in its index, from 1; 0 where it is in none."""


class Claim(VersionDirectory, frozen=True):
    """One version directory that an index declares complete."""

    index: str
    """The object key of the index."""
    blobs: tuple[Blob, ...]

    def hold(self, code: Code, *problems: str) -> Held:
        """Return a hold of this one version of the index."""
        return Held.of_version(self, self.index, code, problems)

    def packed(self) -> "PackedClaim":
        """Return the same in a tenth of the memory."""
        rows = [(blob.key, blob.etag, blob.line) for blob in self.blobs]
        data = zlib.compress(json.dumps(rows).encode(), _QUICK)
        return PackedClaim(self.base_path, self.directory, self.index, data)

    def unpacked(self) -> "Claim":
        """Return itself."""
        return self


class PackedClaim(VersionDirectory, frozen=True):
    """A claim that waits to be proven, in little memory."""

    index: str
    """The object key of the index."""
    data: bytes

    def unpacked(self) -> Claim:
        """Return the claim."""
        rows = json.loads(zlib.decompress(self.data))
        return Claim(self.base_path, self.directory, self.index, (*(Blob(*row) for row in rows),))


class Parsed(NamedTuple):
    """The claims of one index, and what it breaks."""

    claims: tuple[Claim, ...]
    """Sorted by version."""
    held: tuple[Held, ...] = ()
    warnings: tuple[Warned, ...] = ()
