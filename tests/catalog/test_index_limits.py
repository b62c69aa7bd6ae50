"""Limits of an index: at each of them it is read, and beyond it is held, before it costs memory."""

import csv
import io
import re
import time
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator.catalog import index_rows
from generator.catalog.index import parse
from generator.catalog.location import Location
from generator.limits.index import (
    ETAG_CHARACTERS,
    INDEX_BYTES,
    INDEX_LINES,
    INDEX_VERSIONS,
    KEY_BYTES,
    PATH_BYTES,
    PROBLEMS_TOLD,
    ROW_CHARACTERS,
    SEGMENT_BYTES,
    VERSION_OBJECTS,
)
from tests.kit.index_texts import BUCKET, KEY, PB, claims_of, holds_of

FOLDER = Location.parse("file:///srv/models")
MIB = 1024 * 1024


def lines(count):
    """Return an index of *count* rows, in a hundred versions."""
    return "".join(f"m,m/{number % 100}/{number},aa\n" for number in range(count))


def objects(count):
    """Return an index of one version with *count* objects, each of them twice."""
    return "".join(f"m,m/1/{number},aa\n" * 2 for number in range(count))


def versions(count):
    """Return an index of *count* versions."""
    return "".join(f"m,m/{number}/x,aa\n" for number in range(count))


def row(size):
    """Return a row of *size* characters, which blanks make as long as they like."""
    return f"m,{PB},aa".ljust(size)


def path_of(size, first=""):
    """Return a path of *size* bytes, in segments of a hundred."""
    return f"{first}{'/'.join(['n' * 100] * 50)}"[: size - 1] + "n"


@pytest.mark.parametrize(
    ("limit", "text", "code"),
    [
        (INDEX_LINES, lines, "index-too-large"),
        (INDEX_LINES, lambda count: "\n" * (count - 1) + f"m,{PB},aa\n", "index-too-large"),
        (INDEX_LINES, lambda count: "\r" * (count - 1) + f"m,{PB},aa\r", "index-too-large"),
        (INDEX_VERSIONS, versions, "index-too-large"),
        (VERSION_OBJECTS, objects, "index-too-large"),
        (ROW_CHARACTERS, row, "field-count"),
        (ETAG_CHARACTERS, lambda size: f"m,{PB},{'a' * size}", "field-count"),
        (
            SEGMENT_BYTES,
            lambda size: f"m,m/1/{'é' * (size // 2)}{'n' * (size % 2)},aa",
            "unsafe-path",
        ),
        (KEY_BYTES, lambda size: f"m,{path_of(size, 'm/1/')},aa", "unsafe-path"),
    ],
    ids=[
        "lines",
        "blank-lines",
        "old-mac-lines",
        "versions",
        "objects",
        "row",
        "etag",
        "segment",
        "key",
    ],
)
def test_an_index_at_a_limit_is_read_and_beyond_it_is_held(limit, text, code):
    """One more is one too many; what was found, or the limit, stands in the problem."""
    assert claims_of(text(limit))
    [(found, [problem])] = holds_of(text(limit + 1)).items()
    assert found == code
    assert f"{int(limit):,}" in problem or f"{limit + 1:,}" in problem


def test_a_key_may_be_as_long_as_its_kind_of_store_takes_it():
    """A bucket takes 1,024 bytes with the store's prefix; a folder what Linux takes of a path."""
    prefixed = Location.parse("s3://models/team")
    for location, limit, above in (
        (prefixed, KEY_BYTES, "team/"),
        (FOLDER, PATH_BYTES, "srv/models/"),
    ):
        key = path_of(limit - len(above), "m/1/")
        assert claims_of(f"m,{key},aa", location)
        assert [*holds_of(f"m,{key}n,aa", location)] == ["unsafe-path"]


