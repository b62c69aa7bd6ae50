"""A warm-up record as a request of the REST API: exactly what it says, or nothing."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.savedmodel import logged_request
from generator.catalog.savedmodel.signatures import Signature, Tensor
from generator.catalog.savedmodel.tensor_json import tensor_json
from generator.limits.probe import PROBE_ELEMENTS, PROBE_RECORD_BYTES, PROBE_SEARCH_BYTES
from generator.serving.probe.probe import Probe
from generator.serving.tensorflow_serving_pb2 import TensorProto
from tests.servers.warmup_messages import message, predict, record, tensor

FLOAT, INT32, STRING, HALF = 1, 3, 7, 19
SIGNATURES = {
    "serving_default": Signature(
        {"x": Tensor("DT_FLOAT", (-1,))}, {"y": Tensor("DT_FLOAT", (-1,))}
    ),
    "half": Signature({"x": Tensor("DT_FLOAT", None)}, {"y": Tensor("DT_HALF", None)}),
    "words": Signature({"s": Tensor("DT_STRING", None)}, {"y": Tensor("DT_STRING", None)}),
}


def first(*logs, signatures=SIGNATURES):
    """Return the probe of a file with these records."""
    return logged_request.first(
        [b"".join(record(log.SerializeToString()) for log in logs)], signatures
    )


def said(found):
    """Return a tensor as JSON."""
    return tensor_json(TensorProto.FromString(found.SerializeToString()))


def test_a_predict_record_is_a_request_by_columns():
    """Named inputs, and the signature that it asks; texts are bytes."""
    assert first(predict(x=tensor(FLOAT, 2, float_val=[1.0, 2.5]))) == Probe(
        {"signature_name": "serving_default", "inputs": {"x": [1.0, 2.5]}}
    )
    assert first(predict("words", s=tensor(STRING, 1, string_val=[b"\xffa"]))) == Probe(
        {"signature_name": "words", "inputs": {"s": [{"b64": "/2E="}]}}
    )


@given(st.lists(st.floats(width=32), min_size=6, max_size=6), st.booleans())
def test_each_number_is_said_as_it_is(values, is_content):
    """Whichever way it was written, NaN and infinities too, in the order of its shape."""
    how = {"tensor_content": struct.pack("<6f", *values)} if is_content else {"float_val": values}
    found = said(tensor(FLOAT, 2, 3, **how))
    assert [len(row) for row in found] == [3, 3]
    assert json.dumps([it for row in found for it in row]) == json.dumps(values)


def test_a_value_that_is_written_once_is_said_as_often_as_it_counts():
    """TensorFlow leaves out the ones that are like the last; without any, they are zero."""
    assert said(tensor(FLOAT, 3, float_val=[1.0, 2.0])) == [1.0, 2.0, 2.0]
    assert said(tensor(INT32, 2)) == [0, 0]
    assert said(tensor(INT32, int_val=[7])) == 7
    assert said(tensor(STRING, 2, string_val=[b"a"])) == [{"b64": "YQ=="}] * 2


@pytest.mark.parametrize(
    ("log", "why"),
    [
        (predict(x=tensor(FLOAT, 0)), "input x: no JSON has the shape [0]"),
        (predict(x=tensor(FLOAT, 2, 0)), "input x: no JSON has the shape [2, 0]"),
        (predict(x=tensor(FLOAT, 1, float_val=[1, 2])), "it has more values than its shape"),
        (predict(x=tensor(FLOAT, 2, tensor_content=b"1234")), "its content is not of its shape"),
        (predict(x=tensor(FLOAT, PROBE_ELEMENTS + 1)), "elements, expected at most"),
        (predict(x=tensor(FLOAT, 2**40)), "elements, expected at most"),
        (predict(x=tensor(INT32, 1)), "input x is DT_INT32, and the signature wants DT_FLOAT"),
        (predict("half", x=tensor(FLOAT, 1)), "the REST API has no DT_HALF, as output y is"),
        (predict("gone", x=tensor(FLOAT, 1)), "the model has no signature gone"),
        (predict(), "the REST API wants each input of the signature, and no other"),
        (predict(x=tensor(FLOAT, 1), z=tensor(FLOAT, 1)), "and no other"),
        (message("PredictionLog")(), "a record without a request is not sent"),
    ],
)
def test_what_json_cannot_say_is_not_sent(log, why):
    """A version is never blamed for a request that nobody recorded."""
    assert why in first(log)


def test_a_type_that_the_api_lacks_is_not_sent():
    """Also where the signature wants just that."""
    signatures = {"serving_default": Signature({"x": Tensor("DT_HALF", None)}, {})}
    log = predict(x=tensor(HALF, 1))
    assert first(log, signatures=signatures) == "input x: the REST API takes no DT_HALF"


def test_the_first_record_that_can_be_sent_is_the_one():
    """Those before it are passed over: of another kind, or too long."""
    other = message("PredictionLog")()
    other.classify_log.request.model_spec.name = "m"
    long = predict("words", s=tensor(STRING, 1, string_val=[b"x" * PROBE_RECORD_BYTES]))
    good = predict(x=tensor(FLOAT, 1, float_val=[1.0]))
    found = first(other, long, good)
    assert isinstance(found, Probe)
    assert found.request["inputs"] == {"x": [1.0]}
    assert first(other) == "a classify_log is not sent"
    assert first(long) == f"a record of {PROBE_RECORD_BYTES.over}"


def test_a_record_far_into_a_file_is_not_looked_for():
    """An agent reads the file of each version at each start."""
    size = PROBE_SEARCH_BYTES // 2
    long = record(
        predict("words", s=tensor(STRING, 1, string_val=[b"x" * size])).SerializeToString()
    )
    good = record(predict(x=tensor(FLOAT, 1)).SerializeToString())
    assert first() == "it has no records"
    assert isinstance(logged_request.first([long, good], SIGNATURES), Probe)
    assert logged_request.first([long, long, good], SIGNATURES) == (
        f"a record of {PROBE_RECORD_BYTES.over}"
    )


def test_a_damaged_file_has_no_probe():
    """A server would not have loaded it; the agent says so and asks nothing."""
    assert "not a TFRecord file" in logged_request.first([b"x" * 100], SIGNATURES)
    assert logged_request.first([record(b"\xff\xff")], SIGNATURES) == "a record is no PredictionLog"
