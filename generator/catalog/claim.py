"""Claims: the version directories that an index file declares complete, with their objects.

It is the exporter's word; `generator.catalog.proof` compares it with the store. None of it
has to do with the PersistentVolumeClaims of Kubernetes.
"""

import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import msgpack

from generator.catalog.hold import Code, Held
from generator.catalog.version_directory import VersionDirectory
from generator.catalog.warned import Warned

_QUICK = 1  # level of zlib
_ROWS = msgpack.Decoder(list[tuple[str, str, int]])


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

    def packed(self, *, is_tight: bool = False) -> "PackedClaim":
        """Return the same in a third of the memory; in a tenth, and much slower, if *is_tight*."""
        data = msgpack.encode([(blob.key, blob.etag, blob.line) for blob in self.blobs])
        data = zlib.compress(data, _QUICK) if is_tight else data
        return PackedClaim(self.base_path, self.directory, self.index, data, is_tight)


class PackedClaim(VersionDirectory, frozen=True):
    """A claim that waits to be proven, in little memory."""

    index: str
    """The object key of the index."""
    data: bytes
    is_tight: bool
    """Whether *data* is compressed."""

    def unpacked(self) -> Claim:
        """Return the claim."""
        rows = _ROWS.decode(zlib.decompress(self.data) if self.is_tight else self.data)
        return Claim(self.base_path, self.directory, self.index, (*(Blob(*row) for row in rows),))


class Parsed(NamedTuple):
    """The claims of one index, and what it breaks."""

    claims: tuple[Claim, ...]
    """Sorted by version."""
    held: tuple[Held, ...] = ()
    warnings: tuple[Warned, ...] = ()
