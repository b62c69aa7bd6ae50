"""`generator.catalog.savedmodel.differences`: how two versions differ, in words for reviewers."""

from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.savedmodel.compatibility import incompatible
from generator.catalog.savedmodel.differences import differences
from generator.catalog.savedmodel.signatures import Signature, Tensor

FLOATS = Tensor("DT_FLOAT", (-1,))
SCALE = Tensor("DT_FLOAT", ())
PREDICT, CLASSIFY = "tensorflow/serving/predict", "tensorflow/serving/classify"


def between(before, after):
    """Return the differences of one signature."""
    return differences({"s": before}, {"s": after})


def test_a_default_is_told_where_it_comes_and_where_it_goes():
    """A client may leave the input out in one version, and not in the other."""
    plain = Signature({"x": FLOATS, "k": SCALE}, {})
    default = Signature({"x": FLOATS, "k": SCALE}, {}, "", frozenset({"k"}))

    assert between(plain, default) == ("s: input k: float32[] -> float32[] with a default",)
    assert between(default, plain) == ("s: input k: float32[] with a default -> float32[]",)
    assert between(Signature({"x": FLOATS}, {}), default) == (
        "s: input k: float32[] with a default is new",
    )


def test_a_method_is_told():
    """Whether it counts depends on the servers."""
    assert between(Signature({}, {}, PREDICT), Signature({}, {}, CLASSIFY)) == (
        f"s: method {PREDICT} -> {CLASSIFY}",
    )
    assert between(Signature({}, {}), Signature({}, {}, PREDICT)) == (
        f"s: method none -> {PREDICT}",
    )


def test_a_reference_type_is_no_difference():
    """A server answers with the value."""
    value, reference = Signature({}, {"y": SCALE}), Signature({}, {"y": Tensor("DT_FLOAT_REF", ())})

    assert between(value, reference) == ()
    assert between(reference, Signature({}, {"y": Tensor("DT_STRING", ())})) == (
        "s: output y: float32[] -> string[]",
    )


tensors = st.builds(
    Tensor,
    st.sampled_from(["DT_FLOAT", "DT_FLOAT_REF", "DT_INT64"]),
    st.none() | st.lists(st.integers(-1, 3), max_size=2).map(tuple),
)
sides = st.dictionaries(st.sampled_from("xyz"), tensors, max_size=2)
signatures = st.dictionaries(
    st.sampled_from("st"),
    st.builds(
        Signature,
        sides,
        sides,
        st.sampled_from([PREDICT, CLASSIFY]),
        st.frozensets(st.sampled_from("xyz"), max_size=2),
    ),
    max_size=2,
)


@given(signatures, signatures)
def test_what_holds_a_version_is_always_told_as_a_difference(before, after):
    """A reviewer never reads that nothing differs where the gate says that clients break."""
    assert differences(before, before) == ()
    if incompatible(before, after, checks_method=True):
        assert differences(before, after) != ()
