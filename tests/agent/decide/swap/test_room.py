"""The room in a pod: what fits beside what the server has, and what a swap makes of it."""

from hypothesis import given
from hypothesis import strategies as st

from generator.agent.decide.swap.room import Room

NUMBERS = st.integers(1, 3)
VERSIONS = st.frozensets(st.tuples(st.sampled_from("abc"), NUMBERS), max_size=6)


def room(limit, has, leaving, named=None, **sizes):
    """Return a room; *sizes* are by model and number, as `a1=9`."""
    found = {(name[0], int(name[1:])): size for name, size in sizes.items()}
    named = has if named is None else named
    return Room(limit, found, frozenset(named), frozenset(has), frozenset(leaving))


def test_what_fits_is_named_and_what_does_not_is_short_to_the_byte():
    """In the order of models: the first that fit are taken."""
    old, new, other = ("a", 1), ("a", 2), ("b", 1)
    for limit, short in ((21, []), (20, [other]), (18, [new]), (17, [new, other])):
        found = room(limit, {old}, {old}, a1=10, a2=9, b1=2)
        assert found.short([new, other]) == (short if limit != 17 else [new])


def test_nothing_waits_where_nothing_is_on_its_way_out():
    """There is nothing to wait for: Git decides, as it does for a pod that starts."""
    assert room(5, {("b", 1)}, (), a2=9, b1=5).short([("a", 2)]) == []


def test_a_version_of_unknown_size_leaves_no_room():
    """Nobody can say that something fits beside it."""
    assert room(50, {("a", 1)}, {("a", 1)}, a2=1).short([("a", 2)]) == [("a", 2)]


def test_a_swap_lets_go_of_what_goes_of_the_model_itself():
    """What stays of it stays; what the server ends already is not waited for twice."""
    found = room(20, {("a", 1), ("a", 2), ("b", 1)}, {("a", 1)}, a1=9, a2=2, a3=10, b1=5)
    assert found.swap({("a", 3)}) == {("a", 1)}
    assert not room(20, {("a", 1)}, {("a", 1)}, named=(), a1=9, a3=12).swap({("a", 3)})


@given(
    st.integers(1, 30),
    VERSIONS,
    VERSIONS,
    VERSIONS,
    st.dictionaries(st.tuples(st.sampled_from("abc"), NUMBERS), st.integers(0, 12)),
)
def test_no_swap_makes_a_pod_larger_than_it_may_be_or_is(limit, has, gone, new, sizes):
    """Whatever is there, whatever goes and comes, and whatever of it is of unknown size."""
    new, leaving = new - has, gone & has
    found = Room(limit, sizes, has, has, leaving)
    short = found.short(new)
    fits = new - {*short}
    if leaving:
        assert not fits or found.size(has | fits) <= limit
    for name in "abc":
        comes = {key for key in short if key[0] == name}
        goes = found.swap(comes)
        assert goes <= {key for key in leaving if key[0] == name}
        if goes:
            after = found.size(has) - found.size(goes) + found.size(comes)
            assert after <= max(limit, found.size(has))
