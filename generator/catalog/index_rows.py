"""The rows of an index as CSV, and what other tools write in place of them."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator

from generator.text.quoting import short

_FIELDS = 3
_REMARKS = ("#", "sep=")
STORE_LIKE = re.compile(
    r"[0-9A-Fa-f]{16,}|[A-Za-z0-9+/]{8,}={1,2}\Z|\A(?:md5|sha256|crc32c|crc64nvme):|://"
    r"|/\Z|(?:\A|/)[0-9]+(?:/|\Z)|-of-[0-9]|\.(?:pb|pbtxt|tflite|index|csv|txt|json)\Z",
    re.IGNORECASE,
)
"""Marks of a row of an index: a digest, a URL, a version directory, a file."""
_LONGEST_COLUMN = 60
_RFC4180 = "separate fields by commas, and double a quote inside one, as `jq -r '… | @csv'` does"


def encoding_problem(data: bytes, start: int) -> str:
    """Say what *data* is, whose byte at *start* is not UTF-8."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "it is UTF-16, as `>` of Windows PowerShell writes: write it as UTF-8"
    return f"byte {start}: {data[start]:#04x} is not UTF-8"


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


def rows(text: str, report: Callable[[str], None]) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and fields of each row that is not blank; *report* what is no row."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            way_out = f"; {_RFC4180}" if "expected after" in str(error) else ""
            report(f"line {line}: {error}{way_out}")
        else:
            if fields:
                yield line, fields
