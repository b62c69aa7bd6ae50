"""HTTP to a model server or an agent: one request, and an answer that may be anything.

Each request has its own connection, or one that is kept (`connections`), straight to the
server: proxies of the environment are not for pods. Certificates are checked against
SSL_CERT_FILE or REQUESTS_CA_BUNDLE, if set.
"""

import http.client
import io
import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlsplit

from generator.limits.answer import ANSWER_BYTES, ANSWER_VALUES
from generator.limits.limit import Limit
from generator.text import bounded_json, phrases
from generator.text.quoting import one_line

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

T = TypeVar("T")

TIMEOUT = 10.0
"""Seconds for the connection, and for an answer of status or metadata."""

PREDICT_TIMEOUT = 35.0
"""Seconds for a prediction; the server itself gives up after 30 (`rest_api_timeout_in_ms`)."""

_PORTS = {"http": 80, "https": 443}
_CHUNK = 1 << 16
_ERROR = re.compile(rb'\s*\{\s*"error":\s*("(.*)")\s*\}\s*', re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


class UnexpectedAnswerError(Exception):
    """An answer that cannot be used; its argument says why."""


REQUEST_ERRORS = (OSError, http.client.HTTPException, ValueError, UnexpectedAnswerError)
"""All that `request` and `Answer.read` raise; `reason` says what they mean."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer to a request for *target*."""

    target: str
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    """Their names in lower case."""

    @property
    def error(self) -> str | None:
        """The server's own message; None if this is no error of TensorFlow Serving."""
        found = _ERROR.fullmatch(self.body)
        if found is None:
            return None
        with suppress(ValueError):
            return one_line(bounded_json.loads(found[1]))
        return one_line(_ESCAPE.sub(_unescaped, found[2]).decode(errors="replace"))

    def read(
        self,
        parse: Callable[[Any], T],
        of: str = "TensorFlow Serving",
        values: Limit = ANSWER_VALUES,
    ) -> T:
        """Return what *parse* makes of the JSON, which *of* answers and has so many *values*.

        Raises:
            UnexpectedAnswerError: The status is not 200, or *parse* cannot make anything of it.
        """
        if self.status != HTTPStatus.OK:
            raise UnexpectedAnswerError(
                f"{self.target}: HTTP {self.status}: {self.error or self._start}"
            )
        try:
            return parse(bounded_json.loads(self.body, values))
        except (LookupError, TypeError, ValueError, OverflowError) as error:
            problem = f"{self.target}: not what {of} answers: {self._start}"
            raise UnexpectedAnswerError(problem) from error

    @property
    def _start(self) -> str:
        return one_line(self.body[:200].decode(errors="replace")) or "an empty body"


def request(
    url: str,
    target: str,
    body: bytes | None = None,
    timeout: float | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Answer:
    """Ask the server at *url* once: GET, or POST with a *body*; *headers* are further ones.

    *timeout*, in seconds, is TIMEOUT or PREDICT_TIMEOUT if it is not given. Raises one of
    REQUEST_ERRORS.
    """
    timeout = timeout or (TIMEOUT if body is None else PREDICT_TIMEOUT)
    headers = {"Connection": "close", "Content-Type": "application/json", **headers}
    with closing(connection(url, timeout)) as once:
        return exchange(once, urlsplit(url).path, target, timeout, body, headers)


def exchange(
    connection: http.client.HTTPConnection,
    path: str,
    target: str,
    timeout: float,
    body: bytes | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Answer:
    """Ask for *target* below *path* over *connection*; the answer comes in *timeout* seconds.

    Raises one of REQUEST_ERRORS.
    """
    deadline = time.monotonic() + timeout
    connection.response_class = partial(_Response, deadline)  # type: ignore[assignment]
    connection.request("GET" if body is None else "POST", path + target, body, headers)
    response = connection.getresponse()
    read = bytearray()
    while chunk := response.read1(_CHUNK):
        read += chunk
        if len(read) > ANSWER_BYTES:
            raise UnexpectedAnswerError(f"{target}: an answer of {ANSWER_BYTES.over}")
    response.close()  # it is whole, and its connection is for the next
    told = {name.lower(): value for name, value in response.getheaders()}
    return Answer(target, response.status, bytes(read), told)


def connect(url: str, timeout: float) -> None:
    """See whether somebody listens at *url*, in so many seconds.

    Raises:
        OSError: Nobody does, or nobody can be reached.
    """
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    socket.create_connection((parts.hostname or "", port), timeout).close()


def quoted(name: str) -> str:
    """Return *name* as one segment of a path; servers decode it."""
    return quote(name, safe="", errors="replace")


def reason(error: BaseException) -> str:
    """Return the reason of one of REQUEST_ERRORS in one line."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, http.client.HTTPException):
        return one_line(f"the answer is no HTTP: {type(error).__name__} {error}")
    return one_line(phrases.reason(error))


def _unescaped(found: re.Match[bytes]) -> bytes:
    """Return the byte of one escape as C has them: the server's errors are not always JSON."""
    code: bytes = found[1]
    return bytes([int(code, 8) & 0xFF]) if len(code) > 1 else _ESCAPED.get(code, code)


class _Response(http.client.HTTPResponse):
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
