"""`generator.warmup`: which warm-up files a server takes."""

import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import warmup
from generator.warmup import records

GREETING = (
    Path(__file__).parent.parent
    / "examples/models/greeting/1/assets.extra/tf_serving_warmup_requests"
).read_bytes()

# 64 zero bits and their masked CRC-32C as TensorFlow writes them, and that of no bytes.
EMPTY_RECORD = bytes.fromhex("0000000000000000 29039807 d8ea82a2")


def crc32c(data):
    """Return the CRC-32C bit by bit, as RFC 3720 defines it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    """Return the checksum of a record as it stands in the file."""
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32)


def record(data):
    """Return one record."""
    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


def damaged(data, place):
    """Return *data* with one bit turned."""
    return data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]


def test_the_checksum_is_the_one_of_the_standard():
    """The other tests write files with it; the value is that of RFC 3720, B.4."""
    assert crc32c(bytes(32)) == 0x8A9136AA


def test_a_file_that_tensorflow_wrote():
    """The example has two requests."""
    assert records([GREETING]) == 2
    assert records([record(b"")]) == records([EMPTY_RECORD]) == 1


def test_a_file_without_records_is_no_fault():
    """A server takes it, too; whether records are required is the policy's choice."""
    assert records([]) == records([b"", b""]) == 0


@given(st.lists(st.binary(max_size=50), max_size=5), st.integers(1, 30))
def test_records_are_counted_however_the_file_is_cut_into_chunks(data, step):
    """A store chooses the size of its chunks."""
    file = b"".join(map(record, data))

    assert records(file[at : at + step] for at in range(0, len(file), step)) == len(data)


def test_a_server_takes_a_thousand_records_and_not_one_more():
    """The rest of the file is not read: it may be long."""
    chunks = iter([EMPTY_RECORD] * 5000)

    assert records([EMPTY_RECORD * 1000]) == 1000
    with pytest.raises(ValueError, match=r"^more than 1000 records$"):
        records(chunks)
    assert len(list(chunks)) == 3999


@pytest.mark.parametrize("file", [b"hello world, this is text", b"\x0a\x05" * 20, bytes(40)])
def test_another_file_is_no_tfrecord_file(file):
    """One that was put there by mistake."""
    with pytest.raises(ValueError, match=r"^not a TFRecord file$"):
        records([file])


def test_every_damaged_bit_is_found():
    """And the record in which it is."""
    first = len(record(b"ab"))
    file = record(b"ab") + record(b"cd")
    for place in range(len(file)):
        with pytest.raises(ValueError, match=r"damaged|not a TFRecord") as caught:
            records([damaged(file, place)])
        within = place - first
        part = "length" if within < 12 else "data"
        if within >= 0:
            assert str(caught.value) == f"the {part} of record 2 is damaged"


def test_a_cut_file_is_a_fault_unless_it_ends_between_two_records():
    """An upload that was broken off."""
    first = struct.unpack("<Q", GREETING[:8])[0] + 16
    for end in range(len(GREETING)):
        if end in (0, first):
            assert records([GREETING[:end]]) == (1 if end else 0)
            continue
        with pytest.raises(ValueError, match=f"^cut within record {2 if end > first else 1}$"):
            records([GREETING[:end]])


def test_a_length_beyond_all_memory_is_a_cut_file():
    """It is not believed, but read up to where the file ends."""
    length = struct.pack("<Q", 2**64 - 1)

    with pytest.raises(ValueError, match=r"^cut within record 1$"):
        records([length + masked(length), b"x" * 100])


def test_a_large_file_is_given_up(monkeypatch):
    """A sync does not read for hours."""
    monkeypatch.setattr(warmup, "MAX_BYTES", 1000)
    chunks = iter([record(b"x" * 84)] * 50)

    with pytest.raises(ValueError, match=r"^larger than 1000 bytes$"):
        records(chunks)

    assert records([record(b"x" * 84)] * 10) == 10
    assert len(list(chunks)) == 39


@given(st.binary(max_size=100))
def test_any_bytes_are_counted_or_refused(data):
    """No file, however broken, escapes as another exception."""
    with contextlib.suppress(ValueError):
        records([data])
    with contextlib.suppress(ValueError):
        records([EMPTY_RECORD, data])
