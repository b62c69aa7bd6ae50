"""The REST port of a simulated server."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from generator.simulated_server.rest import ModelServer


@contextmanager
def listening(
    server: ModelServer, port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[ModelServer]:
    """Answer on a port of 127.0.0.1 for as long as the context; 0 is a free one.

    Raises:
        OSError: Nobody may listen there.
    """
    with _Listener(("127.0.0.1", port), partial(_Rest, server)) as http:
        if tls:
            http.socket = tls.wrap_socket(http.socket, server_side=True)
        server.url = f"{'https' if tls else 'http'}://127.0.0.1:{http.server_address[1]}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


class _Listener(ThreadingHTTPServer):
    """A listener that takes as many connections at once as the real one."""

    daemon_threads = True
    request_queue_size = 128


class _Rest(BaseHTTPRequestHandler):
    """Hands requests to the model server."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece: the second of two small ones would wait
    disable_nagle_algorithm = True

    def __init__(self, server: ModelServer, *arguments: object) -> None:
        self._server = server
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer a status or metadata call."""
        self._reply()

    def do_POST(self) -> None:
        """Answer a predict call."""
        self._reply()

    def do_HEAD(self) -> None:
        """Refuse it."""
        self._reply()

    def do_PUT(self) -> None:
        """Refuse it."""
        self._reply()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Stay silent: the requests are recorded instead."""

    def _reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self._server.simulated.listening:
            self.close_connection = True  # the real one has no open port
            return
        status, text = self._server.answer(self.command, self.path, body)
        data = text.encode()
        with suppress(BrokenPipeError, ConnectionResetError):  # the client waited long enough
            self.send_response(status)
            kind = "text/html" if text.startswith("<") else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else data)
