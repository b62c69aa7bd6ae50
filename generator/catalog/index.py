"""Index files: the claim of an exporter that an upload has finished.

An index is a headerless CSV (RFC 4180) with one row for each object: base path,
key, ETag. Paths may carry the store's URL or not, also mixed. This module turns
the bytes of one index into claims; whether a claim is true is for `proof`.
"""

import csv
import io
from collections.abc import Iterable
from functools import partial
from typing import IO

from generator.catalog import index_rows
from generator.catalog.claim import Blob, Parsed
from generator.catalog.hold import Code
from generator.catalog.index_parser import IndexParser
from generator.catalog.index_rows import IndexTooLargeError
from generator.catalog.location import Location


def parse(key: str, data: bytes, location: Location) -> Parsed:
    """Return the claims of the index *key*; or, if it breaks a rule, only its holds.

    All problems are told together, as far as it is read: to the end, or to where it is larger
    than any index may be. A version number out of range holds that version alone.
    Rows of folder markers, whose keys end in a slash, say nothing; a row beside the version
    directories is a warning.
    """
    parser = IndexParser(key, location)
    if problem := index_rows.encoding_problem(data):
        parser.problems.add(Code.NOT_UTF8, problem)
        return Parsed((), parser.holds())
    return _parsed(parser, io.BytesIO(data))


def read(key: str, file: IO[bytes], location: Location) -> Parsed:
    """Return what `parse` does, of a file: it is never in memory as a whole."""
    parser = IndexParser(key, location)
    try:
        return _parsed(parser, file)
    except UnicodeDecodeError:
        parser.problems.add(Code.NOT_UTF8, "some byte of it is not UTF-8")
        return Parsed((), parser.holds())


def _parsed(parser: IndexParser, file: IO[bytes]) -> Parsed:
    try:
        for line, fields in index_rows.rows(file, partial(parser.problems.add, Code.FIELD_COUNT)):
            parser.add(line, fields)
    except IndexTooLargeError as error:
        parser.problems.add(Code.INDEX_TOO_LARGE, str(error))
    return parser.parsed()


def write(base_path: str, blobs: Iterable[Blob]) -> bytes:
    """Return the text of an index, in the order of the keys. `parse` reads it back."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows((base_path, blob.key, blob.etag) for blob in sorted(blobs))
    return text.getvalue().encode()
