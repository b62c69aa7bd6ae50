"""The grammar of index files: what they may say, and what holds them, with the line."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator import index
from generator.hold import Code
from generator.index import MAX_VERSION, Blob, parse, write
from generator.location import Location
from tests import strategies as own

KEY = "index-1.csv"
BUCKET = Location.parse("s3://models")
PREFIXED = Location.parse("s3://models/team/prod")
PB = "m/1/saved_model.pb"


def claims_of(text: str | bytes, location: Location = BUCKET) -> list[tuple[str, str, list[Blob]]]:
    """Parse an index that must break no rule."""
    data = text.encode() if isinstance(text, str) else text
    claims, held = parse(KEY, data, location)
    assert held == ()
    assert {claim.index for claim in claims} == {KEY}
    return [(claim.base_path, claim.directory, list(claim.blobs)) for claim in claims]


def holds_of(
    text: str | bytes, location: Location = BUCKET, version: int | None = None
) -> dict[str, tuple[str, ...]]:
    """Parse an index that must give nothing, and return its problems by code."""
    data = text.encode() if isinstance(text, str) else text
    claims, held = parse(KEY, data, location)
    assert claims == ()
    assert {(hold.index, hold.version) for hold in held} == {(KEY, version)}
    return {hold.code.value: hold.problems for hold in held}


def test_rows_become_one_claim_for_each_version_sorted_by_number():
    """One index has one base path and may hold several of its versions."""
    text = "m,m/10/saved_model.pb,aa\nm,m/9/variables/v,cc\nm,m/9/saved_model.pb,bb\n"
    assert claims_of(text) == [
        ("m", "9", [Blob("m/9/saved_model.pb", "bb"), Blob("m/9/variables/v", "cc")]),
        ("m", "10", [Blob("m/10/saved_model.pb", "aa")]),
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"m,{PB},aa\n",
        f"m,{PB},aa",
        f"m,{PB},aa\r\n",
        f"m,{PB},aa\r",
        f"\ufeffm,{PB},aa\n",
        f"\n\r\n\nm,{PB},aa\n\n\n",
        f'"m","{PB}","aa"\n',
        f'm,{PB},"""aa"""\n',
        f'm,{PB}, """aa""" \n',
        f"m,{PB},aa\nm,{PB},aa\n",
        f'm,{PB},aa\nm/,s3://models/{PB},"""aa"""\n',
        f"s3://models/m,s3://models/{PB},aa\n",
        f"s3://models/m,{PB},aa\n",
        f"m,s3://models/{PB},aa\n",
        f"s3://models/m/,{PB},aa\n",
    ],
)
def test_spellings_of_one_row_mean_the_same(text):
    """Line ends, BOM, blank lines, quotes, URLs and repetitions say nothing new."""
    assert claims_of(text) == [("m", "1", [Blob(PB, "aa")])]


def test_a_quoted_field_may_hold_commas_and_doubled_quotes():
    """RFC 4180."""
    assert claims_of('"m,""x""","m,""x""/1/a b",aa\n') == [
        ('m,"x"', "1", [Blob('m,"x"/1/a b', "aa")])
    ]


def test_paths_without_a_url_are_relative_to_the_prefix_and_urls_to_the_bucket():
    """Both name the same object of a store with a prefix, also mixed in one file."""
    text = f"m,{PB},aa\ns3://models/team/prod/m,s3://models/team/prod/m/1/x,bb\n"
    assert claims_of(text, PREFIXED) == [("m", "1", [Blob(PB, "aa"), Blob("m/1/x", "bb")])]


@pytest.mark.parametrize("url", ["gs://models", "file:///srv/models"])
def test_every_kind_of_store_has_its_url(url):
    """The spelling with a URL is that of the configured store."""
    text = f"{url}/m,{url}/{PB},aa\n"
    assert claims_of(text, Location.parse(url)) == [("m", "1", [Blob(PB, "aa")])]


@pytest.mark.parametrize("etag", ["aa-7", "md5:AA", "sha256:bb", "W/x"])
def test_etags_are_opaque(etag):
    """What the third field means is for the proof; only quotes and blanks go."""
    assert claims_of(f'm,{PB}, "{etag}" \n') == [("m", "1", [Blob(PB, etag)])]