@pytest.mark.parametrize(
    "text",
    [
        "," * ROW_CHARACTERS + ",",
        '"' + "\n" * ROW_CHARACTERS + '"',
        '"a\n",' * (ROW_CHARACTERS // 4),
        "m" * 5 * MIB,
        '"' + "m" * 5 * MIB,
    ],
    ids=["commas", "one-quoted-field", "quoted-fields", "a-word", "an-open-quote"],
)
def test_a_row_without_an_end_is_one_problem_of_its_line(text):
    """However a row is made long: by fields, by a quote over many lines, by one word."""
    problems = holds_of(f"m,{PB},aa\n{text}\nm,m/1/x,aa\n")["field-count"]

    assert problems[0].startswith("line 2: a row of more than 16,384 characters")


def test_the_lines_after_a_row_without_an_end_keep_their_numbers():
    """A person finds the next problem too."""
    text = f"m,{PB},aa\n{'m' * 100_000}\nm,m/1/x\n"

    assert [it[:7] for it in holds_of(text)["field-count"]] == ["line 2:", "line 3:"]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "made",
    [
        lambda: b"," * INDEX_BYTES,
        lambda: b"\n" * INDEX_BYTES,
        lambda: b"\xff" * INDEX_BYTES,
        lambda: b"m,m/1/x,a\n" * (INDEX_BYTES // 10),
        lambda: "m,m/1/\N{PILE OF POO}\n".encode() * (INDEX_BYTES // 11),
        lambda: b'"' * INDEX_BYTES,
        lambda: b"".join(b"m,m/%d/x,a\n" % number for number in range(500_000)),
        lambda: b"A,A/1/x,e\n" + b"b,b/1/x,e\n" * 60_000,
    ],
    ids=["commas", "blank", "no-utf8", "rows", "astral", "quotes", "versions", "mixed"],
)
def test_an_index_of_any_bytes_takes_little_more_memory_than_they_have(made):
    """Nor seconds: 64 MiB of commas took 1 GB, 500,000 versions had no end."""
    text = made()
    begun = time.process_time()
    tracemalloc.start()
    try:
        parsed = parse(KEY, text, BUCKET)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert parsed.held
    assert most < 80 * MIB
    assert time.process_time() - begun < 60
    assert sum(len(problem) for hold in parsed.held for problem in hold.problems) < MIB


def test_of_each_kind_of_problem_a_thousand_are_told_and_the_others_counted():
    """A small index is never a large report: what it repeats is quoted in part."""
    long = "/".join(["n" * 250] * 4)
    rows = [f"{long},{long}/1/x,aa", *(f"other,o/1/{number},aa" for number in range(1500))]
    problems = holds_of("\n".join(rows))["mixed-base-path"]

    assert len(problems) == PROBLEMS_TOLD + 1
    assert problems[-1] == "and 500 more"
    assert max(map(len, problems)) < 300


TEXT = st.text(st.sampled_from('m/1x,"\n\r\0\ufeff é'), max_size=40)


def whole(text):
    """Return the rows of *text* as the csv module reads it whole, with what it complains of."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found = []
    while True:
        line = reader.line_num + 1
        try:
            found.append((line, next(reader)))
        except StopIteration:
            return [it for it in found if it[1]]
        except csv.Error as error:
            found.append((line, str(error)))


@given(TEXT)
@example('"m\n1",x\r\rm,"')
def test_rows_are_those_that_csv_reads_of_the_whole_text(text):
    """To read line by line changes neither the fields nor the numbers of the lines."""
    found = []

    def report(problem):
        place, _, said = problem.partition(": ")
        found.append((int(place.removeprefix("line ")), said.partition(";")[0]))

    found.extend(index_rows.rows(io.BytesIO(text.encode()), report))

    assert found == whole(text.removeprefix("\ufeff"))


@given(st.binary(max_size=30), st.integers(0, 3))
@example(b"\xc3", 0)
@example("é\N{PILE OF POO}".encode(), 1)
def test_what_is_no_utf8_is_told_at_its_byte_wherever_pieces_end(tail, ahead):
    """A character may lie over the end of a piece."""
    data = b"a" * (MIB - ahead) + tail
    text = data.decode(errors="surrogateescape")
    wrong = re.search("[\udc80-\udcff]", text)
    at = wrong and len(text[: wrong.start()].encode())

    assert index_rows.encoding_problem(data) == (
        "" if at is None else f"byte {at}: {data[at]:#04x} is not UTF-8"
    )
