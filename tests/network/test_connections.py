"""Connections that are kept: one for many requests, and a new one when the server hung up."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from generator.network.connections import Connections


@contextlib.contextmanager
def counting(hangs_up_after=10**9):
    """Yield the URL of a server, and its list of connections: the requests on each."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            seen.append(0)
            self.number = len(seen) - 1

        def do_GET(self):
            seen[self.number] += 1
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")
            # Without a word, as a server that has enough of an idle client.
            self.close_connection = seen[self.number] >= hangs_up_after

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/behind", seen
    finally:
        server.shutdown()
        server.server_close()


def test_requests_one_after_another_take_one_connection():
    """Whatever their number."""
    with counting() as (url, seen), contextlib.closing(Connections(url)) as kept:
        assert {kept.get(f"/{number}", 5).body for number in range(20)} == {b"{}"}
    assert seen == [20]


@pytest.mark.parametrize("after", [1, 3])
def test_a_server_that_hangs_up_is_asked_again_on_a_new_one(after):
    """No answer is lost by it."""
    with counting(after) as (url, seen), contextlib.closing(Connections(url)) as kept:
        answers = [kept.get("/", 5).status for _ in range(7)]
    assert answers == [200] * 7
    assert sum(seen) == 7
    assert max(seen) == after


def test_a_server_that_is_gone_is_told_as_one():
    """Also by a connection that was good a moment ago."""
    with counting() as (url, _):
        kept = Connections(url)
        kept.get("/", 5)
        kept.close()
    with pytest.raises(ConnectionRefusedError):
        kept.get("/", 5)
