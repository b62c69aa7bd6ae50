"""`savedmodel.warmup`: what a server makes of warm-up records, written by its own messages."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.savedmodel import warmup
from generator.catalog.savedmodel.compatibility import CLASSIFY, PREDICT, REGRESS
from generator.catalog.savedmodel.graph_file import signatures
from generator.catalog.savedmodel.prediction_log import Model
from generator.catalog.savedmodel.signatures import Signature, Tensor
from generator.catalog.savedmodel.warmup import Warmup, judge
from generator.serving import tensorflow_serving_pb2 as ours
from tests.servers.warmup_messages import message, predict, record, tensor

EXAMPLE = Path(__file__).parents[3] / "examples/models/greeting/1"
FLOAT, INT32, STRING = 1, 3, 7
FLOATS = Tensor("DT_FLOAT", (-1,))
TEXTS = Tensor("DT_STRING", (-1,))
X = tensor(FLOAT, 1, float_val=[1.0])
GOOD = predict(x=X)
HALF = Signature({"x": FLOATS}, {"y": FLOATS}, PREDICT)
SCALED = Signature(
    {"x": FLOATS, "scale": Tensor("DT_FLOAT", ())}, {"y": FLOATS}, PREDICT, frozenset({"scale"})
)
CLASSIFIER = Signature({"inputs": TEXTS}, {"scores": FLOATS, "classes": TEXTS}, CLASSIFY)
REGRESSOR = Signature({"inputs": TEXTS}, {"outputs": FLOATS}, REGRESS)
BYTES_CLASSIFIER = Signature({"inputs": FLOATS}, {"scores": FLOATS}, CLASSIFY)
MODEL = Model(
    {
        "serving_default": HALF,
        "scaled": SCALED,
        "classify": CLASSIFIER,
        "regress": REGRESSOR,
        "floats": BYTES_CLASSIFIER,
        "ref": Signature({"x": Tensor("DT_FLOAT_REF", ())}, {}, PREDICT),
        "opaque": Signature({"x": Tensor("DT_INVALID", ())}, {}, PREDICT),
        "younger": Signature({"x": Tensor("dtype 57", (1,))}, {}, PREDICT),
        "odd": Signature({"x": FLOATS}, {"y": FLOATS}, "custom/method"),
    }
)


def examples(kind, signature="", count=1, context=None):
    """Return a PredictionLog whose request has examples in place of tensors."""
    found = message("PredictionLog")()
    request = getattr(found, kind).request
    request.model_spec.name = "m"
    request.model_spec.signature_name = signature
    lists = (
        request.input.example_list if context is None else request.input.example_list_with_context
    )
    lists.SetInParent()
    for _ in range(count):
        lists.examples.add()
    return found


def tasks(*asked, count=1):
    """Return a PredictionLog of a multi-inference of (model, signature, method)."""
    found = message("PredictionLog")()
    request = found.multi_inference_log.request
    request.SetInParent()
    for name, signature, method in asked:
        task = request.tasks.add(method_name=method)
        task.model_spec.name, task.model_spec.signature_name = name, signature
    for _ in range(count):
        request.input.example_list.examples.add()
    return found


def filtered(*outputs):
    """Return a prediction that asks for some outputs."""
    found = predict(x=X)
    found.predict_log.request.output_filter.extend(outputs)
    return found


def empty(kind):
    """Return a PredictionLog of a kind that has nothing in it."""
    found = message("PredictionLog")()
    getattr(found, kind).SetInParent()
    return found


def of_any_rank():
    """Return a tensor whose shape says nothing."""
    found = tensor(FLOAT, tensor_content=bytes(8))
    found.tensor_shape.unknown_rank = True
    return found


def run(*logs, model=MODEL):
    """Return what a server makes of a file of *logs*."""
    file = b"".join(
        record(log if isinstance(log, bytes) else log.SerializeToString()) for log in logs
    )
    return judge([file], model)


@pytest.mark.parametrize(
    "log",
    [
        GOOD,
        predict("scaled", x=X),
        predict("scaled", x=X, scale=tensor(FLOAT, float_val=[2.0])),
        predict("ref", x=X),
        predict("opaque", x=X),
        predict("younger", x=tensor(57, 1, tensor_content=b"1")),
        predict("classify", inputs=tensor(STRING, 1, string_val=[b"a"])),
        predict("__saved_model_init_op"),
        predict(x=tensor(FLOAT, 2, 3)),
        predict(x=tensor(FLOAT, 3, float_val=[1.0])),
        predict(x=tensor(FLOAT, 2, tensor_content=bytes(8))),
        predict(x=tensor(FLOAT, 0, tensor_content=bytes(8))),
        predict(x=tensor(FLOAT, 2**40, 0)),
        predict(x=of_any_rank()),
        filtered("y"),
        examples("classify_log", "classify"),
        examples("classify_log", "classify", 3, context=True),
        examples("regress_log", "regress"),
        tasks(("m", "classify", CLASSIFY), ("m", "regress", REGRESS)),
    ],
)
def test_what_a_server_runs_is_taken(log):
    """Inputs that have a default may be left out, and a shape may be any."""
    assert run(log) == Warmup(1, 1)


@pytest.mark.parametrize(
    ("log", "problem"),
    [
        (json.dumps({"instances": [1.0]}).encode(), " is no PredictionLog"),
        (GOOD.predict_log.request.SerializeToString(), " is no PredictionLog"),
        (b"\x0a\x02\x1a\x00\x0a\x05", " is no PredictionLog"),
        (empty("session_run_log"), ": servers refuse a session_run_log at warm-up"),
        (empty("predict_streamed_log"), ": servers refuse a predict_streamed_log at warm-up"),
        (empty("predict_log"), ": input x is missing, and has no default"),
        (predict("nope", x=X), ": the model has no signature nope"),
        (predict("\n", x=X), r": the model has no signature '\n'"),
        (predict(x=X, z=X), ": the signature has no input z"),
        (predict(z=X), ": the signature has no input z"),
        (predict("scaled", scale=X), ": input x is missing, and has no default"),
        (
            predict(x=tensor(INT32, 1, int_val=[1])),
            ": input x is DT_INT32, and the signature wants DT_FLOAT",
        ),
        (predict(x=message("TensorProto")()), ": input x: DT_INVALID is no type of a value"),
        (predict(x=tensor(99)), ": input x is dtype 99, and the signature wants DT_FLOAT"),
        (predict("ref", x=tensor(101)), ": input x: DT_FLOAT_REF is no type of a value"),
        (predict(x=tensor(FLOAT, -1)), ": input x: its shape has a size of -1"),
        (
            predict(x=tensor(FLOAT, 2, tensor_content=bytes(9))),
            ": input x: its content has 9 bytes, and its shape and type ask for 8",
        ),
        (filtered("z"), ": the signature has no output z"),
        (filtered("y", "y"), ": output y is asked for twice"),
        (examples("classify_log", "classify", 0), ": its input has no examples"),
        (empty("classify_log"), ": its input has no examples"),
        (
            examples("classify_log"),
            f": signature serving_default: {CLASSIFY} wants one input, inputs",
        ),
        (
            examples("classify_log", "regress"),
            f": signature regress: {CLASSIFY} wants the outputs classes, scores or both",
        ),
        (
            examples("regress_log", "classify"),
            f": signature classify: {REGRESS} wants one output, outputs",
        ),
        (
            examples("classify_log", "floats"),
            ": input inputs is DT_STRING, and the signature wants DT_FLOAT",
        ),
        (tasks(("", "classify", CLASSIFY)), ": a task names no model"),
        (
            tasks(("m", "classify", CLASSIFY), ("n", "regress", REGRESS)),
            ": its tasks name several models",
        ),
        (
            tasks(("m", "classify", CLASSIFY), ("m", "classify", CLASSIFY)),
            ": two tasks ask the same signature",
        ),
        (tasks(("m", "", PREDICT)), f": servers refuse the method {PREDICT} here"),
        (tasks(("m", "regress", CLASSIFY)), f": signature regress: {CLASSIFY} wants the outputs"),
        (tasks(("m", "classify", CLASSIFY), count=0), ": its input has no examples"),
    ],
)
def test_what_a_server_refuses_is_told_with_the_record_and_the_reason(log, problem):
    """The first that fails, fails the load."""
    found = run(GOOD, log, GOOD)

    assert (found.records, found.asking) == (2, 1)
    assert found.problem is not None
    assert found.problem.startswith(f"record 2{problem}")
    assert found.problem.isprintable()


def test_a_record_that_asks_nothing_is_passed_over_by_a_server():
    """It is no fault, and it warms up nothing."""
    assert run(b"", empty("log_metadata"), tasks(count=0)) == Warmup(3)
    assert run(b"", GOOD) == Warmup(2, 1)


def test_where_signatures_cannot_be_read_only_the_kind_of_a_record_is_judged():
    """Nothing that may be in order is held."""
    unread = Model()

    assert run(predict("nope", z=X), examples("regress_log"), model=unread) == Warmup(2, 2)
    assert run(empty("session_run_log"), model=unread).problem is not None
    assert run(predict(x=tensor(FLOAT, -1)), model=unread).problem is not None


def test_methods_count_where_servers_compare_them():
    """By a flag of theirs, which is off by default."""
    checking = Model(MODEL.signatures, checks_method=True)

    assert run(predict("odd", x=X)).problem is None
    assert run(predict("odd", x=X), model=checking).problem == (
        f"record 1: signature odd: its method is custom/method, not {PREDICT}"
    )
    assert run(predict("classify", inputs=tensor(STRING, 1)), model=checking).problem is None


def test_a_server_takes_a_thousand_records_and_not_one_more():
    """The rest of the file is not read: it may be long."""
    thousand = record(GOOD.SerializeToString()) * 1000
    chunks = iter([thousand, *[record(b"")] * 500])

    assert judge([thousand], MODEL) == Warmup(1000, 1000)
    assert judge(chunks, MODEL) == Warmup(1001, 1000, "more than 1000 records")
    assert len(list(chunks)) == 499


def test_the_file_that_tensorflow_wrote_for_the_example_is_in_order():
    """And a model that takes something else refuses it."""
    data = (EXAMPLE / "saved_model.pb").read_bytes()
    found = signatures(lambda start, end: data[start:end], len(data))
    file = (EXAMPLE / warmup_name()).read_bytes()

    assert judge([file], Model(found)) == Warmup(2, 2)
    assert judge([file], MODEL).problem is not None


def warmup_name():
    """Return where a server looks for the file."""
    return "assets.extra/tf_serving_warmup_requests"


def test_of_a_large_file_the_first_records_are_judged(monkeypatch):
    """What is behind the limit is neither for nor against it."""
    one = record(GOOD.SerializeToString())
    monkeypatch.setattr(warmup, "WARMUP_BYTES", 3 * len(one))
    bad = record(empty("session_run_log").SerializeToString())

    assert judge([one] * 3, MODEL) == Warmup(3, 3)
    assert judge([*[one] * 3, bad], MODEL) == Warmup(3, 3, is_whole=False)
    assert "first 3 records were judged" in str(Warmup(3, 3, is_whole=False).summary)
    assert judge([one, bad, one, one], MODEL).problem is not None


def test_a_record_that_is_too_long_is_not_judged_and_the_others_are(monkeypatch):
    """A small file of empty messages would else take gigabytes; the report tells of it."""
    good, bad = (record(one.SerializeToString()) for one in (GOOD, empty("session_run_log")))
    long = record(b"\xff" * len(good))
    monkeypatch.setattr(warmup, "RECORD_BYTES", len(good) - 1)
    found = judge([good, long, good], MODEL)

    assert found == Warmup(3, 2, is_whole=False, unread=1)
    assert str(found.summary).startswith("1 of its 3 records not judged, of over ")
    assert judge([long, bad], MODEL).problem is not None


def test_thousands_of_outputs_are_looked_at_once():
    """A filter of as many names as a signature has would be compared with itself."""
    names = [f"o{number}" for number in range(50_000)]
    signature = Signature({}, {name: Tensor("DT_FLOAT", ()) for name in names}, PREDICT)
    log = ours.PredictionLog()
    log.predict_log.request.output_filter.extend(names)
    began = time.process_time()

    model = Model({"serving_default": signature})
    assert judge([record(log.SerializeToString())], model) == Warmup(1, 1)
    log.predict_log.request.output_filter.append("o7")
    assert "asked for twice" in judge([record(log.SerializeToString())], model).problem
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "file", [b"hello world, this is text", record(b"")[:13], record(b"ab")[:-1] + b"\0"]
)
def test_a_file_that_is_broken_fails_the_load(file):
    """In the words of what is wrong with it."""
    found = judge([file], MODEL)

    assert found.problem is not None
    assert found.summary == found.problem


@given(st.binary(max_size=200))
def test_any_record_is_judged(data):
    """Whoever uploads a model chooses its bytes; none of them escapes as an exception."""
    found = judge([record(data)], MODEL)

    assert found.records == 1
    assert found.problem is None or found.problem.isprintable()


@given(st.integers(0), st.binary(min_size=1, max_size=4))
def test_a_record_that_was_in_order_once_is_judged(place, noise):
    """Also where a byte of it is another."""
    data = bytearray(predict("scaled", x=X).SerializeToString())
    place = place % len(data)
    data[place : place + len(noise)] = noise

    assert judge([record(bytes(data))], MODEL).records == 1


def fields(descriptor):
    """Return what decides on the bytes of a message: numbers, kinds, names of messages."""
    return {
        field.name: (
            field.number,
            field.is_repeated,
            field.message_type and field.message_type.name,
        )
        for field in descriptor.fields
    }


@pytest.mark.parametrize(
    "name",
    [
        *("PredictionLog", "LogMetadata", "ClassifyLog", "RegressLog", "PredictLog"),
        *("MultiInferenceLog", "ModelSpec", "PredictRequest", "ClassificationRequest"),
        *("RegressionRequest", "MultiInferenceRequest", "InferenceTask", "Input"),
    ],
)
def test_our_fields_are_those_of_tensorflow_serving(name):
    """By its own descriptors: names, numbers, types."""
    theirs = fields(message(name).DESCRIPTOR)

    for field, found in fields(getattr(ours, name).DESCRIPTOR).items():
        assert theirs[field] == found
