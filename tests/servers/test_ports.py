"""Ports for servers that are told where to listen."""

import socket

from tests.servers import ports
from tests.servers.ports import free_port


def test_no_port_is_given_twice():
    """Two servers that start beside each other never answer in place of each other."""
    assert len({free_port() for _ in range(200)}) == 200


def test_no_port_is_given_that_somebody_has(monkeypatch):
    """It may be of a server that was not ended."""
    taken, free = free_port(), free_port()
    monkeypatch.setattr(ports, "_candidates", iter([taken, free]))

    with socket.create_server(("127.0.0.1", taken)):
        assert free_port() == free


def test_no_two_processes_that_run_tests_beside_each_other_give_the_same_port(monkeypatch):
    """Between the look and the start of a server there is time for the other one's."""
    shares = []
    for worker in range(ports.SHARES):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", f"gw{worker}")
        shares.append({*ports.share()})

    assert len(set.union(*shares)) == sum(map(len, shares))
    assert all(len(share) > 200 for share in shares)
