"""The records of a TFRecord file, as TensorFlow reads them.

A record is its length (8 bytes, little-endian), a checksum of that, its data, and a
checksum of the data; checksums are masked CRC-32C.
"""

import struct
from collections.abc import Iterable, Iterator

import google_crc32c

from generator.catalog.savedmodel.protobuf import UnsureError

_HEADER = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_MASK = 0xA282EAD8
_GZIP = b"\x1f\x8b"


def records(chunks: Iterable[bytes], most: int, longest: int) -> Iterator[bytes | None]:
    """Yield the data of each record of a file, which comes as *chunks* of any size.

    None is one of more than *longest* bytes, which is whole, and was not kept. Memory holds
    one record at a time. Fewer bytes at the end than the head of a record (12)
    are the end of the file to TensorFlow, too.

    Raises:
        UnsureError: The file has more than *most* bytes; the records before were yielded.
        ValueError: It is no TFRecord file, or it is damaged or cut.
    """
    file = _File(chunks, most)
    count = 0
    while len(header := b"".join(file.take(_HEADER.size))) == _HEADER.size:
        count += 1
        length, checksum = _HEADER.unpack(header)
        if _masked(header[:8]) != checksum:
            raise ValueError(_no_header(header, count))
        found = 0
        kept: list[bytes] | None = [] if length <= longest else None
        for piece in file.take(length):
            found = google_crc32c.extend(found, piece)
            if kept is not None:
                kept.append(piece)
        stored = b"".join(file.take(_CHECKSUM.size))
        if len(stored) < _CHECKSUM.size:
            raise ValueError(f"cut within record {count}")
        if _mask(found) != _CHECKSUM.unpack(stored)[0]:
            raise ValueError(f"the data of record {count} is damaged")
        yield None if kept is None else b"".join(kept)


class _File:
    """A stream of chunks, to take bytes from."""

    def __init__(self, chunks: Iterable[bytes], most: int) -> None:
        self._chunks = iter(chunks)
        self._limit = self._left = most
        self._rest = b""
        self._at = 0

    def take(self, length: int) -> Iterator[bytes]:
        """Yield the next *length* bytes in pieces, or fewer where the file ends."""
        while length:
            if self._at == len(self._rest):
                chunk = next(self._chunks, None)
                if chunk is None:
                    return
                self._left -= len(chunk)
                if self._left < 0:
                    raise UnsureError(f"more than {self._limit} bytes would have to be read")
                self._rest, self._at = chunk, 0
            piece = self._rest[self._at : self._at + length]
            self._at += len(piece)
            length -= len(piece)
            yield piece


def _no_header(found: bytes, count: int) -> str:
    if count > 1:
        return f"the length of record {count} is damaged"
    compressed = ": it is compressed by gzip, which servers do not read here"
    return f"not a TFRecord file{compressed if found.startswith(_GZIP) else ''}"


def _masked(data: bytes) -> int:
    """Return the CRC-32C of *data* in the form in which TensorFlow stores it."""
    return _mask(google_crc32c.value(data))


def _mask(crc: int) -> int:
    return ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF
