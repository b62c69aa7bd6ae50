"""A connection to a server on which no wait is longer than it may be."""

import http.client
import io
import os
import socket
import ssl
import time
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class TimedResponse(http.client.HTTPResponse):
    """An answer that is there, with its head, before a deadline of the monotonic clock."""

    def __init__(self, deadline: float, sock: socket.socket, *args: Any, **more: Any) -> None:  # noqa: ANN401
        super().__init__(sock, *args, **more)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock, deadline))


class _Timed(io.RawIOBase):
    """A stream of what a socket receives; no wait is longer than there is time left."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        """Return that this is for reading."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        """Read what there is.

        Raises:
            TimeoutError: The deadline is over.
        """
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()


def connection(url: str, timeout: float) -> http.client.HTTPConnection:
    """Return a connection to the server at *url*, not yet open; each wait ends in so many seconds.

    Raises:
        OSError: The certificates to trust cannot be read.
    """
    parts = urlsplit(url)
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.netloc, timeout=timeout)
    name = next(
        (name for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE") if os.environ.get(name)), ""
    )
    context = _trust(name, os.environ.get(name))
    return http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=context)


@cache
def _trust(name: str, bundle: str | None) -> ssl.SSLContext:
    """Return a context that trusts *bundle*, or what the machine trusts."""
    try:
        return ssl.create_default_context(cafile=bundle)
    except OSError as error:
        raise OSError(f"{name}: {bundle}: {error}") from error
