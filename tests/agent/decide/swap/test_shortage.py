"""What does not fit into a pod now, what would go first for it, and what nothing else may take."""

import pytest

from generator.agent.decide.swap.room import Room
from generator.agent.decide.swap.shortage import Shortage
from generator.agent.decide.swap.swap import Swapped
from generator.agent.decide.turn import Go
from tests.kit.agent_steps import model

SIZES = {
    ("m", 1): 10,
    ("m", 2): 5,
    ("m", 3): 12,
    ("n", 1): 10,
    ("n", 2): 5,
    ("n", 3): 12,
    ("z", 1): 6,
    ("z", 2): 6,
}


def room(limit, has, leaving=()):
    """Return the room in a pod whose server *has* these versions, all of them named."""
    return Room(limit, SIZES, frozenset(has), frozenset(has), frozenset(leaving))


def swapped(name, before, *begun, coming=()):
    """Return a model that let go of a version, for those that it has *begun* with."""
    return Swapped(
        model(name, before),
        coming={(name, it): "" for it in (*begun, *coming)},
        begun={(name, it): Go("") for it in begun},
    )


def swaps(new, found, under_way=None):
    """Return what is short of the *new* versions, and what models may let go of for them."""
    shortage = Shortage.among(frozenset(new), found, under_way or {})
    return list(shortage.versions), dict(shortage.swaps(lambda _: True))


def test_a_swap_takes_no_room_that_another_one_gives_back_at_the_same_time():
    """That one may have to go back; where both fit either way, they go together."""
    has, old = {("m", 1), ("n", 2)}, {("m", 1), ("n", 2)}
    assert swaps([("m", 2), ("n", 1)], room(15, has, old)) == (
        [("m", 2), ("n", 1)],
        {"m": {("m", 1)}},
    )
    has = old = {("m", 1), ("n", 1)}
    both = {"m": {("m", 1)}, "n": {("n", 1)}}
    assert swaps([("m", 2), ("n", 2)], room(20, has, old))[1] == both


def test_two_models_do_not_grow_into_the_same_room():
    """Each would fit alone; the second one waits until the first has swapped."""
    has = {("m", 2), ("n", 1)}
    short, found = swaps([("m", 1), ("n", 3)], room(20, has, has))
    assert short == [("m", 1), ("n", 3)]
    assert found == {"m": {("m", 2)}}
    assert swaps([("n", 3)], room(20, has, has))[1] == {"n": {("n", 1)}}


def test_another_wish_of_a_swap_under_way_waits_for_what_others_may_need_again():
    """It was not let go for; what was let go for, or may come back, has its room."""
    under_way = {"m": swapped("m", 1, 2, coming=[3]), "n": swapped("n", 1, 2)}
    has = {("m", 2), ("n", 2)}
    assert swaps([("m", 3)], room(20, has, {("m", 2)}), under_way) == ([("m", 3)], {})
    assert swaps([("n", 1)], room(20, {("m", 2)}), under_way) == ([], {})
    assert swaps([("m", 2)], room(20, {("n", 2)}), under_way) == ([], {})


@pytest.mark.parametrize("has", [{("n", 2)}, {("n", 2), ("m", 2)}])
def test_what_is_new_waits_for_the_larger_of_what_went_and_what_comes(has):
    """Whichever of both the server has by now."""
    under_way = {"m": swapped("m", 1, 2)}
    assert swaps([("z", 1)], room(21, has), under_way) == ([], {})
    assert swaps([("z", 1)], room(20, has), under_way) == ([("z", 1)], {})


def test_no_swap_counts_on_room_that_what_fits_takes_at_the_same_time():
    """Both would be told to the server in one step."""
    found = room(17, {("m", 2), ("n", 2)}, {("m", 2)})
    assert swaps([("m", 3)], found) == ([("m", 3)], {"m": {("m", 2)}})
    assert swaps([("m", 3), ("z", 1)], found) == ([("m", 3)], {})


def test_what_stands_in_beside_another_version_comes_last_and_only_where_it_fits():
    """In a pod that has nothing yet: the one of another model that is alone comes as ever."""
    lasting, stays = {("n", 3)}, {("m", 1), ("n", 3), ("n", 1)}
    assert swaps(stays, room(22, ()).beside(stays, lasting)) == ([("n", 1)], {})
    assert swaps(stays, room(32, ()).beside(stays, lasting)) == ([], {})
    assert swaps(stays, room(9, ()).beside(stays, lasting)) == ([("n", 1)], {})
    stays = {("m", 1), ("m", 2), ("z", 1)}
    assert swaps(stays, room(16, ()).beside(stays, {("z", 1)})) == ([("m", 2)], {})
