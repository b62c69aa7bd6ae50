"""`generator.plan.requirements`: what a rule requires, and the words for what is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.savedmodel.signatures import Signature, Tensor
from generator.catalog.savedmodel.warmup import Warmup
from generator.catalog.stored_object import Unreadable
from generator.environment.environment import Require
from generator.plan.requirements import VersionFacts, compares, unmet, unprotected

FLOATS = Tensor("DT_FLOAT", (-1,))
ROWS = Tensor("DT_FLOAT", (-1, 3))
ONE = {"serving_default": Signature({"x": FLOATS}, {"y": FLOATS})}
OTHER = {"serving_default": Signature({"x": ROWS}, {"y": FLOATS})}
ALL = Require(warmup=True, signatures=True, max_bytes=1000)
COMPATIBLE = Require(signatures=True)
CHANGE = "signature serving_default: input x: shape [-1] became [-1,3]"
WARMUP = "assets.extra/tf_serving_warmup_requests"

SERVED = VersionFacts(1, 100, signatures=ONE)

facts = st.tuples(
    st.integers(1, 3),
    st.integers(0, 2000),
    st.none()
    | st.builds(
        Warmup,
        st.integers(0, 2),
        st.integers(0, 2),
        st.sampled_from([None, "not a TFRecord file"]),
        st.booleans(),
    ),
    st.sampled_from(["it is cut", Unreadable("403"), ONE, OTHER]),
).map(lambda values: VersionFacts(*values))


@given(facts, st.none() | facts)
def test_a_rule_without_requirements_takes_any_version(version, served):
    """`require` is left out, or says nothing."""
    assert unmet(Require(), version, served) == ()
    assert not compares(Require(), version, served)


def test_a_version_that_has_all_is_taken():
    """A file with a record, exactly as many bytes as are allowed, the same signatures."""
    assert unmet(ALL, VersionFacts(2, 1000, Warmup(1, 1), ONE), SERVED) == ()


def test_all_that_is_missing_is_told_at_once():
    """Each with the key that asks for it: the owner mends the version in one round."""
    assert unmet(ALL, VersionFacts(2, 1001, None, OTHER), SERVED) == (
        "maxBytes: its 1001 bytes are more than 1000",
        f"warmup: its index lists no {WARMUP}",
        f"signatures: not those of version 1, which is served: {CHANGE}",
    )


@pytest.mark.parametrize(
    ("found", "problems"),
    [
        (None, (f"warmup: its index lists no {WARMUP}",)),
        (Warmup(), (f"warmup: {WARMUP} has no records",)),
        (Warmup(1), (f"warmup: {WARMUP}: record 1 asks nothing",)),
        (Warmup(3), (f"warmup: {WARMUP}: none of its 3 records asks anything",)),
        (Warmup(3, 1), ()),
        (Warmup(2, 2, "record 3: no"), (f"warmup: {WARMUP}: record 3: no",)),
        (Warmup(is_whole=False), ()),
        (Warmup(1000, 1000), ()),
    ],
)
def test_a_warmup_file_must_be_there_and_ask_something_that_a_server_answers(found, problems):
    """What asks nothing warms up nothing. Of a file too large to be read, nothing is said."""
    assert unmet(Require(warmup=True), VersionFacts(2, 1, found), None) == problems


def test_the_first_version_breaks_no_client():
    """Nothing is served, so its signatures need not even be read."""
    assert unmet(COMPATIBLE, VersionFacts(1, 1), None) == ()
    assert not compares(COMPATIBLE, VersionFacts(1, 1), None)


def test_the_served_version_is_not_compared_with_itself():
    """It stays what it is, though nobody may be able to read it any more."""
    assert unmet(COMPATIBLE, VersionFacts(1, 1), SERVED) == ()
    assert not compares(COMPATIBLE, VersionFacts(1, 1), SERVED)


def test_signatures_that_cannot_be_read_are_not_taken_for_compatible():
    """The clients of the served version are there, whatever the new one is."""
    cut = VersionFacts(2, 1, signatures="cut or malformed")

    assert unmet(COMPATIBLE, cut, SERVED) == ("signatures: cut or malformed",)
    assert unprotected(COMPATIBLE, cut, SERVED) is None


@pytest.mark.parametrize("new", ["cut or malformed", ONE])
def test_a_served_version_that_nobody_can_read_has_no_clients_to_protect(new):
    """Else it would hold the one that repairs it, for ever; that nothing is compared is told."""
    version, gone = VersionFacts(2, 1, signatures=new), VersionFacts(1, 1, signatures="not found")

    assert unmet(COMPATIBLE, version, gone) == ()
    assert unprotected(COMPATIBLE, version, gone) == (
        "signatures: version 2 is compared with none, for those of version 1, which is served, "
        "cannot be read: not found"
    )


def test_a_served_version_that_the_store_does_not_hand_out_has_clients_all_the_same():
    """No answer is no evidence: it may be read in the next run."""
    version, denied = (
        VersionFacts(2, 1, signatures=ONE),
        VersionFacts(1, 1, signatures=Unreadable("403")),
    )
    cut = VersionFacts(2, 1, signatures="cut or malformed")
    held = "signatures: of version 1, which is served: 403"

    assert unmet(COMPATIBLE, version, denied) == (held,)
    assert unmet(COMPATIBLE, cut, denied) == (held, "signatures: cut or malformed")
    assert unprotected(COMPATIBLE, version, denied) is None


def test_nothing_is_told_of_signatures_that_no_rule_compares():
    """Nor of the first version, nor of those that can be read."""
    gone = VersionFacts(1, 1, signatures="not found")

    assert unprotected(Require(), VersionFacts(2, 1), gone) is None
    assert unprotected(COMPATIBLE, VersionFacts(1, 1), gone) is None
    assert unprotected(COMPATIBLE, VersionFacts(2, 1), None) is None
    assert unprotected(COMPATIBLE, VersionFacts(2, 1, signatures=OTHER), SERVED) is None


def test_methods_count_where_servers_compare_them():
    """By a flag of theirs, which is off by default."""
    inputs, outputs = {"inputs": Tensor("DT_STRING", (-1,))}, {"scores": ROWS}
    method = "tensorflow/serving/"
    before = VersionFacts(1, 1, signatures={"s": Signature(inputs, outputs, f"{method}classify")})
    after = VersionFacts(2, 1, signatures={"s": Signature(inputs, outputs, f"{method}predict")})

    assert unmet(COMPATIBLE, after, before) == ()
    (problem,) = unmet(COMPATIBLE, after, before, checks_method=True)
    assert problem.startswith("signatures: not those of version 1, which is served: signature s: ")
    assert problem.endswith("method is tensorflow/serving/predict, not tensorflow/serving/classify")


@given(facts, facts)
def test_what_is_not_compared_need_not_be_known(version, served):
    """`compares` is False only where the signatures change no answer."""
    blank = VersionFacts(version.version, version.bytes, version.warmup)
    if not compares(ALL, version, served):
        assert unmet(ALL, blank, served) == unmet(ALL, version, served)
