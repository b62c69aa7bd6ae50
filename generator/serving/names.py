"""The addresses behind names: that of a headless Service has one for each pod, ready or not."""

import socket
from collections.abc import Iterable
from functools import partial

from generator.limits.agent import PEERS
from generator.network.waits import within

Name = tuple[str, int]
"""A host, which may have many addresses, and a port."""

TIMEOUT = 3.0
"""Seconds for the answer of a name."""


def addresses(names: Iterable[Name]) -> frozenset[str] | None:
    """Return the addresses of *names* as `HOST:PORT`, at most `PEERS`.

    None if one of the names could not be asked: then nobody knows who is there.
    """
    found: set[str] = set()
    for host, port in names:
        try:
            found |= within(partial(_addresses, host, port), host, TIMEOUT)
        except (OSError, UnicodeError):
            return None
    return frozenset(sorted(found)[:PEERS])


def _addresses(host: str, port: int) -> set[str]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    hosts = {str(address[0]) for *_, address in answers}
    return {f"[{it}]:{port}" if ":" in it else f"{it}:{port}" for it in hosts}
