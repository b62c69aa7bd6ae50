"""The file `variables.index`: the shards of the variables, and how far into each they reach.

The file is a table of TensorFlow (core/lib/io/format.cc): blocks of sorted keys with values,
a block that lists them, and a footer. Its first value is a BundleHeaderProto, each other one
a BundleEntryProto (core/protobuf/tensor_bundle.proto).
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from generator.catalog.savedmodel.protobuf import File, UnsureError

_START = b"\0\0"
"""The start of the first block, whose first key is empty."""
_MAGIC = bytes.fromhex("57fb808b247547db")
_FOOTER = 48
_TRAILER = 5
"""A byte that says how a block is compressed, and a checksum."""
_PLAIN = 0
_NUMBER = 4
"""Bytes of a restart, and of how many there are, at the end of a block."""

# Numbers of fields, each line those of one message.
_SHARDS = 1
_SHARD, _OFFSET, _SIZE = 3, 4, 5


class Bundle(Struct, frozen=True):
    """The shards that hold the values of variables."""

    shards: int
    """The number of shards."""
    bytes: Mapping[int, int]
    """The bytes of a shard that the variables need, by its number."""


def read(data: bytes) -> Bundle:
    """Return what the bytes of a `variables.index` say.

    Raises:
        UnsureError: It is nothing that is known here.
        ValueError: It is cut or damaged; a server cannot read it either.
    """
    if not data.startswith(_START):
        raise UnsureError("it does not begin as a table does")
    if len(data) < _FOOTER or not data.endswith(_MAGIC):
        raise ValueError("it is cut: it has not the end of a table")
    footer = File(lambda start, end: data[start:end], len(data))
    at = len(data) - _FOOTER
    for _ in range(2):  # the place of a block of other things, of no use here
        _, at = footer.varint(at, len(data))
    shards, ends = 0, dict[int, int]()
    for _, start, stop in _entries(data, *_handle(data, at, len(data))):
        for length, first, last in _entries(data, *_handle(data, start, stop)):
            value = data[first:last]
            if length:
                shard, end = _entry(value)
                ends[shard] = max(ends.get(shard, 0), end)
            else:
                shards = _fields(value).get(_SHARDS, 0)
    if shards < 1:
        raise ValueError("it does not say how many shards there are")
    return Bundle(shards, ends)


def _entry(value: bytes) -> tuple[int, int]:
    """Return the shard of a variable, and where in it the variable ends."""
    found = _fields(value)
    return found.get(_SHARD, 0), found.get(_OFFSET, 0) + found.get(_SIZE, 0)


def _fields(value: bytes) -> dict[int, int]:
    file = File(lambda start, end: value[start:end], len(value))
    return {it.number: it.value for it in file.fields(0, len(value)) if it.is_integer}


def _handle(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return where the block is that is told of at a byte."""
    file = File(lambda start, stop: data[start:stop], len(data))
    start, at = file.varint(at, end)
    size, _ = file.varint(at, end)
    if start + size + _TRAILER > len(data):
        raise ValueError(f"it is damaged: a block ends at byte {start + size}")
    if data[start + size] != _PLAIN:
        raise UnsureError("its blocks are compressed")
    return start, start + size


def _entries(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield how long each key of a block is, and where its value begins and ends."""
    file = File(lambda first, last: data[first:last], len(data))
    count = int.from_bytes(data[end - _NUMBER : end], "little")
    stop = end - _NUMBER * (1 + count)
    if not start <= stop:
        raise ValueError(f"it is damaged: a block at byte {start} has no end")
    at = start
    while at < stop:
        shared, at = file.varint(at, stop)
        more, at = file.varint(at, stop)
        size, at = file.varint(at, stop)
        first = at + more
        at = first + size
        if at > stop:
            raise ValueError(f"it is damaged: an entry ends at byte {at}, its block at {stop}")
        yield shared + more, first, at
