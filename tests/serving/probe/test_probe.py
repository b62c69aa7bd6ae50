"""A probe's file: read whole, or refused with every problem; its schema says the same."""

import json
import re

import pytest

from generator.limits.probe import PROBE_FILE_BYTES, PROBE_VALUES
from generator.serving.probe import probe
from tests.kit.schemas import schema

ROWS = {"request": {"instances": [1.0, 2.0]}, "response": {"predictions": [2.5, 3.0]}}
NAMED = {
    "request": {
        "signature_name": "serving_default",
        "inputs": {"x": [[1]], "s": [{"b64": "YQ=="}]},
    },
    "response": {"outputs": {"y": [float("nan")]}},
    "rtol": 0,
    "atol": 0.5,
}
GOOD = [ROWS, NAMED, {"request": {"inputs": 7}}, {"request": {"instances": [{"x": 1}]}}]
BAD = [
    ({}, 'no request, such as {"instances": […]} or {"inputs": {…}}'),
    ({"instances": [1]}, "'instances' belong below the key request"),
    ({"request": [1]}, "no request, such as"),
    ({"request": {}}, "request: found neither, expected one of instances and inputs"),
    (
        {"request": {"instances": [1], "inputs": 1}},
        "request: found 'instances' and 'inputs', expected one",
    ),
    ({"request": {"instances": []}}, "request: instances is no list of at least one row"),
    ({"request": {"instances": {"x": 1}}}, "request: instances is no list of at least one row"),
    ({"request": {"inputs": 1, "signatureName": "a"}}, "did you mean 'signature_name'?"),
    ({"request": {"inputs": 1, "signature_name": 7}}, "signature_name is '7', expected a text"),
    ({**ROWS, "responce": {}}, "no key 'responce' is known; did you mean 'response'?"),
    ({**ROWS, "response": []}, "response is no JSON object"),
    ({**ROWS, "response": {}}, "response: found nothing, expected predictions"),
    ({**ROWS, "response": {"predictions": 1}}, "response: predictions is no list"),
    ({**ROWS, "rtol": -1}, "rtol is '-1', expected a number from 0"),
    ({**ROWS, "atol": True}, "atol is 'true', expected a number from 0"),
    ({**ROWS, "atol": "1"}, "expected a number from 0"),
]


@pytest.mark.parametrize("found", GOOD)
def test_a_probe_is_read_back_as_it_was_written(found):
    """As Python's own JSON writes it, with NaN; the schema has nothing against it."""
    text = json.dumps(found)
    read = probe.parse(text)

    assert json.dumps(read.request) == json.dumps(found["request"])
    assert json.dumps(read.response) == json.dumps(found.get("response"))
    assert (read.rtol, read.atol) == (found.get("rtol", 1e-3), found.get("atol", 1e-6))
    assert not [*schema("probe").iter_errors(found)]


@pytest.mark.parametrize(("found", "problem"), BAD)
def test_what_is_no_probe_is_refused_with_what_was_expected(found, problem):
    """By the program and by the schema alike."""
    with pytest.raises(ValueError, match=re.escape(problem)):
        probe.parse(json.dumps(found))

    assert [*schema("probe").iter_errors(found)]


def test_an_answer_has_the_form_of_its_request():
    """Rows are answered by predictions, columns by outputs: anything else would never compare."""
    for request, response in (
        ({"instances": [1]}, {"outputs": 1}),
        ({"inputs": [1]}, {"predictions": [1]}),
    ):
        with pytest.raises(ValueError, match=r"response: found '(outputs|predictions)', expected"):
            probe.parse(json.dumps({"request": request, "response": response}))


@pytest.mark.parametrize("key", ["rtol", "atol"])
@pytest.mark.parametrize("value", [float("inf"), float("nan"), 10**400])
def test_a_tolerance_is_a_number_that_can_be_exceeded(key, value):
    """With an infinite one, every answer would be right; JSON has integers that no float can be."""
    with pytest.raises(ValueError, match=rf"{key} is '(Infinity|NaN|10{{10,}})"):
        probe.parse(json.dumps({**ROWS, key: value}))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        (65 * "[" + 65 * "]", "more than 64 levels"),
        (b"\xff\xfe", "not JSON|decode"),
    ],
)
def test_what_is_no_json_object_is_no_probe(text, problem):
    """Said in words, whoever wrote it."""
    with pytest.raises(ValueError, match=problem):
        probe.parse(text)


def test_a_probe_is_small():
    """One of as many bytes or values as may be is read, one more is refused."""
    most = json.dumps({"request": {"instances": ["x" * (PROBE_FILE_BYTES - 32)]}})
    many = {"request": {"instances": [0] * (PROBE_VALUES - 4)}}

    assert len(most) == PROBE_FILE_BYTES
    assert probe.parse(most)
    with pytest.raises(ValueError, match="expected at most"):
        probe.parse(most + " ")
    compact = json.dumps(many, separators=(",", ":"))
    assert probe.parse(compact)
    more = {"request": {"instances": [0] * (PROBE_VALUES + 1)}}
    with pytest.raises(ValueError, match=f"more than {int(PROBE_VALUES):,} values"):
        probe.parse(json.dumps(more, separators=(",", ":")))
