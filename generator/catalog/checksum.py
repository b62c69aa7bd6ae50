"""Checksums of files: as an index gives them, as stores print them, and of bytes.

SHA-256 and MD5 come from people and from our own exporter; S3 keeps CRC-64/NVME of every
upload by itself, Google CRC-32C. Tools print them in hex or, as both clouds do, in base64.
"""

import hashlib
from typing import Protocol

from msgspec import Struct

from generator.catalog.etag import SIZES, canonical, is_plain

_HEX = frozenset("0123456789abcdef")
_BARE = {2 * SIZES[algorithm]: algorithm for algorithm in ("md5", "sha256")}


class Hashing(Protocol):
    """A checksum that is being computed."""

    def update(self, data: bytes, /) -> None:
        """Take the next bytes in."""
        ...

    def hexdigest(self) -> str:
        """Return the checksum of all bytes so far, in hex."""
        ...


class Checksum(Struct, frozen=True):
    """A file checksum that an index gives in place of an ETag."""

    algorithm: str
    """One of `SIZES`."""
    hex: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"

    @classmethod
    def of(cls, field: str, scheme: str) -> "Checksum | None":
        """Read the third field of a row; None is an opaque ETag of the store.

        A bare hex value is a checksum only for a folder, which has no ETags of its own.
        """
        if scheme != "file" and is_plain(field):
            return None
        field = canonical(field)
        algorithm, colon, value = field.partition(":")
        if colon and algorithm in SIZES:
            return cls(algorithm, value)
        value = field.lower()
        if scheme == "file" and len(value) in _BARE and set(value) <= _HEX:
            return cls(_BARE[len(value)], value)
        return None


def hashing(algorithm: str) -> Hashing:
    """Return a new computation of a checksum of `SIZES`."""
    if algorithm == "crc32c":
        return _Crc32c()
    if algorithm == "crc64nvme":
        return _Crc64Nvme()
    return hashlib.new(algorithm, usedforsecurity=False)


class _Crc32c:
    """CRC-32C (Castagnoli), as Google keeps it of every object."""

    def __init__(self) -> None:
        from google_crc32c import extend  # noqa: PLC0415  few indexes have it

        self._extend, self._value = extend, 0

    def update(self, data: bytes, /) -> None:
        self._value = self._extend(self._value, data)

    def hexdigest(self) -> str:
        return f"{self._value:08x}"


class _Crc64Nvme:
    """CRC-64/NVME, as S3 keeps it of every object since the end of 2024."""

    def __init__(self) -> None:
        from awscrt.checksums import crc64nvme  # noqa: PLC0415  likewise

        self._extend, self._value = crc64nvme, 0

    def update(self, data: bytes, /) -> None:
        self._value = self._extend(data, self._value)

    def hexdigest(self) -> str:
        return f"{self._value:016x}"
