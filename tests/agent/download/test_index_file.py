"""An index is read as a file in which only the rows of some versions are not blank."""

from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.agent.download.index_file import UnavailableError, open_rows
from generator.catalog.stored_object import Unreadable
from generator.errors import StoreError
from generator.limits.index import INDEX_BYTES, ROW_CHARACTERS
from tests.kit.manifests import version

ONE = replace(version("m", 1), objects=10)
ROWS = [b"m,m/1/a,0", b"m,m/2/a,0", b'"m","m/1/b",0', b"n,n/1/a,0", b"", b"m/1/", b"\xff,m/1/\xff"]
ENDS = [b"\n", b"\r\n", b"\r"]
LINES = st.lists(st.tuples(st.sampled_from(ROWS), st.sampled_from(ENDS)), max_size=12)


@dataclass
class Index:
    """A store with one index, which hands out as much at a time as it likes."""

    data: bytes
    size: int = 1024 * 1024
    error: Exception | Unreadable | None = None

    def range(self, _, start, end):
        """Return some bytes from *start* on."""
        if isinstance(self.error, Exception):
            raise self.error
        return self.error or self.data[start : min(end, start + self.size)]

    def open(self, *versions):
        """Return it as a file."""
        return open_rows(self, "index-m.csv", self.data[: self.size], versions)


@given(LINES, st.binary(max_size=20), st.integers(1, 40))
@example([(b"m,m/1/a,0", b"\r\n")], b"", 10)
def test_rows_of_others_are_blank_lines_wherever_pieces_end(lines, tail, size):
    """What may be a row of the version is as it was, on the line on which it was."""
    data = b"".join(row + end for row, end in lines) + tail

    found = Index(data, size).open(ONE).read()

    lines_of = bytes.splitlines
    for before, after in zip(lines_of(data, True), lines_of(found, True), strict=True):  # noqa: FBT003
        assert after == (before if b"m/1/" in before else b"\r")


@pytest.mark.parametrize("size", [ROW_CHARACTERS * 5, ROW_CHARACTERS * 40])
def test_a_line_that_is_longer_than_any_row_is_none(size):
    """It may name the version, and costs no memory of its length."""
    long = b"m,m/1/a," + b"0" * size
    data = b"".join([b"m,m/1/a,0\n", long, b"\n", b"m,m/1/b,0\n", long])

    found = Index(data, ROW_CHARACTERS * 7).open(ONE).read()

    assert found == b"m,m/1/a,0\n\rm,m/1/b,0\n\r"


def test_more_rows_than_the_lock_knows_are_not_read():
    """Whoever may upload may write the index anew, after it was proven."""
    rows = b"".join(b"m,m/1/%d,0\n" % number for number in range(1020))

    assert Index(rows, 700).open(ONE).read() == rows
    with pytest.raises(UnavailableError, match="lists more objects than the lock names"):
        Index(rows + b"m,m/1/x,0\n", 700).open(ONE).read()


def test_what_a_store_says_on_the_way_ends_the_file():
    """That it is withheld, that it fails, or that there is too much of it."""
    begun = b"n,n/1/a,0\n" * 100
    long = b"n,n/1/a," + b"0" * (ROW_CHARACTERS - 10) + b"\n"
    withheld = Index(begun, error=Unreadable("403"))
    with pytest.raises(UnavailableError, match=r"the index 'index-m\.csv' cannot be read: 403"):
        withheld.open(ONE).read()
    with pytest.raises(StoreError, match="away"):
        Index(begun, error=StoreError("away")).open(ONE).read()
    with pytest.raises(UnavailableError, match="is over 64 MiB"):
        Index(long * (INDEX_BYTES // len(long) + 1)).open(ONE).read()
