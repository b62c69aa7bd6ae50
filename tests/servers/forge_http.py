"""Serves a stand-in for a forge over HTTP: the faults of a test, and the rules of its service."""

import hashlib
import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from tests.servers.forge import Forge, Reply, Request

Answer = Callable[[Request], Reply]


class Rules(Protocol):
    """What a service publishes of its API; yields what is not so."""

    def request(self, request: Request) -> Iterator[str]:
        """Look at a request; one that is not as described is not carried out."""

    def answer(self, request: Request, reply: Reply) -> Iterator[str]:
        """Look at its answer, unless a test has put another in its place."""


class RefusedError(Exception):
    """A call is refused; its arguments are the HTTP status, the message, and the errors."""


Route = tuple[str, str, Callable[[], Reply]]
"""A method, a pattern of the path below the root, and what answers there."""


def routed(
    forge: Forge, request: Request, path: str, routes: Sequence[Route], forbidden: str
) -> Reply | None:
    """Return the answer of the route that *path*, below the root, takes; None if there is none.

    Raises:
        RefusedError: With the text *forbidden*: it would write, and the token may not.
    """
    for method, pattern, answer in routes:
        if method == request.method and re.fullmatch(pattern, path):
            if method != "GET" and not forge.may_write:
                raise RefusedError(403, forbidden)
            return answer()
    return None


def unless_unchanged(request: Request, reply: Reply) -> Reply:
    """Return *reply* with the ETag of its body, or to who has that already that it is the same."""
    etag = f'W/"{hashlib.sha256(json.dumps(reply.body).encode()).hexdigest()}"'
    headers = {**reply.headers, "ETag": etag}
    if request.headers.get("If-None-Match") == etag:
        return Reply(304, "", headers)
    return replace(reply, headers=headers)


@contextmanager
def serve(
    forge: Forge, answer: Answer, rules: Rules | None, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Serve *forge* for as long as the context, with *tls* over HTTPS; yield the server's URL.

    Raises:
        AssertionError: At the end, if a request or an answer was against the *rules*.
    """
    handler = partial(_Handler, forge, answer, rules)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
        finally:
            forge.closing.set()
            server.shutdown()
            thread.join()
            assert not forge.violations, "\n".join(
                ["not as its API is described:", *forge.violations]
            )


class _Handler(BaseHTTPRequestHandler):
    """Reads one request, and writes the answer or the fault."""

    def __init__(
        self, forge: Forge, answer: Answer, rules: Rules | None, *arguments: object
    ) -> None:
        self._forge, self._answer, self._rules = forge, answer, rules
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer a read."""
        self._reply()

    def do_POST(self) -> None:
        """Answer something new."""
        self._reply()

    def do_PATCH(self) -> None:
        """Answer a change, as GitHub has them."""
        self._reply()

    def do_PUT(self) -> None:
        """Answer a change, as GitLab has them."""
        self._reply()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Stay silent: the requests are recorded instead."""

    def _reply(self) -> None:
        url = urlsplit(self.path)
        line, faults = f"{self.command} {url.path}", self._forge.faults
        self._forge.requests.append(line)
        self._forge.headers.append(str(self.headers))
        length = int(self.headers.get("Content-Length", 0))
        data = self.rfile.read(length)
        if len(data) < length:
            self.close_connection = True  # the client is gone: it was killed while it sent
            return
        if self._forge.redirect is not None:
            self._send(Reply(301, {}, {"Location": f"{self._forge.redirect}{self.path}"}))
            return
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        body = json.loads(data) if data else None
        request = Request(self.command, url.path, query, body, self.headers)
        violations = list(self._rules.request(request)) if self._rules else []
        fault = next((one for one in faults if line.startswith(one.on)), None)
        if fault is not None:
            faults.remove(fault)
        if fault is not None and fault.after:
            faults.insert(0, replace(fault, after=fault.after - 1))
            fault = None
        if fault is not None and fault.silent:
            self._forge.closing.wait()
            return
        if not violations and (fault is None or fault.late):
            self._forge.follow()
            reply = self._answer(request)
            violations += self._rules.answer(request, reply) if self._rules else []
        if fault is not None:
            sent = self.headers.get("Authorization", "")
            reply = Reply(fault.status, fault.body.replace("{authorization}", sent), fault.headers)
        if violations:
            self._forge.violations += violations
            # No client tries this status again, and the message is in its error.
            reply = Reply(501, {"message": "; ".join(violations)})
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        is_text = isinstance(reply.body, str)
        data = reply.body.encode() if is_text else json.dumps(reply.body).encode()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "text/html" if is_text else "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
