"""A proxy before a real server that breaks the answers that a test picks."""

import http.client
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal[
    "cut", "half", "silent", "302", "400", "403", "404", "500", "503", "crooked", "page"
]
"""`cut` closes the connection, `half` sends half of the body, `silent` never answers.

`crooked` is broken XML, and `page` a page for people; the rest are statuses.
"""

SLOW_DOWN = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code>'
    b"<Message>Please reduce\n your &quot;rate&quot;</Message></Error>"
)
_PAGE = b"<!DOCTYPE html><html><body><p>Please sign in</p></body></html>"
_DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
_ANSWERS: Mapping[Fault, tuple[int, bytes]] = {
    "302": (302, _PAGE),
    "400": (400, _PAGE),
    "403": (403, _DENIED),
    "404": (404, _PAGE),
    "500": (500, SLOW_DOWN),
    "503": (503, SLOW_DOWN),
    "crooked": (200, b"<ListBucketResult><Contents>"),
    "page": (200, _PAGE),
}


@dataclass(slots=True)
class Proxy:
    """A running proxy: its URL, every request that it got, and what to break."""

    url: str
    upstream: str
    fault: Callable[[int, str], Fault | None] = lambda _number, _target: None
    """Called with the number of the request, from 1, and `METHOD target`."""
    rewrite: Callable[[str, bytes], bytes] = lambda _target, body: body
    """Makes another body of an answer; called with `METHOD target`."""
    more: Callable[[str], Mapping[str, str]] = lambda _target: {}
    """More headers of an answer; called with `METHOD target`."""
    instead: Callable[[str, int, bytes], tuple[int, bytes] | None] = lambda *_: None
    """Makes another answer of status and body; called with `METHOD target` before them."""
    requests: list[str] = field(default_factory=list)
    seen: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    """Every request with its headers."""
    unsent: frozenset[str] = frozenset()
    """Headers, in lower case, that the server does not get."""
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def number(self, request: str, headers: Mapping[str, str]) -> int:
        """Record a request and return its number."""
        with self.lock:
            self.requests.append(request)
            self.seen.append((request, headers))
            return len(self.requests)


@contextmanager
def flaky(
    upstream: str, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[Proxy]:
    """Run a proxy at *host* before *upstream*, which breaks nothing until its `fault` is set."""
    proxy = Proxy("", upstream)
    kind = _ServerOfIpv6 if ":" in host else ThreadingHTTPServer
    with kind((host, 0), partial(_Relay, proxy)) as server:
        server.daemon_threads = True
        shown = f"[{host}]" if ":" in host else host
        proxy.url = f"{'https' if tls else 'http'}://{shown}:{server.server_address[1]}"
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.closing.set()
            server.shutdown()
            thread.join()


class _ServerOfIpv6(ThreadingHTTPServer):
    """The same at an address of IPv6."""

    address_family = socket.AF_INET6


class _Relay(BaseHTTPRequestHandler):
    """Passes one request on. The Host header stays: it is part of the signature."""

    def __init__(self, proxy: Proxy, *arguments: object) -> None:
        self._proxy = proxy
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Relay a listing or an object."""
        self._relay()

    def do_HEAD(self) -> None:
        """Relay a question about an object."""
        self._relay()

    def do_PUT(self) -> None:
        """Relay an upload."""
        self._relay()

    def do_POST(self) -> None:
        """Relay a step of a multipart upload."""
        self._relay()

    def do_DELETE(self) -> None:
        """Relay the end of a multipart upload that failed."""
        self._relay()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Stay silent: the requests are recorded instead."""

    def _relay(self) -> None:
        request = f"{self.command} {self.path}"
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self._proxy.fault(self._proxy.number(request, self.headers), request)
        if fault == "cut":
            self.close_connection = True
        elif fault == "silent":
            self._proxy.closing.wait()
        elif fault in _ANSWERS:
            status, answer = _ANSWERS[fault]
            self._send(status, {"Location": self._proxy.url} if status == 302 else {}, answer)
        else:
            status, headers, answer = self._ask(body)
            answer = self._proxy.rewrite(request, answer)
            status, answer = self._proxy.instead(request, status, answer) or (status, answer)
            headers |= self._proxy.more(request)
            self._send(status, headers, answer, cut=fault == "half")

    def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(urlsplit(self._proxy.upstream).netloc)
        # Who takes this for the proxy of HTTP_PROXY names the whole URL.
        target = re.sub(r"^http://[^/?]+", "", self.path) or "/"
        unsent = self._proxy.unsent
        sent = {name: it for name, it in self.headers.items() if name.lower() not in unsent}
        connection.request(self.command, target, body, sent)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        kept = ("content-type", "etag", "last-modified", "content-range", "accept-ranges", "x-amz-")
        headers = {
            name: value for name, value in answer.getheaders() if name.lower().startswith(kept)
        }
        if self.command == "HEAD":
            headers["Content-Length"] = answer.getheader("Content-Length", "0")
        return answer.status, headers, data

    def _send(
        self, status: int, headers: dict[str, str], body: bytes, *, cut: bool = False
    ) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # the client waited long enough
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if cut else body)
