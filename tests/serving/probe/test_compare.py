"""An answer beside the one that is expected: each kind of value, each form."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.serving.probe.compare import differences
from generator.serving.probe.probe import Probe

SCALARS = st.one_of(
    st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just({"b64": "YWI="})
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
    max_leaves=12,
)


def compared(expected, found, form="predictions", **tolerances):
    """Return the differences of two answers."""
    return differences(Probe({}, {form: expected}, **tolerances), {form: found})


@given(VALUES, st.sampled_from(["predictions", "outputs"]))
def test_an_answer_is_that_which_is_expected_after_a_way_through_json(value, form):
    """With NaN, infinities and texts of bytes: nothing differs from itself."""
    assert compared(value, json.loads(json.dumps(value)), form) == ()


@given(VALUES, VALUES)
def test_a_value_in_the_place_of_another_differs_somewhere(one, other):
    """But for what is as near as the tolerances, and an output that nobody expects."""
    told = compared([1, one, 2], [2, other, 2])

    assert told[0] == "predictions[0] is 2, expected 1"


@given(st.integers(-1000, 1000), st.floats(0.001, 0.1), st.floats(0.001, 10))
def test_a_number_may_differ_by_its_tolerances_and_no_more(expected, rtol, atol):
    """|found - expected| <= atol + rtol * |expected|, on either side."""
    room = atol + rtol * abs(expected)
    for side in (1, -1):
        inside, outside = expected + side * 0.99 * room, expected + side * 1.01 * room
        assert compared([float(expected)], [inside], rtol=rtol, atol=atol) == ()
        assert compared([float(expected)], [outside], rtol=rtol, atol=atol)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (math.nan, math.nan),
        (math.inf, math.inf),
        (-math.inf, -math.inf),
        (2, 2.0),
        (2.0, 2),
        ("é", {"b64": "w6k="}),
        ({"b64": "w6k="}, "é"),
        ({"y": [1.0]}, {"y": [1.0], "z": [2.0]}),
    ],
)
def test_what_says_the_same_in_another_form_is_equal(expected, found):
    """A text is its bytes, a whole number may be written as one, more outputs harm nobody."""
    assert compared([expected], [found]) == ()


@pytest.mark.parametrize(
    ("expected", "found", "told"),
    [
        ([1.0], [1.1], "predictions[0] is 1.1, expected 1.0"),
        ([1000], [1001], "predictions[0] is 1001, expected 1000"),
        ([2**60], [2**60 + 1], f"predictions[0] is {2**60 + 1}, expected {2**60}"),
        ([1.0], [math.nan], "predictions[0] is NaN, expected 1.0"),
        ([math.nan], [1.0], "predictions[0] is 1.0, expected NaN"),
        ([math.inf], [1e300], "predictions[0] is 1e+300, expected Infinity"),
        ([math.inf], [-math.inf], "predictions[0] is -Infinity, expected Infinity"),
        ([1], [True], "predictions[0] is true, expected 1"),
        ([True], [1], "predictions[0] is 1, expected true"),
        ([1.0], ["1.0"], 'predictions[0] is "1.0", expected 1.0'),
        (["a"], ["b"], 'predictions[0] is "b", expected "a"'),
        ([{"b64": "YQ=="}], ["b"], 'predictions[0] is "b", expected {"b64": "YQ=="}'),
        ([1.0, 2.0], [1.0], "predictions has 1 values, expected 2"),
        ([[1.0]], [1.0], "predictions[0] is 1.0, expected [1.0]"),
        ([{"y": 1.0}], [{"z": 1.0}], "predictions[0] has no 'y'"),
        ([{"y": 1.0}], [1.0], 'predictions[0] is 1.0, expected {"y": 1.0}'),
        ([{"y": [1.0]}], [{"y": [2.0]}], "predictions[0]['y'][0] is 2.0, expected 1.0"),
        ([None], [0.0], "predictions[0] is 0.0, expected null"),
        ([10**400], [1.0], f"predictions[0] is 1.0, expected {'1' + 59 * '0'}…"),
    ],
)
def test_what_differs_is_told_with_its_place(expected, found, told):
    """By rows, by names, by kind: integers exactly, for they name classes."""
    assert compared(expected, found) == (told,)


def test_an_answer_of_the_other_form_differs():
    """An answer by columns has no predictions."""
    probe = Probe({}, {"predictions": [1.0]})

    assert differences(probe, {"outputs": [1.0]}) == ("predictions is not there",)


def test_few_of_many_differences_are_told():
    """A line of a log, not a page."""
    told = compared([1.0] * 1000, [2.0] * 1000)

    assert len(told) == 4
    assert told[-1] == "and 997 differences more"


def test_without_an_expected_answer_nothing_differs():
    """Then any prediction is right."""
    assert differences(Probe({}), {"predictions": [math.nan]}) == ()
