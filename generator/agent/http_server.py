"""A small HTTP server for probes and people: one thread, and a bound on whatever a client does.

Whoever reaches the port may open connections, send a byte now and then, or never read. None of
that may keep the kubelet's probes from their answers, for it restarts what does not answer. So
connections wait in one event loop and cost no thread, a request has few bytes and few seconds,
and where there are too many, the oldest makes room: a probe is over before it is the oldest.
"""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import NamedTuple

from msgspec import Struct

from generator.errors import InvalidInputError
from generator.limits.agent import CONNECTIONS, REQUEST_BYTES, REQUEST_SECONDS
from generator.text.phrases import reason

_METHODS = ("GET", "HEAD")
_WORDS = 3  # method, target and version
_TEXT = "text/plain; charset=utf-8"
_PIECE_BYTES = 64 * 1024
_BACKLOG = 128

logger = logging.getLogger(__name__)


class Answer(NamedTuple):
    """An answer: its status, content type and body."""

    status: HTTPStatus
    kind: str
    body: bytes
    tag: str = ""
    """The entity tag of what may be asked for again: who has it gets 304, and no body."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further ones, which come with a 304 too."""


class Bounds(Struct, frozen=True):
    """The bounds of what clients may cost."""

    connections: int = CONNECTIONS
    """Open at a time; with one more, the oldest is closed."""
    seconds: float = REQUEST_SECONDS
    """For a whole request, from the connection to the last byte of the answer."""
    request_bytes: int = REQUEST_BYTES
    """For the request line and the headers. Nothing that is served here takes a body."""


Respond = Callable[[str], Answer]
"""Returns the answer to a request for a target, in no time: others wait for it."""

USUAL = Bounds()


@contextmanager
def listening(host: str, port: int, respond: Respond, bounds: Bounds = USUAL) -> Iterator[int]:
    """Answer on *host* and *port* for as long as the context; yield the port.

    Raises:
        InvalidInputError: The address cannot be had.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
        bound = socket.create_server(
            address[:2], family=family, backlog=_BACKLOG, dualstack_ipv6=both
        )
    except OSError as error:
        problem = f"--listen {host}:{port}: {error.strerror or error}"
        raise InvalidInputError(problem, hint="choose a free address of this machine") from error
    loop = asyncio.new_event_loop()
    ending = asyncio.Event()
    server = _Server(respond, bounds)
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(server.run(bound, ending)), name="http", daemon=True
    )
    thread.start()
    try:
        yield bound.getsockname()[1]
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join()
        loop.close()


class _BadRequestError(Exception):
    """A request that gets no answer but a status."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


@dataclass(slots=True)
class _Server:
    """The connections that are open, the oldest first."""

    respond: Respond
    bounds: Bounds
    open: dict[asyncio.Task[None], None] = field(default_factory=dict)

    async def run(self, bound: socket.socket, ending: asyncio.Event) -> None:
        """Serve until *ending*."""
        limit = self.bounds.request_bytes
        async with await asyncio.start_server(self._connected, sock=bound, limit=limit):
            await ending.wait()
            waiting = [*self.open]
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and hang up."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  a coroutine that runs is one of a task
        if len(self.open) >= self.bounds.connections:
            oldest = next(iter(self.open))
            del self.open[oldest]
            oldest.cancel()
        self.open[task] = None
        try:
            async with asyncio.timeout(self.bounds.seconds):
                await self._answer(reader, writer)
        except asyncio.CancelledError:  # by us alone, and asyncio would log each with a traceback
            logger.debug("a connection made room for another")
        except (OSError, EOFError, TimeoutError) as error:
            logger.debug("a request failed: %s", reason(error))
        finally:
            self.open.pop(task, None)
            writer.transport.abort()  # what was answered is sent already

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method = "GET"
        try:
            method, target, tags = await self._request(reader)
        except _BadRequestError as error:
            answer = Answer(error.status, _TEXT, f"{error}\n".encode())
        else:
            answer = self._responded(target)
            if answer.tag and answer.tag in tags:
                answer = answer._replace(status=HTTPStatus.NOT_MODIFIED, body=b"")
        writer.write(_head(answer))
        for start in range(0, len(answer.body) if method != "HEAD" else 0, _PIECE_BYTES):
            writer.write(answer.body[start : start + _PIECE_BYTES])
            await writer.drain()  # so that a slow reader costs one piece of memory
        writer.close()
        await writer.wait_closed()

    def _responded(self, target: str) -> Answer:
        try:
            return self.respond(target)
        except Exception:
            logger.exception("an endpoint: a bug of this program")
            return Answer(HTTPStatus.INTERNAL_SERVER_ERROR, _TEXT, b"a bug: see the log\n")

    async def _request(self, reader: asyncio.StreamReader) -> tuple[str, str, frozenset[str]]:
        """Return method and target of a request, and the tags of what the client has already.

        All other headers are read, and change nothing.
        """
        lines: list[bytes] = []
        size = 0
        while not lines or lines[-1].strip():
            try:
                lines.append(await reader.readline())
            except ValueError as error:  # the line alone is too long
                raise _BadRequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE) from error
            size += len(lines[-1])
            if not lines[-1].endswith(b"\n"):
                raise EOFError("the client hung up")
            if size > self.bounds.request_bytes:
                raise _BadRequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        words = lines[0].decode("latin-1").split()
        if len(words) != _WORDS or not words[2].startswith("HTTP/1."):
            raise _BadRequestError(HTTPStatus.BAD_REQUEST)
        if words[0] not in _METHODS:
            raise _BadRequestError(HTTPStatus.METHOD_NOT_ALLOWED)
        return words[0], words[1], _tags(lines[1:])


def _tags(headers: Iterable[bytes]) -> frozenset[str]:
    """Return the entity tags that a client has (If-None-Match)."""
    fields = (line.decode("latin-1").partition(":") for line in headers)
    lists = (value for name, _, value in fields if name.strip().lower() == "if-none-match")
    return frozenset(it.strip() for value in lists for it in value.split(","))


def _head(answer: Answer) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status.value} {answer.status.phrase}",
        f"Date: {formatdate(usegmt=True)}",
        *(f"{name}: {value}" for name, value in answer.headers),
        *([f"ETag: {answer.tag}"] if answer.tag else []),
    ]
    if answer.status is not HTTPStatus.NOT_MODIFIED:
        lines += [f"Content-Type: {answer.kind}", f"Content-Length: {len(answer.body)}"]
    lines.append("Connection: close")
    if answer.status is HTTPStatus.METHOD_NOT_ALLOWED:
        lines.append(f"Allow: {', '.join(_METHODS)}")
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()
