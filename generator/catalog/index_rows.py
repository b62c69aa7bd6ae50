"""The rows of an index as CSV, and what other tools write in place of them."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import IO, Self

from generator.limits.index import INDEX_LINES, ROW_CHARACTERS
from generator.text.pattern import pattern
from generator.text.quoting import short

_FIELDS = 3
_PIECE_BYTES = 1024 * 1024
_REMARKS = ("#", "sep=")
STORE_LIKE = pattern(
    r"[0-9A-Fa-f]{16,}|[A-Za-z0-9+/]{8,}={1,2}\Z|\A(?:md5|sha256|crc32c|crc64nvme):|://"
    r"|/\Z|(?:\A|/)[0-9]+(?:/|\Z)|-of-[0-9]|\.(?:pb|pbtxt|tflite|index|csv|txt|json)\Z",
    re.IGNORECASE,
)
"""Marks of a row of an index: a digest, a URL, a version directory, a file."""
_LONGEST_COLUMN = 60
_RFC4180 = "separate fields by commas, and double a quote inside one, as `jq -r '… | @csv'` does"


class IndexTooLargeError(Exception):
    """An index has more of something than one may have; the text says of what."""


def encoding_problem(data: bytes) -> str:
    """Return what *data* is, if it is not UTF-8; empty if it is.

    It goes piece by piece: the text of a whole index may take four times its bytes.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    for start in range(0, len(data), _PIECE_BYTES):
        pending, _ = decoder.getstate()
        end = start + _PIECE_BYTES
        try:
            decoder.decode(view[start:end], final=end >= len(data))
        except UnicodeDecodeError as error:
            if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "it is UTF-16, as `>` of Windows PowerShell writes: write it as UTF-8"
            at = start - len(pending) + error.start
            return f"byte {at}: {data[at]:#04x} is not UTF-8"
    return ""


def is_header(fields: list[str]) -> bool:
    """Whether a first row names columns, or is a remark: nothing in it is of a store."""
    if fields[0].startswith(_REMARKS) and len(fields) != _FIELDS:
        return True
    if len(fields) == _FIELDS and fields[1].startswith(f"{fields[0].removesuffix('/')}/"):
        return False
    texts = [text.strip() for text in fields if text.strip()]
    return len(texts) > 1 and all(
        len(text) <= _LONGEST_COLUMN
        and any(letter.isalpha() for letter in text)
        and not STORE_LIKE.search(text)
        and text.isprintable()
        and ".." not in text
        for text in texts
    )


def miscounted(fields: list[str]) -> str | None:
    """Say why a row has not the fields of one, or return None."""
    if any("\0" in text for text in fields):
        return "a NUL byte"
    if len(fields) == _FIELDS:
        return None
    row = ",".join(fields)
    problem = f"expected 3 fields (base path, key, ETag), got {len(fields)}: {short(row)}"
    other = next((mark for mark in ";\t|" if row.count(mark) == _FIELDS - 1), None)
    return f"{problem}; separate them by commas, not {other!r}" if other else problem


def rows(file: IO[bytes], report: Callable[[str], None]) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and fields of each row that is not blank; *report* what is no row.

    Raises:
        IndexTooLargeError: There is one line too many.
        UnicodeDecodeError: It is not UTF-8.
    """
    lines = _Lines(file)
    reader = csv.reader(lines, strict=True)
    while True:
        line = lines.begin_row()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except _RowTooLongError:
            report(f"line {line}: a row of {ROW_CHARACTERS.over}")
        except csv.Error as error:
            way_out = f"; {_RFC4180}" if "expected after" in str(error) else ""
            report(f"line {line}: {error}{way_out}")
        else:
            if fields:
                yield line, fields


class _RowTooLongError(Exception):
    """A row, which a quoted field may spread over many lines, has no end where it must have one."""


class _Lines:
    """The lines of an index, one after the other as `csv` asks for them: a row may take several."""

    def __init__(self, file: IO[bytes]) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        self._count = 0
        self._room = 0
        """The characters that are left to the row."""

    def begin_row(self) -> int:
        """Return the number of the line on which the next row begins, from 1."""
        self._room = ROW_CHARACTERS
        return self._count + 1

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._room + 1)
        if not line:
            raise StopIteration
        if self._count == INDEX_LINES:
            raise IndexTooLargeError(INDEX_LINES.over)
        self._count += 1
        self._room -= len(line)
        if self._room < 0:
            while line and not line.endswith(("\n", "\r")):
                line = self._text.readline(ROW_CHARACTERS)
            raise _RowTooLongError
        return line
