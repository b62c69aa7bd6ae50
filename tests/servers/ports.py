"""Ports of 127.0.0.1 for servers that are told where to listen."""

import itertools
import os
import random
import socket
from collections.abc import Iterator, Sequence

_RANGE = range(30_500, 32_768)
"""Below those that the system gives to whoever names none, and above those of the S3 server.

Else a server of another test may listen first, and answer in place of the one that is meant.
"""


SHARES = 8
"""Of as many processes that run tests beside each other, each has ports of its own."""


def free_port() -> int:
    """Return a port that nobody has; the same one is not given twice before all were."""
    return next(port for port in _candidates if _is_free(port))


def share() -> Sequence[int]:
    """Return the ports of this process."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return _RANGE[int(worker) % SHARES :: SHARES]


def _ports() -> Iterator[int]:
    # Processes that it started, and other runs on this machine, begin at different places.
    ports = share()
    begin = random.SystemRandom().randrange(len(ports))
    return itertools.cycle((*ports[begin:], *ports[:begin]))


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_candidates = _ports()
