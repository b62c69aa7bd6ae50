"""`generator.catalog.savedmodel.tfrecord`: what TensorFlow takes for a file of records."""

import contextlib
import gzip
import struct
from pathlib import Path

import google_crc32c
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.savedmodel import tfrecord
from generator.catalog.savedmodel.protobuf import UnsureError
from tests.servers.warmup_messages import crc32c, masked, record

GREETING = (
    Path(__file__).parents[3] / "examples/models/greeting/1/assets.extra/tf_serving_warmup_requests"
).read_bytes()

# 64 zero bits and their masked CRC-32C as TensorFlow writes them, and that of no bytes.
EMPTY_RECORD = bytes.fromhex("0000000000000000 29039807 d8ea82a2")
ANY = 2**63


def records(chunks, most=ANY, longest=ANY):
    """Return the records of a file that comes in chunks."""
    return list(tfrecord.records(chunks, most, longest))


def damaged(data, place):
    """Return *data* with one bit turned."""
    return data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]


def test_the_checksum_is_the_one_of_the_standard():
    """The other tests write files with it; the value is that of RFC 3720, B.4."""
    assert crc32c(bytes(32)) == google_crc32c.value(bytes(32)) == 0x8A9136AA


def test_the_checksum_is_made_by_compiled_code():
    """In Python, 60 MB take seconds of each plan; the library warns of it where it must."""
    assert google_crc32c.implementation == "c"


def test_a_file_that_tensorflow_wrote():
    """The example has two requests."""
    assert len(records([GREETING])) == 2
    assert records([record(b"")]) == records([EMPTY_RECORD]) == [b""]


def test_a_file_without_records_is_no_fault():
    """A server takes it, too; whether records are required is the policy's choice."""
    assert records([]) == records([b"", b""]) == []


@given(st.lists(st.binary(max_size=50), max_size=5), st.integers(1, 30))
def test_records_are_the_same_however_the_file_is_cut_into_chunks(data, step):
    """A store chooses the size of its chunks."""
    file = b"".join(map(record, data))

    assert records(file[at : at + step] for at in range(0, len(file), step)) == data


@pytest.mark.parametrize("file", [b"hello world, this is text", b"\x0a\x05" * 20, bytes(40)])
def test_another_file_is_no_tfrecord_file(file):
    """One that was put there by mistake."""
    with pytest.raises(ValueError, match=r"^not a TFRecord file$"):
        records([file])


def test_a_compressed_file_is_named_as_such():
    """TensorFlow's writer has an option for it, and a server has none."""
    with pytest.raises(ValueError, match="not a TFRecord file: it is compressed by gzip"):
        records([gzip.compress(record(b"ab"))])


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


def test_a_cut_file_is_a_fault_unless_fewer_bytes_are_left_than_the_head_of_a_record():
    """Those are the end of the file to TensorFlow, too."""
    first = struct.unpack("<Q", GREETING[:8])[0] + 16
    for end in range(len(GREETING)):
        count = end >= first
        if end - first * count < 12:
            assert len(records([GREETING[:end]])) == count
            continue
        with pytest.raises(ValueError, match=f"^cut within record {count + 1}$"):
            records([GREETING[:end]])


def test_a_length_beyond_all_memory_is_a_cut_file():
    """It is not believed, but read up to where the file ends."""
    length = struct.pack("<Q", 2**64 - 1)

    with pytest.raises(ValueError, match=r"^cut within record 1$"):
        records([length + masked(length), b"x" * 100])


def test_no_more_is_read_than_the_limit_and_what_is_before_it_is_yielded():
    """A sync does not read for hours, nor hold more than that in memory."""
    chunks = iter([record(b"x" * 84)] * 50)
    found = []
    with pytest.raises(UnsureError):
        found.extend(tfrecord.records(chunks, 1000, ANY))

    assert len(found) == 10
    assert len(records([record(b"x" * 84)] * 10, 1000)) == 10
    with pytest.raises(UnsureError, match="more than 999 bytes"):
        records([record(b"x" * 84)] * 10, 999)
    assert len(list(chunks)) == 39


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(data):
    """No file, however broken, escapes as another exception."""
    with contextlib.suppress(ValueError):
        records([data])
    with contextlib.suppress(ValueError):
        records([EMPTY_RECORD, data])


def test_a_record_that_is_too_long_is_proven_whole_and_not_kept():
    """Cut or damaged, it fails the load as a short one does."""
    file = record(b"ab") + record(b"x" * 100) + record(b"cd")

    assert records([file], longest=99) == [b"ab", None, b"cd"]
    assert records([file], longest=100) == [b"ab", b"x" * 100, b"cd"]
    with pytest.raises(ValueError, match="cut within record 2"):
        records([file[:60]], longest=99)
    with pytest.raises(ValueError, match="the data of record 2 is damaged"):
        records([file.replace(b"xx", b"xy", 1)], longest=99)
