"""`generator.catalog.index_rows`: what is no row, and what other tools write in place of rows."""

import pytest

from tests.kit.index_texts import PB, holds_of

HEADERS = [
    "base_path,key,etag",
    "Base Path,Key,ETag",
    '"BasePath","Key","ETag"',
    "Basispfad,Schl\u00fcssel,Pr\u00fcfsumme (MD5)",
    "\u57fa\u7840\u8def\u5f84,\u952e,\u6821\u9a8c",
    "Bucket,Key,Size,LastModified,ETag",
    "path,md5",
    "#TYPE System.Management.Automation.PSCustomObject",
    "# made by upload.sh on build/7",
    "sep=,",
    "path/prefix,object key,ETag (MD5)",
    "Base.Path,Object.Key,E.Tag",
    ",base_path,key,etag",
]


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_is_one_problem_with_its_own_words(header):
    """Whatever its language; the other rows are judged as they are."""
    for text in (f"{header}\nm,{PB},aa\n", f"\ufeff{header}\r\nm,{PB},aa\r\n"):
        [(code, [problem])] = holds_of(text).items()
        assert code == "field-count"
        assert problem.startswith("line 1 looks like a header: ")
        assert problem.endswith("an index has none: delete it")


@pytest.mark.parametrize(
    "row", ["m,m.pb,aa", f"m,key,{'0a' * 16}", "m,saved_model,md5:aa", f"m,{PB}", "m"]
)
def test_a_first_row_with_something_of_a_store_is_no_header(row):
    """It is wrong in its own way."""
    assert "header" not in str(holds_of(f"{row}\n"))


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ('"\\"m\\",\\"m/1/x\\",\\"aa\\""', "field-count", "as `jq -r '… | @csv'` does"),
        ('{"key":"m/1/x","etag":"aa"}', "field-count", "separate fields by commas"),
        (f'"m";"{PB}";"aa"', "field-count", "separate fields by commas"),
        (f"m, {PB}, aa", "outside-base-path", "; the blank is part of it"),
        (f"m,{'0a' * 16},{PB}", "outside-base-path", "; the columns are base path, key, ETag"),
        (f"m/1,{PB},aa", "no-version-directory", "; is the base path 'm'?"),
    ],
)
def test_what_other_tools_write_is_told_with_a_way_out(text, code, says):
    """Listings of stores, put into the shape of an index by a line of shell."""
    [(found, [problem])] = holds_of(text).items()
    assert found == code
    assert says in problem


def test_an_index_in_utf16_is_told_from_other_bytes():
    """Windows PowerShell writes it unless it is told otherwise."""
    assert "UTF-16" in holds_of(f"m,{PB},aa\n".encode("utf-16"))["not-utf8"][0]
