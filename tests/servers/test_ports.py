"""Ports for servers that are told where to listen."""

import socket

from tests.servers.ports import free_port


def test_no_port_is_given_twice_and_none_that_somebody_has():
    """Two servers that start beside each other never answer in place of each other."""
    first = free_port()
    with socket.create_server(("127.0.0.1", first + 1)):
        given = {free_port() for _ in range(200)}

    assert len(given) == 200
    assert not given & {first, first + 1}


def test_the_system_gives_none_of_these_to_who_names_no_port():
    """What listens at port 0 is of the range above."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert server.getsockname()[1] > free_port()
