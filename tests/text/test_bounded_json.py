"""`generator.text.bounded_json`: JSON is parsed only where it is neither too deep nor too much."""

import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator.limits.json import JSON_LEVELS, JSON_VALUES
from generator.limits.limit import Limit
from generator.text import bounded_json

FEW = Limit(20, "values", "JSON", reason="a test", told="an error")
FLAT = Limit(3, "levels", "JSON", reason="a test", told="an error")

TEXTS = st.text(st.sampled_from('ab"[]{}\\,:é\ud800'), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def levels(value):
    """Return how deep lists and objects lie in each other."""
    if isinstance(value, dict):
        return 1 + max(map(levels, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(levels, value), default=0)
    return 0


@given(value=VALUES, indent=st.none() | st.just(1), ascii_only=st.booleans())
@example(value=["[[[["], indent=None, ascii_only=True)
@example(value=['"[[[['], indent=None, ascii_only=True)
@example(value=["\\"], indent=None, ascii_only=True)
@example(value=[[[[]]]], indent=None, ascii_only=True)
@example(value={"]": {"}": {"{": {}}}}, indent=None, ascii_only=True)
def test_depth_is_that_of_the_value_whatever_its_texts_have(value, indent, ascii_only):
    """Brackets, quotes and backslashes of a text are none of the JSON."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)

    if levels(value) > FLAT:
        with pytest.raises(ValueError, match="more than 3 levels"):
            bounded_json.loads(text, levels=FLAT)
    else:
        assert bounded_json.loads(text, levels=FLAT) == value


@given(value=VALUES)
def test_bytes_say_what_their_text_says(value):
    """An answer has bytes, a file has text."""
    text = json.dumps(value)

    assert bounded_json.loads(text.encode()) == bounded_json.loads(text) == value


@given(text=st.text(st.sampled_from('ab"[]{}\\,: 1'), max_size=40))
def test_what_is_no_json_is_a_value_error_and_nothing_else(text):
    """Whoever reads JSON of others catches one thing."""
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011  of several kinds
            bounded_json.loads(text)
    else:
        assert bounded_json.loads(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1_000_000,
        '{"a":' * 300_000,
        "[" * 500_000 + "]" * 500_000,
        '{"a":[' * 200_000 + "]}" * 200_000,
        "[" * 100_000 + "[]" * 100_000 + "]" * 100_000,
    ],
    ids=["open", "objects", "closed", "mixed", "wide"],
)
def test_no_depth_is_followed_to_its_end(text):
    """It would take the stack of the parser, and of whoever walks through the value later."""
    began = time.process_time()

    with pytest.raises(ValueError, match=f"more than {JSON_LEVELS} levels"):
        bounded_json.loads(text)

    assert time.process_time() - began < 5


def test_commas_and_brackets_of_texts_are_no_values():
    """Whoever names a model in commas makes no lock unreadable."""
    text = json.dumps(["," * 100, "[[[" * 100, '","' * 100, {"a,b": "{,"}])

    assert bounded_json.loads(text, FEW, FLAT) == json.loads(text)


@pytest.mark.parametrize("text", ["[" + "[]," * 21 + "1]", "[" + "1," * 21 + "1]", '{"a":1,' * 11])
def test_more_values_than_asked_for_are_not_parsed(text):
    """A value of one byte takes a hundred in memory."""
    with pytest.raises(ValueError, match="more than 20 values"):
        bounded_json.loads(text, FEW)


def test_as_many_values_as_asked_for_are_parsed():
    """The limit itself is within."""
    assert bounded_json.loads("[" + "1," * 18 + "1]", FEW) == [1] * 19
    with pytest.raises(ValueError, match=r"more than 2,000,000 values"):
        bounded_json.loads("[" + "[]," * JSON_VALUES + "1]")
