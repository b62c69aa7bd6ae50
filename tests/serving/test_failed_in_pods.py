"""`generator.serving.failed_in_pods`: the line that tells of versions that failed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.serving.failed_in_pods import (
    CODE,
    IN_DOUBT,
    LONGEST,
    FailedVersion,
    environments_of,
    line,
    read,
)

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}", fullmatch=True)
PODS = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,30}[a-z0-9])?|\[::1\]:9090", fullmatch=True)
FAILED = st.lists(
    st.builds(
        FailedVersion,
        NAMES,
        st.integers(0, 2**63 - 1),
        st.lists(PODS, max_size=4, unique=True).map(sorted).map(tuple),
        doubt=st.sampled_from(["", IN_DOUBT]),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda it: it.key,
)


ENVIRONMENTS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True)


@given(ENVIRONMENTS, FAILED)
def test_what_a_line_tells_of_is_read_from_it(environment, failed):
    """It fits a commit status; what it has no room for it counts, and invents nothing."""
    told = line(environment, failed)
    found = read(environment, told)
    assert len(told) <= LONGEST
    assert environments_of(told) == {environment}
    known = {it.key: it for it in failed}
    assert all(set(it.pods) <= set(known[it.key].pods) for it in found)
    assert all(it.doubt == known[it.key].doubt for it in found)
    rest = len(failed) - len(found)
    assert told.endswith(f"+{rest}}}") if rest else "+" not in told.split()[-1]


@given(ENVIRONMENTS, ENVIRONMENTS, FAILED)
def test_a_line_tells_of_its_own_environment_alone(mine, other, failed):
    """Several may share a commit, and have a model of the same name."""
    assert mine == other or read(mine, line(other, failed)) == ()


@given(ENVIRONMENTS, ENVIRONMENTS, FAILED, FAILED)
def test_one_status_may_have_the_lines_of_several_environments(mine, other, failed, others):
    """Such as the summary of one check that asks the agents of all: each is told its own."""
    both = f"{line(other, others)} {line(mine, failed)}"
    assert environments_of(both) == {mine, other}
    assert mine == other or read(mine, both) == read(mine, line(mine, failed))


@given(ENVIRONMENTS, FAILED, st.data())
def test_a_line_that_was_cut_tells_of_nothing(environment, failed, data):
    """Forges and bots cut what is long: half a number is another version, half a doubt none."""
    told = line(environment, failed)
    assert read(environment, told[: data.draw(st.integers(0, len(told) - 1))]) == ()


@given(st.text(max_size=80))
def test_what_is_no_such_line_tells_of_nothing(text):
    """A person, or another program, may describe a status in any words."""
    assert read("prod", text.replace(CODE, "")) == ()


@pytest.mark.parametrize(
    "text",
    [
        "failed-in-pods: prod {ranker 7 (tf-serving-a); bert 3 (tf-serv}",
        "failed-in-pods: prod {ranker 07}",
        "failed-in-pods: prod {+3}",
        "failed-in-pods: {ranker 7 (tf-serving-a)}",
        "failed-in-pods: ranker 7 (tf-serving-a)",
    ],
)
def test_an_odd_line_tells_of_nothing(text):
    """Nobody is accused by half of it, nor by one that names no environment."""
    assert read("prod", text) == ()


def test_the_line_may_stand_in_other_words():
    """A forge or a bot may put its own before it."""
    told = read(
        "prod",
        "verify of prod\nhealth check failed: "
        "failed-in-pods: prod {ranker 7 (a, b); maybe bert 3; +2}, see its log\n",
    )
    assert told == (
        FailedVersion("ranker", 7, ("a", "b")),
        FailedVersion("bert", 3, doubt=IN_DOUBT),
    )
