"""A probe beside the signatures of its model: what a server would refuse is told."""

import pytest

from generator.catalog.savedmodel.probe_fit import problems
from generator.catalog.savedmodel.signatures import Signature, Tensor
from generator.serving.probe import probe

FLOATS, PAIRS = Tensor("DT_FLOAT", (-1,)), Tensor("DT_FLOAT", (-1, 2))
TEXTS, INTS = Tensor("DT_STRING", (-1,)), Tensor("DT_INT32", (-1,))
SIGNATURES = {
    "serving_default": Signature({"x": FLOATS}, {"y": FLOATS}),
    "pairs": Signature({"x": PAIRS}, {"y": FLOATS, "best_bytes": TEXTS}),
    "both": Signature({"n": INTS, "s": TEXTS}, {"y": FLOATS}, "", frozenset({"s"})),
    "long": Signature({"n": Tensor("DT_INT64", (-1,))}, {"y": FLOATS}),
    "mean": Signature({"x": FLOATS}, {"y": Tensor("DT_FLOAT", ())}),
    "truth": Signature({"b": Tensor("DT_BOOL", ())}, {"y": FLOATS}),
    "odd": Signature({"x": Tensor("DT_BFLOAT16", None)}, {"y": FLOATS}),
}


def found(request, response=None, signature="serving_default"):
    """Return what is wrong with a probe."""
    request = {"signature_name": signature} | request
    return [
        *problems(
            probe.of_json({"request": request} | ({"response": response} if response else {})),
            SIGNATURES,
        )
    ]


@pytest.mark.parametrize(
    ("signature", "request_", "response"),
    [
        ("serving_default", {"instances": [1.0, 2]}, {"predictions": [2.5, 3.0]}),
        ("serving_default", {"instances": [{"x": 1.0}]}, {"predictions": [2.5]}),
        ("serving_default", {"inputs": [1.0, float("nan")]}, {"outputs": [2.5, 3.0]}),
        ("serving_default", {"inputs": {"x": [1.0]}}, {"outputs": [2.5]}),
        ("pairs", {"instances": [[1, 2]]}, {"predictions": [{"y": 1, "best_bytes": {"b64": ""}}]}),
        ("pairs", {"inputs": [[1, 2], [3, 4]]}, {"outputs": {"y": [1.0, 2.0]}}),
        ("both", {"instances": [{"n": 1, "s": "a"}, {"n": 2, "s": {"b64": "YQ=="}}]}, None),
        ("both", {"inputs": {"n": [-(2**31), 2**31 - 1], "s": ["a", {"b64": "+/8\n"}]}}, None),
        ("long", {"inputs": [-(2**63), 2**63 - 1]}, None),
        ("serving_default", {"inputs": [10**30]}, None),
        ("mean", {"inputs": [1.0, 2.0]}, {"outputs": 1.5}),
        ("truth", {"inputs": True}, None),
        ("odd", {"inputs": {"anything": 1}.get("anything")}, None),
    ],
)
def test_a_probe_that_fits_has_no_problem(signature, request_, response):
    """By rows, by columns, with names and without."""
    assert found(request_, response, signature) == []


@pytest.mark.parametrize(
    ("signature", "request_", "problem"),
    [
        ("gone", {"inputs": [1]}, "the model has no signature gone"),
        ("serving_default", {"inputs": {"z": [1]}}, "inputs: the signature has no input z"),
        (
            "serving_default",
            {"instances": [{"z": 1}]},
            "instances: the signature has no input z",
        ),
        ("both", {"inputs": {"s": ["a"]}}, "inputs: input n is missing"),
        (
            "both",
            {"inputs": {"n": [1]}},
            "inputs: input s is missing, and the REST API knows no defaults",
        ),
        (
            "both",
            {"instances": [{"n": 1}]},
            "instances: input s is missing, and the REST API knows no defaults",
        ),
        (
            "mean",
            {"instances": [1.0, 2.0]},
            "instances: output y is one value, and not one for each row: ask with inputs",
        ),
        (
            "both",
            {"instances": [{"n": 1}, {"s": "a"}]},
            "instances[1]: it has other inputs than the row before",
        ),
        ("both", {"inputs": [1]}, "inputs: the signature has several inputs, and the request"),
        ("both", {"instances": [1]}, "instances: the signature has several inputs, and the rows"),
        (
            "serving_default",
            {"instances": [{"x": 1}, 2]},
            "instances: some rows name their inputs, and some do not",
        ),
        ("serving_default", {"inputs": ["a"]}, "input x: 'a' is no value of DT_FLOAT"),
        ("serving_default", {"inputs": [True]}, "input x: True is no value of DT_FLOAT"),
        ("both", {"inputs": {"n": [1.0], "s": ["a"]}}, "input n: 1.0 is no value of DT_INT32"),
        (
            "both",
            {"inputs": {"n": [2**31], "s": ["a"]}},
            "input n: 2147483648 is no value of DT_INT32",
        ),
        (
            "long",
            {"inputs": [-(2**63) - 1]},
            "input n: -9223372036854775809 is no value of DT_INT64",
        ),
        (
            "both",
            {"inputs": {"n": [1], "s": [{"b64": "a-_8"}]}},
            "input s: {'b64': 'a-_8'} is no value of DT_STRING",
        ),
        ("both", {"inputs": {"n": ["x" * 10**5], "s": ["a"]}}, "input n: 'xxx"),
        ("both", {"inputs": {"n": [1], "s": [2]}}, "input s: 2 is no value of DT_STRING"),
        ("truth", {"inputs": 1}, "input b: 1 is no value of DT_BOOL"),
        (
            "serving_default",
            {"inputs": [[1.0]]},
            "input x: its shape is [1,1], and the signature wants [-1]",
        ),
        (
            "pairs",
            {"instances": [[1, 2, 3]]},
            "input x: its shape is [1,3], and the signature wants [-1,2]",
        ),
        ("pairs", {"inputs": [[1, 2], [3]]}, "input x: its rows are not of one length"),
        ("pairs", {"inputs": [[1, 2], 3]}, "input x: its rows are not of one length"),
    ],
)
def test_a_request_that_a_server_would_refuse_is_told(signature, request_, problem):
    """Names, types and shapes."""
    told = found(request_, None, signature)
    assert told[0].startswith(problem)
    assert len(told[0]) < 1000


@pytest.mark.parametrize(
    ("signature", "request_", "response", "problem"),
    [
        (
            "serving_default",
            {"inputs": [1]},
            {"outputs": {"y": [1]}},
            "outputs: the one output y is not named in answers",
        ),
        (
            "serving_default",
            {"instances": [1]},
            {"predictions": [{"y": 1}]},
            "predictions[0]: the one output y is not named in answers",
        ),
        (
            "pairs",
            {"inputs": [[1, 2]]},
            {"outputs": [1]},
            "outputs: the signature has several outputs, and the answer names none",
        ),
        (
            "pairs",
            {"instances": [[1, 2]]},
            {"predictions": [{"z": 1}]},
            "predictions[0]: the signature has no output z",
        ),
    ],
)
def test_an_answer_that_no_server_gives_is_told(signature, request_, response, problem):
    """The version would be taken out in each pod, for the file alone."""
    assert found(request_, response, signature) == [problem]