@pytest.mark.parametrize(
    ("row", "code", "says"),
    [
        ("m", "field-count", "got 1"),
        (f"m,{PB}", "field-count", "got 2"),
        (f"m,{PB},aa,bb", "field-count", "got 4"),
        (f"m,{PB},", "field-count", "is empty"),
        (f"m,{PB},  ", "field-count", "is empty"),
        (f'm,{PB},""""""', "field-count", "is empty"),
        ("m,m/1/\0,aa", "field-count", "NUL"),
        (f"m,{PB},a\0", "field-count", "NUL"),
        (f'm,"{PB}"x,aa', "field-count", "expected after"),
        (f"m,{PB},{'a' * 140_000}", "field-count", "larger than field limit"),
        (f"other,{PB},aa", "mixed-base-path", "'other' after 'm'"),
        (f"s3://models2/m,{PB},aa", "foreign-bucket", "s3://models2/m"),
        (f"gs://models/m,{PB},aa", "foreign-bucket", "gs://models/m"),
        (f"m,s3://other/{PB},aa", "foreign-bucket", "outside s3://models"),
        ("m,m/1/../2/x,aa", "unsafe-path", "'..'"),
        ("m,m/1/./x,aa", "unsafe-path", "'.'"),
        ("m,/m/1/x,aa", "unsafe-path", "starts with '/'"),
        ("m,m/1/x\\y,aa", "unsafe-path", "backslash"),
        ("m,m/1//x,aa", "unsafe-path", "empty segment"),
        ("m,m/1/,aa", "unsafe-path", "empty segment"),
        (",m/1/x,aa", "unsafe-path", "empty segment"),
        ("m,,aa", "unsafe-path", "empty segment"),
        ("..,m/1/x,aa", "unsafe-path", "'..'"),
        ("m,m/1/x\x1b[2J,aa", "unsafe-path", "control character"),
        ('m,"m/1/x\ny",aa', "unsafe-path", "control character"),
        ("m,m/1/x\x85y,aa", "unsafe-path", "control character"),
        ("m,m/1/x\u2028y,aa", "unsafe-path", "control character"),
        ("m,m/1/x\ufeffy,aa", "unsafe-path", "control character"),
        ("m,n/1/x,aa", "outside-base-path", "not below base path 'm'"),
        ("m,mm/1/x,aa", "outside-base-path", "not below base path 'm'"),
        ("m,m/x,aa", "no-version-directory", "'m/<version>/'"),
        ("m,m/1,aa", "no-version-directory", "'m/<version>/'"),
        ("m,m/v1/x,aa", "no-version-directory", "'m/<version>/'"),
        ("m,m/-1/x,aa", "no-version-directory", "'m/<version>/'"),
        ("m,m/+1/x,aa", "no-version-directory", "'m/<version>/'"),
        ("m,m/1_0/x,aa", "no-version-directory", "'m/<version>/'"),
        ("m,m/\u0661/x,aa", "no-version-directory", "'m/<version>/'"),
        (f"m,m/{'1' * 5000}/x,aa", "no-version-directory", "'m/<version>/'"),
        (f"m,{PB},bb", "conflicting-rows", "'bb', and 'aa'"),
    ],
)
def test_a_bad_row_holds_the_whole_index_and_names_its_line(row, code, says):
    """Lines count from 1, blank ones too, and those that a quoted field spans."""
    problems = holds_of(f"m,{PB},aa\n\n{row}\nm,m/1/z,cc\n")
    assert list(problems) == [code]
    (problem,) = problems[code]
    assert problem.startswith("line 3: ")
    assert says in problem


def test_a_url_of_the_bucket_outside_the_prefix_is_foreign():
    """A store with a prefix is no larger than its prefix."""
    assert list(holds_of(f"m,s3://models/{PB},aa\n", PREFIXED)) == ["foreign-bucket"]
    assert list(holds_of(f"m,s3://models/team/production/{PB},a\n", PREFIXED)) == ["foreign-bucket"]


@pytest.mark.parametrize("text", [f'm,"{PB},aa\n', f'm,{PB},"aa\nm,m/1/x,bb\n'])
def test_a_quote_that_is_never_closed_is_a_field_count_problem(text):
    """It swallows the rest of the file; what came before cannot be trusted either."""
    (problem,) = holds_of(text)["field-count"]
    assert problem == "line 1: unexpected end of data"


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\r\n\n"])
def test_an_index_without_rows_is_held(text):
    """It proves nothing: an exporter may have died."""
    assert holds_of(text) == {"empty-index": ("no rows",)}


@pytest.mark.parametrize("data", [b"m,\xff\xfe", b"\x89PNG\r\n\x1a\n", "m,é".encode("latin-1")])
def test_bytes_that_are_not_utf8_are_held_with_their_place(data):
    """The offset is that of the first bad byte."""
    place = next(i for i, byte in enumerate(data) if byte > 0x7F)
    (problem,) = holds_of(data)["not-utf8"]
    assert problem == f"byte {place}: {data[place]:#04x} is not UTF-8"


def test_a_pickle_is_held():
    """Valid UTF-8, but nothing like an index."""
    assert "field-count" in holds_of(b"\x00\x01binary,\x02\n\x00")


