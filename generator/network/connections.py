"""The connections to one server: kept from one request to the next, one for each thread at most."""

import http.client
from contextlib import suppress
from urllib.parse import urlsplit

from generator.network.connection import connection
from generator.network.http import Answer, exchange

_HUNG_UP = (ConnectionError, http.client.RemoteDisconnected, http.client.CannotSendRequest)
"""The errors of a connection that the server has closed meanwhile."""


class Connections:
    """The connections to the server at *url*; any thread may ask, and `close` ends them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._path = urlsplit(url).path
        self._idle: list[http.client.HTTPConnection] = []

    def get(self, target: str, timeout: float) -> Answer:
        """Ask for *target*; the answer comes in *timeout* seconds. Raises one of REQUEST_ERRORS."""
        with suppress(IndexError, *_HUNG_UP):
            kept = self._idle.pop()
            kept.timeout = timeout
            if kept.sock is not None:
                kept.sock.settimeout(timeout)
            return self._asked(kept, target, timeout)
        return self._asked(connection(self._url, timeout), target, timeout)

    def close(self) -> None:
        """Let go of those that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    def _asked(self, one: http.client.HTTPConnection, target: str, timeout: float) -> Answer:
        try:
            answer = exchange(one, self._path, target, timeout)
        except BaseException:
            one.close()  # half an answer may be left in it
            raise
        self._idle.append(one)
        return answer
