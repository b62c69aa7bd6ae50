"""Count the records of a warm-up file as a server does before it serves a version.

A TFRecord is its length (8 bytes, little-endian), a checksum of that, its data, and a
checksum of the data; checksums are masked CRC-32C. A broken file, or a record too many,
and the version never loads (facts 2g).
"""

import struct
from collections.abc import Iterable, Iterator

MAX_RECORDS = 1000
"""A server refuses a version with more."""
MAX_BYTES = 64 * 1024 * 1024
"""Larger files are refused here, for all of it would have to be read."""

_LENGTH = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_POLYNOMIAL = 0x82F63B78  # Castagnoli's, reflected
_MASK = 0xA282EAD8


def records(chunks: Iterable[bytes]) -> int:
    """Return how many records a file has, which comes as *chunks* of any size.

    Raises:
        ValueError: It is no TFRecord file, or it is damaged, cut, too large, or has more
            records than a server takes.
    """
    file = _File(chunks)
    count = 0
    while header := b"".join(file.take(_LENGTH.size)):
        count += 1
        if count > MAX_RECORDS:
            raise ValueError(f"more than {MAX_RECORDS} records")
        length, checksum = _LENGTH.unpack(_whole(header, _LENGTH.size, count))
        if _masked([header[:8]]) != checksum:
            words = f"the length of record {count} is damaged"
            raise ValueError("not a TFRecord file" if count == 1 else words)
        found = _masked(file.take(length))
        expected = _whole(b"".join(file.take(_CHECKSUM.size)), _CHECKSUM.size, count)
        if found != _CHECKSUM.unpack(expected)[0]:
            raise ValueError(f"the data of record {count} is damaged")
    return count


class _File:
    """A stream of chunks, to take bytes from."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = b""
        self._at = 0
        self._total = 0

    def take(self, length: int) -> Iterator[bytes]:
        """Yield the next *length* bytes in pieces, or fewer where the file ends."""
        while length:
            if self._at == len(self._rest):
                chunk = next(self._chunks, None)
                if chunk is None:
                    return
                self._total += len(chunk)
                if self._total > MAX_BYTES:
                    raise ValueError(f"larger than {MAX_BYTES} bytes")
                self._rest, self._at = chunk, 0
            piece = self._rest[self._at : self._at + length]
            self._at += len(piece)
            length -= len(piece)
            yield piece


def _whole(data: bytes, length: int, count: int) -> bytes:
    if len(data) < length:
        raise ValueError(f"cut within record {count}")
    return data


def _masked(pieces: Iterable[bytes]) -> int:
    """Return the CRC-32C of *pieces* in the form in which TensorFlow stores it."""
    table, crc = _TABLE, 0xFFFFFFFF
    for piece in pieces:
        for byte in piece:
            crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF


def _entry(crc: int) -> int:
    for _ in range(8):
        crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc


_TABLE = tuple(_entry(byte) for byte in range(256))