def test_all_problems_are_told_together_one_hold_for_each_code():
    """A person repairs an index once, not once for each problem."""
    problems = holds_of(
        f"m,{PB},aa\nm\nm,m/1/../x,aa\nother,{PB},aa\nm,n/1/x,aa\nm,m/v/x,aa\n"
        f"m,{PB},bb\nm,s3://x/y,aa\n\nm,too,many,fields\n"
    )
    assert {code: [text.split(":")[0] for text in found] for code, found in problems.items()} == {
        "conflicting-rows": ["line 7"],
        "field-count": ["line 2", "line 10"],
        "foreign-bucket": ["line 8"],
        "mixed-base-path": ["line 4"],
        "no-version-directory": ["line 6"],
        "outside-base-path": ["line 5"],
        "unsafe-path": ["line 3"],
    }
    assert list(problems) == sorted(problems)


@pytest.mark.parametrize("directory", ["0", "000", str(MAX_VERSION + 1), "9" * 255])
def test_a_version_out_of_range_is_held_alone(directory):
    """Servers keep versions in an int64, and 0 is none of ours; the others are not stopped."""
    claims, (hold,) = parse(KEY, f"m,{PB},aa\nm,m/{directory}/x,bb\n".encode(), BUCKET)
    assert [claim.directory for claim in claims] == ["1"]
    assert hold.code is Code.VERSION_OUT_OF_RANGE
    assert (hold.base_path, hold.model, hold.version) == ("m", "m", int(directory))
    assert directory in hold.problems[0]


@pytest.mark.parametrize(("directory", "number"), [(str(MAX_VERSION), MAX_VERSION), ("007", 7)])
def test_the_largest_version_and_leading_zeros_are_in_range(directory, number):
    """A directory keeps its spelling; a server reads its number."""
    (claim,) = parse(KEY, f"a/m,a/m/{directory}/x,bb\n".encode(), BUCKET)[0]
    assert (claim.directory, claim.version) == (directory, number)
    assert claim.path == f"a/m/{directory}"


@pytest.mark.parametrize(
    ("key", "is_index"),
    [
        ("index-1.csv", True),
        ("index-.csv", True),
        ("index-1.csv.tmp", False),
        ("index.csv", False),
        ("my-index-1.csv", False),
        ("sub/index-1.csv", False),
        ("index-a/1.csv", False),
        ("Index-1.csv", False),
    ],
)
def test_indexes_are_named_by_a_pattern_at_the_top(key, is_index):
    """An upload under a temporary name, or one further down, is not one."""
    assert bool(index.NAME.fullmatch(key)) is is_index


ROWS = [
    f"m,{PB},aa",
    f"m,{PB},bb",
    "m,m/1/x,aa",
    "m,m/002/x,aa",
    "m,m/0/x,aa",
    "n,n/1/x,aa",
    "n,m/1/x,aa",
    f"s3://models/m,s3://models/{PB},aa",
    f"s3://other/m,{PB},aa",
    "m,m/1/../x,aa",
    "m",
    "",
]


@given(
    st.lists(st.sampled_from(ROWS), max_size=6).flatmap(
        lambda rows: st.tuples(st.just(rows), st.permutations(rows))
    )
)
@example(([f"m,{PB},aa", "n,n/1/x,aa"], ["n,n/1/x,aa", f"m,{PB},aa"]))
def test_the_order_of_the_lines_does_not_matter(both):
    """What is claimed does not depend on it, nor whether the index is held."""
    (claims, held), (claims2, held2) = (
        parse(KEY, "\n".join(rows).encode(), BUCKET) for rows in both
    )
    assert claims == claims2
    assert bool(held) == bool(held2)


@given(st.binary(max_size=200) | st.text(st.sampled_from('m/1x,"\n\r\0.\ufeff \\'), max_size=60))
def test_any_bytes_are_parsed_or_held(data):
    """Nothing that a bucket holds makes a sync fail, and nothing is passed over in silence."""
    claims, held = parse(KEY, data if isinstance(data, bytes) else data.encode(), BUCKET)
    assert claims or held
    for claim in claims:
        assert 0 < claim.version <= MAX_VERSION
        assert claim.blobs
        for blob in claim.blobs:
            assert blob.etag
            assert blob.key.startswith(f"{claim.path}/")
            assert index.unsafe(blob.key) is None


@given(st.data())
def test_what_is_written_is_read_back(data):
    """The exporter and the sync agree about every path that is allowed."""
    base_path = data.draw(own.paths)
    blobs = data.draw(own.blobs_of(base_path))
    claims, held = parse(KEY, write(base_path, blobs), BUCKET)
    assert held == ()
    assert {claim.base_path for claim in claims} == {base_path}
    assert sorted(blob for claim in claims for blob in claim.blobs) == sorted(blobs)


def test_an_index_is_written_in_the_order_of_its_keys():
    """The same upload has the same index."""
    blobs = [Blob("m/1/b", "bb"), Blob("m/1/a", "aa")]
    assert write("m", blobs) == b"m,m/1/a,aa\nm,m/1/b,bb\n"


def test_a_folder_is_a_store_like_any_other(tmp_path: Path):
    """Its URL is what pathlib makes of it."""
    url = tmp_path.as_uri()
    assert claims_of(f"{url}/m,{url}/{PB},aa\n", Location.parse(url))
