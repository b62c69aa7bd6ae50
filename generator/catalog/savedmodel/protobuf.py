"""Protobuf messages in the wire format, walked through by ranged reads.

Only what is asked for is read: a field that nobody looks into costs its header, whatever
its length. Fields may come in any order, and TensorFlow writes newer files backwards.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from generator.limits.savedmodel import GRAPH_BYTES, GRAPH_FIELDS

Read = Callable[[int, int], bytes]
"""Returns the bytes of a file from *start* to before *end*."""

_AT_ONCE = 64 * 1024
_FIRST = 4 * 1024
_LARGEST = 256 * 1024
_VARINT = 0
_LENGTH = 2
_FIXED = {1: 8, 5: 4}
_MAX_VARINT = 10
_MORE = 0x80
"""The high bit, which says that more bytes follow."""
_MAX_FIELD = 2**29 - 1


class UnsureError(ValueError):
    """A file may be in order: all of it would have to be read, or is not known here."""


class Field(Struct, frozen=True):
    """One field of a message: its number, and where its value is in the file."""

    number: int
    wire_type: int
    start: int
    end: int
    _value: int = 0

    @property
    def span(self) -> tuple[int, int]:
        """The place of a message or a text in the file.

        Raises:
            ValueError: The field is a number.
        """
        if self.wire_type != _LENGTH:
            raise ValueError(f"field {self.number} before byte {self.end} is a number")
        return self.start, self.end

    @property
    def is_integer(self) -> bool:
        """Whether it is a varint."""
        return self.wire_type == _VARINT

    @property
    def value(self) -> int:
        """An integer, without a sign.

        Raises:
            ValueError: The field is no varint.
        """
        if self.wire_type != _VARINT:
            raise ValueError(f"field {self.number} at byte {self.start} is no integer")
        return self._value


class File:
    """A file of one message, of which at most `GRAPH_BYTES` are read, and `GRAPH_FIELDS` seen."""

    def __init__(self, read: Read, size: int) -> None:
        self.size = size
        self._read = read
        self._budget = int(GRAPH_BYTES)
        self._fields = 0
        self._start = 0
        self._window = b""
        # A small file is one request.
        self._first = _AT_ONCE if size <= _AT_ONCE else _FIRST
        self._step = self._first

    def fields(self, start: int, end: int) -> Iterator[Field]:
        """Yield the fields of the message from *start* to before *end*.

        Raises:
            UnsureError: They are too many.
            ValueError: They are malformed or cut.
        """
        at = start
        while at < end:
            tag, at = self.varint(at, end)
            number, wire_type = tag >> 3, tag & 7
            if not 1 <= number <= _MAX_FIELD:
                raise ValueError(f"malformed before byte {at}: no field has the number {number}")
            value = 0
            if wire_type == _VARINT:
                value, stop = self.varint(at, end)
            elif wire_type == _LENGTH:
                length, at = self.varint(at, end)
                stop = at + length
            elif wire_type in _FIXED:
                stop = at + _FIXED[wire_type]
            else:
                raise ValueError(f"malformed before byte {at}: unknown wire type {wire_type}")
            self._fields += 1
            if self._fields > GRAPH_FIELDS:
                raise UnsureError(f"{GRAPH_FIELDS.over} would have to be looked at")
            if stop > end:
                raise ValueError(f"cut or malformed: a field ends at byte {stop}, after {end}")
            yield Field(number, wire_type, at, stop, value)
            at = stop

    def text(self, field: Field) -> str:
        """Return the text of *field*.

        Raises:
            ValueError: It is not UTF-8, cut, or too long.
        """
        start, end = field.span
        try:
            return self._bytes(start, end).decode()
        except UnicodeDecodeError as error:
            raise ValueError(f"malformed: the text at byte {start} is not UTF-8") from error

    def varint(self, at: int, end: int) -> tuple[int, int]:
        """Return the varint that begins at a byte, and where the next thing begins.

        Raises:
            ValueError: It does not end before *end*.
        """
        here = at - self._start
        if at < end and 0 <= here < len(self._window) and self._window[here] < _MORE:
            return self._window[here], at + 1  # most are one byte, and have been read
        value = 0
        for index, byte in enumerate(self._bytes(at, min(end, at + _MAX_VARINT))):
            value |= (byte & 0x7F) << 7 * index
            if byte < _MORE:
                return value & (2**64 - 1), at + index + 1
        raise ValueError(f"cut or malformed: the number at byte {at} has no end")

    def _bytes(self, start: int, end: int) -> bytes:
        if not self._start <= start <= end <= self._start + len(self._window):
            self._load(start, end)
        return self._window[start - self._start : end - self._start]

    def _load(self, start: int, end: int) -> None:
        # Neighbours are read in ever larger steps: each read may be a request.
        near = 0 < start - self._start <= len(self._window) + self._step
        self._step = min(2 * self._step, _LARGEST) if near else self._first
        stop = min(max(end, start + self._step), self.size)
        self._budget -= stop - start
        if self._budget < 0:
            raise UnsureError(f"{GRAPH_BYTES.over} would have to be read")
        self._start, self._window = start, self._read(start, stop)
        if len(self._window) != stop - start:
            raise ValueError(f"cut: it has {start + len(self._window)} of {self.size} bytes")
