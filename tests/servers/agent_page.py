"""An agent of a release before `/wave`, as others see it: a server with one page, its status."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from generator.agent.report import Report
from generator.agent.report import status as reported


class _Page(BaseHTTPRequestHandler):
    """Answers each request for a status with the server's `page`."""

    def do_GET(self) -> None:
        """Answer with the page, and note the path."""
        code, body = self.server.page
        self.server.asked.append(self.path)
        self.send_response(code if self.path.endswith("/status") else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@contextmanager
def page(
    content: object, code: int = 200, port: int = 0, host: str = "127.0.0.1"
) -> Iterator[ThreadingHTTPServer]:
    """Run a server that has one page: bytes, a text, or what is written as JSON.

    It has the page as `page`, its `url`, and the paths that it was `asked` for.
    """
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    with ThreadingHTTPServer((host, port), _Page) as http:
        http.page = code, text.encode() if isinstance(text, str) else text
        http.asked = []
        http.url = f"http://{host}:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield http
        finally:
            http.shutdown()
            thread.join()


def answer(**other: object) -> dict[str, object]:
    """Return what an agent answers that has not looked yet, with *other* keys in it."""
    return {**reported(Report(0.0), 1.0), **other}
