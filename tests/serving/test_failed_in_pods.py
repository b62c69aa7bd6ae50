"""`generator.serving.failed_in_pods`: the line that tells of versions that failed."""

from hypothesis import given
from hypothesis import strategies as st

from generator.serving.failed_in_pods import CODE, LONGEST, FailedVersion, line, read

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}", fullmatch=True)
PODS = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,30}[a-z0-9])?|\[::1\]:9090", fullmatch=True)
FAILED = st.lists(
    st.builds(
        FailedVersion,
        NAMES,
        st.integers(0, 2**63 - 1),
        st.lists(PODS, max_size=4, unique=True).map(sorted).map(tuple),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda it: it.key,
)


@given(FAILED)
def test_what_a_line_tells_of_is_read_from_it(failed):
    """It fits a commit status; what it has no room for it counts, and invents nothing."""
    told = line(failed)
    found = read(told)
    assert len(told) <= LONGEST
    known = {it.key: set(it.pods) for it in failed}
    assert all(set(it.pods) <= known[it.key] for it in found)
    rest = len(failed) - len(found)
    assert told.endswith(f"+{rest}") if rest else "+" not in told.split()[-1]


@given(st.text(max_size=80))
def test_what_is_no_such_line_tells_of_nothing(text):
    """A person, or another program, may describe a status in any words."""
    assert read(text.replace(CODE, "")) == ()


def test_half_a_line_tells_of_nothing():
    """Nobody is accused by what somebody cut."""
    assert read("failed-in-pods: ranker 7 (tf-serving-a); bert 3 (tf-serv") == ()
    assert read("failed-in-pods: ranker 07") == ()
    assert read("failed-in-pods: +3") == ()


def test_the_line_may_stand_in_other_words():
    """A forge or a bot may put its own before it."""
    told = read(
        "verify of prod\nhealth check failed: failed-in-pods: ranker 7 (a, b); bert 3; +2\n"
    )
    assert told == (FailedVersion("ranker", 7, ("a", "b")), FailedVersion("bert", 3))
