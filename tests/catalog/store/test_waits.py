"""A store that does not answer ends what was asked of it, and is named with the wait."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from generator.catalog.location import StoreAddress
from generator.catalog.store import Limits, open_store
from generator.catalog.store.parallel import WORKERS
from generator.errors import StoreError
from generator.limits.waits import LEFT_CALLS
from generator.network.waits import forget
from tests.servers.idle import idle

SHORT = Limits(timeout=0.5, read_timeout=0.3, connect_timeout=0.3, retries=1, retry_timeout=0.4)
CALLS = {
    "indexes": lambda store: store.indexes(),
    "read": lambda store: list(store.read(["index-a.csv"])),
    "range": lambda store: store.range("m/1/a", 0, 9),
    "checksums": lambda store: list(store.checksums([("m/1/a", "sha256")])),
    "write": lambda store: store.write("m/1/new", b"x"),
}
URLS = ["s3://models", "gs://models"]


def opened(url, port, monkeypatch):
    """Return the store of a server on *port*."""
    endpoint = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", endpoint)
    return open_store(StoreAddress(url=url, endpoint=endpoint, region="us-east-1"), SHORT)


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", ["silent", "drip", "drip-body", "close"])
def test_a_store_that_does_not_answer(url, kind, call, monkeypatch):
    """In silence, with a byte now and then, or with its back turned: for whatever it is asked."""
    with idle(kind) as port:
        store = opened(url, port, monkeypatch)
        started = time.monotonic()
        with pytest.raises(StoreError) as error:
            CALLS[call](store)

    assert time.monotonic() - started < 10
    [problem] = error.value.problems
    assert problem.startswith(f"{store.location.url}: ")
    if call == "indexes" and kind != "close":
        assert f"no answer of http://127.0.0.1:{port} within 0." in problem
        assert "ago" not in problem


@pytest.mark.parametrize("kind", ["silent", "drip-body"])
def test_all_stores_of_a_silent_server_are_one_wait(kind, monkeypatch):
    """Of ten environments the first waits, and the others are told of it."""
    with idle(kind) as port:
        for number in range(10):
            store = opened(f"s3://models/{number}", port, monkeypatch)
            with pytest.raises(StoreError, match="no answer") as refused:
                store.indexes()
            assert (" s ago" in str(refused.value)) is (number > 0)


def asking():
    """Return the threads that ask a store, or wait for one that does."""
    kinds = ("asks ", "ThreadPoolExecutor")
    return {it for it in threading.enumerate() if it.name.startswith(kinds)}


@pytest.mark.parametrize("kind", ["drip", "drip-body"])
def test_the_threads_of_a_store_that_trickles_are_bounded(kind, monkeypatch):
    """Each round gives up what it asks, and the answers of the rounds before never end."""
    before, most = asking(), 0
    with idle(kind) as port:
        for _ in range(8):
            store = opened("s3://models", port, monkeypatch)
            forget()
            with pytest.raises(StoreError, match="no answer"):
                store.look_up([f"index-{number}.csv" for number in range(200)])
            most = max(most, len(asking() - before))

    assert WORKERS < most <= LEFT_CALLS + WORKERS


@contextmanager
def begun():
    """Run a server that begins an upload in parts, and answers no part; yield its port."""
    closing = threading.Event()
    body = b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_PUT(self):
            closing.wait(60)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            closing.set()
            server.shutdown()


def test_an_upload_in_parts_that_is_given_up_keeps_no_program_alive(monkeypatch, tmp_path):
    """The program ends with the error; for the threads of pools it would wait to the end."""
    before = pool_threads()
    limits = Limits(timeout=0.5, retries=0, largest_put=1, part_bytes=5 * 1024 * 1024)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    file = tmp_path / "file"
    file.write_bytes(bytes(12 * 1024 * 1024))
    with begun() as port:
        endpoint = f"http://127.0.0.1:{port}"
        address = StoreAddress(url="s3://models", endpoint=endpoint, region="us-east-1")
        with pytest.raises(StoreError, match=r"no answer of .* within 0\.5 s"):
            open_store(address, limits).write("m/1/a", file)

        left = pool_threads() - before

    assert left == set()


def pool_threads():
    """Return the threads of pools, by their names."""
    return {it for it in threading.enumerate() if it.name.startswith("ThreadPoolExecutor")}
