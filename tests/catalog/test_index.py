"""The grammar of index files: what they may say, and what holds them, with the line."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator.catalog.claim import Blob
from generator.catalog.hold import Code
from generator.catalog.index import parse, write
from generator.catalog.location import Location
from generator.catalog.object_key import unsafe
from generator.catalog.version_directory import MAX_VERSION
from tests.kit import strategies as own
from tests.kit.index_texts import BUCKET, KEY, PB, claims_of, holds_of

PREFIXED = Location.parse("s3://models/team/prod")


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
        (f"m,{PB},{'a' * 140_000}", "field-count", "more than 16,384 characters"),
        (f"other,{PB},aa", "mixed-base-path", "'other' after 'm'"),
        (f"s3://models2/m,{PB},aa", "foreign-bucket", "s3://models2/m"),
        (f"gs://models/m,{PB},aa", "foreign-bucket", "gs://models/m"),
        (f"m,s3://other/{PB},aa", "foreign-bucket", "outside s3://models"),
        ("m,m/1/../2/x,aa", "unsafe-path", "'..'"),
        ("m,m/1/./x,aa", "unsafe-path", "'.'"),
        ("m,/m/1/x,aa", "unsafe-path", "starts with '/'"),
        ("m,m/1/x\\y,aa", "unsafe-path", "backslash"),
        ("m,m/1//x,aa", "unsafe-path", "empty segment"),
        ("m,m/1//,aa", "unsafe-path", "empty segment"),
        ("m,m/1/../,aa", "unsafe-path", "'..'"),
        ("m,/,aa", "unsafe-path", "empty segment"),
        ("m,n/1/,aa", "outside-base-path", "not below base path 'm'"),
        ("m,1/saved_model.pb,aa", "outside-base-path", "relative to the store: 'm/1/saved_model"),
        (f"m,m/1/{'n' * 256},aa", "unsafe-path", "a segment of 256 bytes"),
        (f"m,m/1/{'é' * 128},aa", "unsafe-path", "a segment of 256 bytes"),
        (f"m,m/1{'/nnn' * 256},aa", "unsafe-path", "has 1,027 bytes"),
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
        (f"m,m/{'1' * 5000}/x,aa", "unsafe-path", "a segment of 5,000 bytes"),
        (f"m,{PB},bb", "conflicting-rows", "'bb', and 'aa' on line 1"),
        (f"m,{PB},{'a' * 1025}", "field-count", "has 1,025 characters"),
        (f"m\t{PB}\taa", "field-count", r"separate them by commas, not '\t'"),
        (f"m;{PB};aa", "field-count", "separate them by commas, not ';'"),
        (f"aa  {PB}", "field-count", f"got 1: 'aa  {PB}'"),
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
        "outside-base-path": ["line 5"],
        "unsafe-path": ["line 3"],
    }
    assert list(problems) == sorted(problems)


@pytest.mark.parametrize("directory", [str(MAX_VERSION + 1), "9" * 255])
def test_a_version_out_of_range_is_held_alone(directory):
    """Servers keep versions in an int64; the other versions are not stopped."""
    claims, (hold,), _ = parse(KEY, f"m,{PB},aa\nm,m/{directory}/x,bb\n".encode(), BUCKET)
    assert [claim.directory for claim in claims] == ["1"]
    assert hold.code is Code.VERSION_OUT_OF_RANGE
    assert (hold.base_path, hold.model, hold.version) == ("m", "m", int(directory))
    assert directory in hold.problems[0]


@pytest.mark.parametrize(
    ("directory", "number"), [(str(MAX_VERSION), MAX_VERSION), ("007", 7), ("0", 0), ("000", 0)]
)
def test_the_largest_version_zero_and_leading_zeros_are_in_range(directory, number):
    """A directory keeps its spelling; a server reads its number, and serves version 0."""
    (claim,) = parse(KEY, f"a/m,a/m/{directory}/x,bb\n".encode(), BUCKET).claims
    assert (claim.directory, claim.version) == (directory, number)
    assert claim.path == f"a/m/{directory}"


FOLDERS = ["m,m/,d4", "m,m/1/,", "m,m/1/variables/,d4", "s3://models/m/,s3://models/m/,d4"]


def test_rows_of_folder_markers_say_nothing():
    """Consoles leave such objects, and a listing names them; some tools give them no ETag."""
    text = "\n".join([*FOLDERS, f"m,{PB},aa", *FOLDERS])
    assert claims_of(text) == [("m", "1", [Blob(PB, "aa")])]
    assert claims_of(f"a/m,a/,d4\na/m,a/{PB},aa\n") == [("a/m", "1", [Blob(f"a/{PB}", "aa")])]


def test_an_index_of_folders_alone_is_empty():
    """Nothing in it is an object."""
    assert holds_of("\n".join(FOLDERS)) == {"empty-index": ("no rows but those of folders",)}


BESIDE = ["README.md", ".DS_Store", "1", "v1/x", "-1/x", "+1/x", "1_0/x", "\u0661/x"]


@pytest.mark.parametrize("name", BESIDE)
def test_a_row_beside_the_version_directories_is_a_warning(name):
    """No server looks there, so the versions are as good as without it."""
    claims, held, [warning] = parse(KEY, f"m,m/{name},aa\nm,{PB},aa\n".encode(), BUCKET)
    assert [claim.path for claim in claims] == ["m/1"]
    assert held == ()
    assert warning.code == "beside-versions"
    assert warning.message.startswith(f"{KEY}: line 1: 'm/{name}': beside the version")


def test_the_rows_beside_the_versions_of_an_index_are_one_warning():
    """A folder of ten thousand checkpoints is not ten thousand lines."""
    rows = [f"m,m/checkpoints/{number},aa" for number in range(10)]
    [warning] = parse(KEY, "\n".join([f"m,{PB},aa", *rows]).encode(), BUCKET).warnings
    assert "line 4: 'm/checkpoints/2' and 7 more: " in warning.message


def test_an_index_without_a_version_directory_is_held():
    """Every row is beside where versions are: the upload went to the wrong place."""
    assert holds_of("m,m/saved_model.pb,aa\nm,m/variables/x,bb\nm,m/variables/,d4\n") == {
        "no-version-directory": (
            "line 1: key 'm/saved_model.pb' is not below 'm/<version>/'",
            "line 2: key 'm/variables/x' is not below 'm/<version>/'",
        )
    }


def test_each_object_has_the_line_of_its_row():
    """So that a problem of it can be found; a repetition changes nothing."""
    text = f"\n\nm,m/1/x,bb\nm,m/1/,\nm,{PB},aa\nm,m/1/x,bb\n"
    [claim] = parse(KEY, text.encode(), BUCKET).claims
    assert {blob.key: blob.line for blob in claim.blobs} == {"m/1/x": 3, PB: 5}


ROWS = [
    f"m,{PB},aa",
    f"m,{PB},bb",
    "m,m/1/x,aa",
    "m,m/002/x,aa",
    "m,m/0/x,aa",
    f"m,m/{MAX_VERSION + 1}/x,aa",
    "m,m/1/,aa",
    "m,m/readme,aa",
    "base_path,key,etag",
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
    (claims, held, _), (claims2, held2, _) = (
        parse(KEY, "\n".join(rows).encode(), BUCKET) for rows in both
    )
    assert claims == claims2
    assert bool(held) == bool(held2)


@given(st.binary(max_size=200) | st.text(st.sampled_from('m/1x,"\n\r\0.\ufeff \\'), max_size=60))
def test_any_bytes_are_parsed_or_held(data):
    """Nothing that a bucket holds makes a sync fail, and nothing is passed over in silence."""
    claims, held, _ = parse(KEY, data if isinstance(data, bytes) else data.encode(), BUCKET)
    assert claims or held
    for claim in claims:
        assert 0 <= claim.version <= MAX_VERSION
        assert claim.blobs
        for blob in claim.blobs:
            assert blob.etag
            assert blob.key.startswith(f"{claim.path}/")
            assert unsafe(blob.key) is None


@given(st.data())
def test_what_is_written_is_read_back(data):
    """The exporter and the sync agree about every path that is allowed."""
    base_path = data.draw(own.paths)
    blobs = data.draw(own.blobs_of(base_path))
    claims, held, _ = parse(KEY, write(base_path, blobs), BUCKET)
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
