"""Git over smart HTTP: `git http-backend` behind a small CGI bridge.

A repository takes pushes only if its `http.receivepack` is true. Whether a push is refused
is then the matter of its own hooks, as on a forge.
"""

import base64
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class GitServer:
    """A running server, every request that it got, as `METHOD target`, and its credentials."""

    url: str
    requests: list[str] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    """Paths that redirect, to where."""


@dataclass(frozen=True, slots=True)
class _Site:
    """What is served, and to whom."""

    root: Path
    authorization: str | None
    server: GitServer


@contextmanager
def git_http(
    root: Path,
    *,
    user: str | None = None,
    password: str = "",
    tls: ssl.SSLContext | None = None,
) -> Iterator[GitServer]:
    """Serve the bare repositories below *root* for as long as the context.

    With a *user*, each request must carry it and the *password* as basic authentication.
    With *tls*, this is HTTPS.
    """
    authorization = None if user is None else basic(user, password)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Bridge) as server:
        port = server.server_address[1]
        running = GitServer(f"{'https' if tls else 'http'}://127.0.0.1:{port}")
        site = _Site(root.resolve(), authorization, running)
        server.RequestHandlerClass = partial(_Bridge, site)  # type: ignore[assignment]
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()


def basic(user: str, password: str) -> str:
    """Return the header of basic authentication."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class _Bridge(BaseHTTPRequestHandler):
    """Turns each HTTP request into one run of `git http-backend`, as RFC 3875 says."""

    # libgit2 pushes in chunks, and git does so above 1 MiB: HTTP/1.0 has no chunks.
    protocol_version = "HTTP/1.1"

    def __init__(self, site: _Site, *arguments: object) -> None:
        self._site = site
        super().__init__(*arguments)  # type: ignore[arg-type]

    def handle(self) -> None:
        """Answer, unless the client is gone."""
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        """Answer `info/refs` and the dumb protocol."""
        self._answer()

    def do_POST(self) -> None:
        """Answer `git-upload-pack` and `git-receive-pack`."""
        self._answer()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Stay silent: the requests are recorded instead."""

    def _answer(self) -> None:
        self._site.server.requests.append(f"{self.command} {self.path}")
        if sent := self.headers.get("Authorization"):
            self._site.server.authorizations.append(sent)
        body = self._body()  # read it even if refused: an unread body resets the connection
        expected = self._site.authorization
        if expected is not None and self.headers.get("Authorization") != expected:
            self._send(HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": 'Basic realm="git"'}, b"")
            return
        for old, new in self._site.server.moved.items():
            if self.path.startswith(f"{old}/"):
                place = f"{self._site.server.url}{new}{self.path.removeprefix(old)}"
                self._send(HTTPStatus.MOVED_PERMANENTLY, {"Location": place}, b"")
                return
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            env=self._environment(len(body)),
            check=False,
        )
        self._relay(done.stdout)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self._read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0] or b"-1", 16):
            chunks.append(self._read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(chunks)

    def _read(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) != size:
            raise ConnectionResetError
        return data

    def _environment(self, length: int) -> dict[str, str]:
        path, _, query = self.path.partition("?")
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._site.root),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_PROJECT_ROOT": str(self._site.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": unquote(path),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            # The backend inflates by itself.
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_ADDR": self.client_address[0],
        }

    def _relay(self, answer: bytes) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode("latin-1").splitlines())
        # Without any header the backend has crashed; without a status it was a success.
        status = headers.pop("Status", "200" if headers else "500")
        self._send(int(status.split()[0]), headers, body)

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")  # an idle one would keep its thread waiting
        self.end_headers()
        self.wfile.write(body)
