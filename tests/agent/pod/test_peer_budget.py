"""The bounds of what other agents tell: memory and time have an end, whatever they answer."""

import socket
import time

import pytest

from generator.agent.pod.peer_budget import PeerBudget
from generator.limits.agent import PEER_BYTES, PEERS_BYTES
from generator.network.http import Answer, UnexpectedAnswerError
from tests.kit.heard_peers import WANTED, answering, looking, of
from tests.kit.waiting import PATIENCE, until


@pytest.mark.parametrize(("more", "is_heard"), [(0, True), (1, False)])
def test_what_an_agent_tells_is_heard_up_to_its_limit(more, is_heard):
    """Beyond it, it is an agent that tells nothing: a stranger, and nobody's absence."""
    body = of("b").ljust(PEER_BYTES + more)
    with answering(of("me")) as me, answering(body) as b:
        found = looking(me, b)
        found.look()
        view = found.view(WANTED, hurry=True)
    assert bool(view.peers) is is_heard
    assert view.is_whole is is_heard


def test_what_all_agents_told_has_an_end_and_who_told_before_stays():
    """Each takes the place of what it told before, and whoever is gone leaves its own."""
    budget, half = PeerBudget(), Answer("/wave", 200, b"x" * (PEERS_BYTES // 2))
    for address in ("a", "b", "a"):
        with budget.reading(address, half):
            pass
    with pytest.raises(UnexpectedAnswerError), budget.reading("c", Answer("/wave", 200, b"x")):
        pass
    budget.only({"a"})
    with budget.reading("c", half):
        pass


def test_many_small_values_take_more_memory_than_their_bytes():
    """An entry of eight bytes takes a hundred in memory."""
    small = Answer("/wave", 200, b'"a":[],' * (PEERS_BYTES // 14))
    with pytest.raises(UnexpectedAnswerError), PeerBudget().reading("a", small):
        pass


def test_what_cannot_be_read_takes_no_bytes():
    """It is not kept."""
    budget, half = PeerBudget(), Answer("/wave", 200, b"x" * (PEERS_BYTES // 2))
    for address in "abc":
        with pytest.raises(ValueError, match="no JSON"), budget.reading(address, half):
            raise ValueError("no JSON")


def test_who_stops_does_not_wait_for_a_pod_that_is_mute():
    """It says whether it is still asking one: Python would wait for that at its end."""
    with socket.create_server(("127.0.0.1", 0)) as mute, answering(of("me")) as me:
        idle, asking = looking(me), looking(mute.getsockname()[1])
        idle.start()
        until(idle.stop)
        asking.start()
        mute.settimeout(PATIENCE)
        with mute.accept()[0]:
            began = time.monotonic()
            assert not asking.stop()
            assert time.monotonic() - began < 2
    until(asking.stop)  # its machine resets the connection now
