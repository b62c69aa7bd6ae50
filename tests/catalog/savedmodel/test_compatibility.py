"""`savedmodel.compatibility`: what clients of one version would miss in another."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.savedmodel.compatibility import (
    CLASSIFY,
    PREDICT,
    REGRESS,
    incompatible,
    takes,
)
from generator.catalog.savedmodel.signatures import Signature, Tensor

FLOATS = Tensor("DT_FLOAT", (-1,))
ROWS = Tensor("DT_FLOAT", (-1, 3))
TEXTS = Tensor("DT_STRING", (-1,))
SCALE = Tensor("DT_FLOAT", ())
HALF_PLUS_TWO = Signature({"x": FLOATS}, {"y": FLOATS}, PREDICT)
CLASSIFIER = Signature({"inputs": TEXTS}, {"scores": ROWS}, CLASSIFY)
REGRESSOR = Signature({"inputs": TEXTS}, {"outputs": FLOATS}, REGRESS)

# From the narrowest to the widest.
SHAPES = ((2, 3), (-1, 3), (-1, -1), None)

tensors = st.builds(
    Tensor,
    st.sampled_from(["DT_FLOAT", "DT_FLOAT_REF", "DT_STRING", "dtype 57"]),
    st.none() | st.lists(st.integers(-1, 3), max_size=3).map(tuple),
)
sides = st.dictionaries(st.sampled_from(["x", "inputs", "outputs", "scores"]), tensors, max_size=3)
METHODS = st.sampled_from([PREDICT, CLASSIFY, REGRESS, "", "custom/method"])


@st.composite
def signature(draw):
    """Draw a signature, some of whose inputs have defaults."""
    inputs = draw(sides)
    defaults = draw(st.frozensets(st.sampled_from([*inputs, "other"])))
    return Signature(inputs, draw(sides), draw(METHODS), defaults)


signatures = st.dictionaries(st.text(max_size=5), signature(), max_size=3)


def changes(before, after, **kwargs):
    """Return what the clients of one signature miss in another, without its name."""
    found = incompatible({"s": before}, {"s": after}, **kwargs)
    assert all(words.startswith("signature s: ") for words in found)
    return [words.removeprefix("signature s: ") for words in found]


def with_input(tensor, *defaults, name="x"):
    """Return a signature of one input more or of another kind."""
    inputs = {"x": FLOATS, name: tensor}
    return Signature(inputs, {"y": FLOATS}, PREDICT, frozenset(defaults))


def with_output(tensor):
    """Return a signature with another output."""
    return Signature({"x": FLOATS}, {"y": tensor}, PREDICT)


@pytest.mark.parametrize(("narrow", "wide"), list(itertools.pairwise(SHAPES)))
def test_an_input_may_come_to_take_more_and_an_output_to_promise_more(narrow, wide):
    """And never the other way round."""
    narrow, wide = Tensor("DT_FLOAT", narrow), Tensor("DT_FLOAT", wide)

    assert changes(with_input(narrow), with_input(wide)) == []
    assert changes(with_output(wide), with_output(narrow)) == []
    (less,) = changes(with_input(wide), with_input(narrow))
    assert less.startswith("input x: shape ")
    (more,) = changes(with_output(narrow), with_output(wide))
    assert more.startswith("output y: shape ")


@pytest.mark.parametrize("other", [(2,), (2, 3, 1), (3, 2), (2, 0), ()])
def test_another_size_or_number_of_dimensions_is_neither_wider_nor_narrower(other):
    """0 and 1 are sizes like others."""
    assert not takes((2, 3), other)
    assert not takes(other, (2, 3))


def test_an_input_that_has_a_default_may_be_new():
    """Servers fill it in where a request leaves it out."""
    assert changes(HALF_PLUS_TWO, with_input(SCALE, "scale", name="scale")) == []
    assert changes(HALF_PLUS_TWO, with_input(SCALE, name="scale")) == [
        "input scale is new, and clients do not send it"
    ]


def test_a_default_that_is_gone_is_missed_by_those_who_leave_the_input_out():
    """One that is new harms nobody."""
    without, with_default = (
        with_input(SCALE, name="scale"),
        with_input(SCALE, "scale", name="scale"),
    )

    assert changes(with_default, without) == [
        "input scale has no default any more, and clients may leave it out"
    ]
    assert changes(without, with_default) == []
    assert changes(with_default, HALF_PLUS_TWO) == ["input scale is missing"]


@pytest.mark.parametrize("name", ["DT_FLOAT", "DT_INT64", "DT_STRING"])
def test_a_reference_type_is_the_type_that_it_refers_to(name):
    """TensorFlow 1 had them; a server answers with the value."""
    value, reference = Tensor(name, ()), Tensor(f"{name}_REF", ())
    for one, other in ((value, reference), (reference, value)):
        assert changes(with_output(one), with_output(other)) == []
        assert changes(with_input(one), with_input(other)) == []
    assert changes(with_output(reference), with_output(Tensor("DT_BOOL", ()))) == [
        f"output y: dtype {name} became DT_BOOL"
    ]


def test_dtype_and_shape_are_told_each():
    """So that the owner of the model mends both."""
    assert changes(HALF_PLUS_TWO, with_output(Tensor("DT_INT64", ()))) == [
        "output y: dtype DT_FLOAT became DT_INT64",
        "output y: shape [-1] became []",
    ]
    assert changes(with_input(Tensor("DT_FLOAT", None)), HALF_PLUS_TWO) == [
        "input x: shape of any rank became [-1]"
    ]


def test_names_are_what_clients_send_and_read():
    """Whoever uploads a model chooses them, so they are quoted."""
    assert changes(HALF_PLUS_TWO, Signature({"z": FLOATS, "\n": FLOATS}, {}, PREDICT)) == [
        "input x is missing",
        r"input '\n' is new, and clients do not send it",
        "input z is new, and clients do not send it",
        "output y is missing",
    ]
    assert changes(HALF_PLUS_TWO, Signature({"x": FLOATS}, {"y": FLOATS, "z": ROWS}, PREDICT)) == []


def test_a_missing_signature_is_missed_and_a_new_one_is_not():
    """A client may ask for any that was served."""
    less, more = {"a": HALF_PLUS_TWO}, {"a": HALF_PLUS_TWO, "a b": Signature({}, {})}

    assert incompatible(less, more) == ()
    assert incompatible(more, less) == ("signature 'a b' is missing",)


@pytest.mark.parametrize(
    ("before", "after", "checked"),
    [
        (CLASSIFY, PREDICT, [f"its method is {PREDICT}, not {CLASSIFY}"]),
        (PREDICT, CLASSIFY, []),
        (PREDICT, "custom/method", [f"its method is custom/method, not {PREDICT}"]),
        (PREDICT, "", [f"its method is '', not {PREDICT}"]),
        ("custom/method", PREDICT, []),
        ("custom/method", "", []),
    ],
)
def test_a_method_counts_only_where_the_server_compares_it(before, after, checked):
    """With the check, predict takes each of the three; classify and regress take their own."""
    old, new = (Signature(CLASSIFIER.inputs, CLASSIFIER.outputs, one) for one in (before, after))

    assert changes(old, new) == []
    assert changes(old, new, checks_method=True) == checked


def test_classifiers_and_regressors_keep_the_form_that_their_apis_want():
    """Though more outputs and inputs with defaults harm nobody who calls predict."""
    text, scale = {"inputs": TEXTS}, {"inputs": TEXTS, "scale": SCALE}
    outputs, two = {"outputs": FLOATS}, {"outputs": FLOATS, "more": FLOATS}
    both = {"scores": ROWS, "classes": ROWS}

    assert changes(REGRESSOR, Signature(text, two, REGRESS)) == [
        f"{REGRESS} wants one output, outputs"
    ]
    assert changes(REGRESSOR, Signature(scale, outputs, REGRESS, frozenset({"scale"}))) == [
        f"{REGRESS} wants one input, inputs"
    ]
    assert changes(CLASSIFIER, Signature(text, both, CLASSIFY)) == []
    assert changes(CLASSIFIER, Signature(text, {**both, "more": ROWS}, CLASSIFY)) == [
        f"{CLASSIFY} wants the outputs classes, scores or both, and at most two"
    ]


def test_a_signature_that_its_api_refuses_already_has_no_clients_there():
    """It is nothing that a new version could break."""
    odd = Signature({"x": FLOATS}, {"y": FLOATS}, REGRESS)

    assert changes(odd, Signature({"x": FLOATS}, {"y": FLOATS, "z": FLOATS}, REGRESS)) == []


@given(signatures, st.integers(), st.booleans())
def test_a_model_is_compatible_with_itself(found, seed, checks):
    """In whatever order the file has its entries."""
    names = random.Random(seed).sample(sorted(found), len(found))
    same = {name: found[name] for name in names}

    assert incompatible(found, same, checks_method=checks) == ()


@given(signatures, signatures, signatures, st.booleans())
def test_what_two_steps_keep_one_step_keeps(first, second, third, checks):
    """Or a client that survives each version would not survive all of them."""
    if incompatible(first, second, checks_method=checks):
        return
    if not incompatible(second, third, checks_method=checks):
        lost = incompatible(first, third, checks_method=checks)
        assert [words for words in lost if "wants" not in words and "method" not in words] == []


@given(tensors, tensors)
def test_only_equal_shapes_take_each_other(one, other):
    """Wider and narrower is an order: what goes in both directions changes nothing."""
    assert takes(one.shape, one.shape)
    assert (takes(one.shape, other.shape) and takes(other.shape, one.shape)) == (
        one.shape == other.shape
    )


@given(signatures, signatures, st.booleans())
def test_words_are_printable(served, new, checks):
    """Names are chosen by whoever uploads a model."""
    assert all(words.isprintable() for words in incompatible(served, new, checks_method=checks))
