"""`generator.text.typed_json`: what files of others may say, and how it is told what is wrong."""

import contextlib
import json
import re
from typing import Annotated, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import UNSET, Meta, UnsetType, field

from generator.limits.limit import Limit
from generator.text.json_path import step
from generator.text.typed_json import Form, Written
from tests.kit.repeated import repeated


class Row(Written, frozen=True):
    """What a row of these files may say."""

    at_least: Annotated[int, Meta(ge=0)]
    labels: dict[str, int] = field(default_factory=dict)
    note: str | UnsetType = UNSET


class File(Written, frozen=True):
    """A file of rows by name."""

    rows: dict[str, tuple[Row, ...]]
    also: dict[str, Any] | UnsetType = UNSET


FORM = Form(File)
GOOD = '{"rows": {"a": [{"atLeast": 1}], "b-c": [{"atLeast": 2}, {"atLeast": 3}]}}'
KEYS = st.text(st.sampled_from('ab":\\\n é'), max_size=3)
ROWS = st.fixed_dictionaries(
    {"atLeast": st.integers(0)},
    optional={"note": st.text(), "labels": st.dictionaries(KEYS, st.integers())},
)
FILES = st.fixed_dictionaries(
    {"rows": st.dictionaries(KEYS, st.lists(ROWS, max_size=2), max_size=3)},
    optional={"also": st.dictionaries(KEYS, st.dictionaries(KEYS, st.text(max_size=2)))},
)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("3", "-3", '$.rows["b-c"][1].atLeast: found -3, expected a whole number >= 0'),
        ("3", "3.0", '$.rows["b-c"][1].atLeast: found 3.0, expected a whole number'),
        ("3", "true", '$.rows["b-c"][1].atLeast: found true, expected a whole number'),
        ("3", '"x"', "$.rows[\"b-c\"][1].atLeast: found 'x', expected a whole number"),
        ("3", "[]", '$.rows["b-c"][1].atLeast: found an empty list, expected a whole number'),
        ('"atLeast": 3', '"x": 3', "$.rows[\"b-c\"][1]: the key 'atLeast' is missing"),
        ('[{"atLeast": 1}]', "{}", "$.rows.a: found an object, expected a list"),
        ('"atLeast": 1', '"atLeast": 1, "note": 5', "$.rows.a[0].note: found 5, expected a text"),
        (GOOD, "[1]", "$: found a list, expected an object"),
        ("1", '1, "note": "\\ud800"', "$.rows.a[0].note: half a character"),
        (GOOD, '{"rows": {}, "also": {"x": [1, NaN]}}', "$.also.x[1]: half a character, or a numb"),
        (GOOD, '{"rows": {}, "also": {"\\ud800": 1}}', "$.also: half a character"),
        (GOOD, GOOD[:-3], "Expecting ',' delimiter: line 1 column"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_what_was_found_and_what_was_expected(
    old, new, problem
):
    """Whoever repairs a file by hand goes to that place."""
    text = GOOD.replace(old, new, 1)

    for decode in (FORM.decode, FORM.decode_unique):
        with pytest.raises(ValueError, match=re.escape(problem)) as refused:
            decode(text)
        assert str(refused.value).startswith(problem)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"rows": {"a": 1, "a": []}}', "$.rows.a"),
        ('{"rows": {"a": [], "a": []}}', "$.rows.a"),
        ('{"rows": {"a": [{"atLeast": 1, "atLeast" : 1}]}}', "$.rows.a[0].atLeast"),
        ('{"rows": {}, "also": {"x": [{"y": 1, "z": 2, "y": 3}]}}', "$.also.x[0].y"),
        ('{"rows": {}, "also": {"": 1, "": 2}}', '$.also[""]'),
        ('{"rows": {}, "newer": {"x": 1, "x": 1}}', "$.newer.x"),
        (r'{"rows": {}, "rows": {"\"": []}}', "$.rows"),
    ],
)
def test_a_key_that_is_there_twice_is_told_wherever_it_is(text, place):
    """A merge of two branches leaves it, and each parser takes the one that it likes."""
    with pytest.raises(ValueError, match="the key is there twice") as refused:
        FORM.decode_unique(text)
    assert str(refused.value).startswith(f"{place}: ")


@given(
    file=FILES,
    indent=st.none() | st.just(1),
    ascii_only=st.booleans(),
    place=st.integers(0, 50),
    separators=st.sampled_from([(",", ":"), (", ", " : ")]),
)
@example(
    file={"rows": {}, "also": {":": {"": ":"}}},
    indent=None,
    ascii_only=True,
    place=1,
    separators=(",", ":"),
)
def test_no_repeated_key_hides_and_no_other_file_is_refused(
    file, indent, ascii_only, place, separators
):
    """However it is written, and whatever its texts look like."""
    text = json.dumps(file, indent=indent, ensure_ascii=ascii_only, separators=separators)
    assert FORM.decode_unique(text) == FORM.decode(text)

    with pytest.raises(ValueError, match="the key is there twice"):
        FORM.decode_unique(repeated(text, place, separators))


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"also": ' + "[" * 70 + "]" * 70 + "}", '{"x":' * 70 + "1" + "}" * 70]
)
def test_no_depth_is_followed(text):
    """Also not where nothing is decoded: a key that is not known is skipped level by level."""
    with pytest.raises(ValueError, match="more than 64 levels"):
        FORM.decode(text)


def test_more_values_than_a_form_may_have_are_not_decoded():
    """The limit of JSON holds for what has types, too."""
    few = Limit(5, "values", "a file", reason="a test", told="an error")

    with pytest.raises(ValueError, match="more than 5 values"):
        Form(File, few).decode(GOOD)


@given(st.text(st.sampled_from('{}[]":,\\ rowsatLeast1'), max_size=60))
def test_whatever_is_read_is_a_value_error_or_a_file(text):
    """Whoever reads files of others catches one thing."""
    with contextlib.suppress(ValueError):
        assert isinstance(FORM.decode_unique(text), File)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("labels", ".labels"),
        ("a-b", '["a-b"]'),
        ("é b", '["é b"]'),
        ('"', '["\\""]'),
        ("\x1b\ud800", '["\\u001b\\ud800"]'),
        ("", '[""]'),
        (7, "[7]"),
    ],
)
def test_a_step_can_be_printed_whatever_the_key_is(key, expected):
    """A key of others drives no terminal."""
    assert step(key) == expected
