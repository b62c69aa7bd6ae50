"""HTTP to a model server or an agent: one request, and an answer that may be anything.

Each request has its own connection, or one that is kept (`connections`), straight to the
server: proxies of the environment are not for pods. Certificates are checked against
SSL_CERT_FILE or REQUESTS_CA_BUNDLE, if set.
"""

import http.client
import re
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from msgspec import Struct, field

from generator.limits.answer import ANSWER_BYTES, ANSWER_VALUES
from generator.limits.limit import Limit
from generator.network.connection import TimedResponse, connection
from generator.text import bounded_json, phrases
from generator.text.pattern import pattern
from generator.text.quoting import one_line

T = TypeVar("T")

TIMEOUT = 10.0
"""Seconds for the connection, and for an answer of status or metadata."""

PREDICT_TIMEOUT = 35.0
"""Seconds for a prediction; the server itself gives up after 30 (`rest_api_timeout_in_ms`)."""

_PORTS = {"http": 80, "https": 443}
_CHUNK = 1 << 16
_ERROR = pattern(rb'\s*\{\s*"error":\s*("(.*)")\s*\}\s*', re.DOTALL)
_ESCAPE = pattern(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


class UnexpectedAnswerError(Exception):
    """An answer that cannot be used; its argument says why."""


Taken = Callable[[int], str]
"""Hears how many bytes of an answer are there by now, and says what is too much; else nothing."""


def at_most(limit: Limit) -> Taken:
    """Return what takes as many bytes as *limit* says."""
    return lambda size: limit.over if size > limit else ""


_ANSWER = at_most(ANSWER_BYTES)

REQUEST_ERRORS = (OSError, http.client.HTTPException, ValueError, UnexpectedAnswerError)
"""All that `request` and `Answer.read` raise; `reason` says what they mean."""


class Answer(Struct, frozen=True):
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
    most: Taken = _ANSWER,
) -> Answer:
    """Ask the server at *url* once: GET, or POST with a *body*; *headers* are further ones.

    *timeout*, in seconds, is TIMEOUT or PREDICT_TIMEOUT if it is not given. Raises one of
    REQUEST_ERRORS, also for an answer of more than *most* takes.
    """
    timeout = timeout or (TIMEOUT if body is None else PREDICT_TIMEOUT)
    headers = {"Connection": "close", "Content-Type": "application/json", **headers}
    with closing(connection(url, timeout)) as once:
        return exchange(once, urlsplit(url).path, target, timeout, body, headers, most)


def exchange(
    opened: http.client.HTTPConnection,
    path: str,
    target: str,
    timeout: float,
    body: bytes | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
    most: Taken = _ANSWER,
) -> Answer:
    """Ask for *target* below *path* over what is *opened*; the answer comes in *timeout* seconds.

    Raises one of REQUEST_ERRORS.
    """
    deadline = time.monotonic() + timeout
    opened.response_class = partial(TimedResponse, deadline)  # type: ignore[assignment]
    opened.request("GET" if body is None else "POST", path + target, body, headers)
    read = bytearray()
    with closing(opened.getresponse()) as response:  # of a last request, it alone has the socket
        while chunk := response.read1(_CHUNK):
            read += chunk
            if problem := most(len(read)):
                raise UnexpectedAnswerError(f"{target}: an answer of {problem}")
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
