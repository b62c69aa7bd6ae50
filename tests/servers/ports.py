"""Ports of 127.0.0.1 for servers that are told where to listen."""

import itertools
import random
import socket
from collections.abc import Iterator

_RANGE = range(30_500, 32_768)
"""Below those that the system gives to whoever names none, and above those of the S3 server.

Else a server of another test may listen first, and answer in place of the one that is meant.
"""


def free_port() -> int:
    """Return a port that nobody has; the same one is not given twice before all were."""
    return next(port for port in _candidates if _is_free(port))


def _ports() -> Iterator[int]:
    # Processes that run tests beside each other begin at different places.
    begin = random.SystemRandom().randrange(len(_RANGE))
    return itertools.cycle((*_RANGE[begin:], *_RANGE[:begin]))


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_candidates = _ports()
