"""TensorFlow Serving over HTTP: the simulated server with its REST API.

In a test its time passes by `tick`. As a process of its own it runs in real time, on the
models in a folder, and reads its config file again and again:
`python -m tests.servers.tensorflow_serving --config FILE --port N --models DIR`
With `--speed N` its time passes N times as fast; `--journal FILE` gets what it answers for.
"""

import argparse
import os
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from tests.servers.journal import Journaled
from tests.servers.serving_rest import ModelServer
from tests.simulator.flags import Flags
from tests.simulator.server import Server
from tests.simulator.store import Store, Upload

FLAGS = Flags(
    allow_version_labels_for_unavailable_models=True,
    model_config_file_poll_wait_seconds=1,
    num_load_threads=2,
    max_num_load_retries=0,
)

_TURN = 0.05  # s between two looks at the clock
_AT_ONCE = 1.0  # s of its time between two moments at which it may answer
_EXIT = 255

_META_GRAPH = 2
"""A graph in a SavedModel (saved_model.proto)."""

_SAVER = 3
"""The `saver_def` of a graph (meta_graph.proto)."""


@contextmanager
def model_server(
    config: str | None = None,
    store: Store | None = None,
    *,
    flags: Flags = FLAGS,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> Iterator[ModelServer]:
    """Run a server that started from *config*; its time passes only by `tick`."""
    simulated = Server(flags)
    simulated.start(config or "model_config_list {}\n", store or Store())
    with listening(ModelServer(simulated), port, tls) as running:
        yield running


@contextmanager
def listening(
    server: ModelServer, port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[ModelServer]:
    """Answer on a port of 127.0.0.1 for as long as the context; 0 is a free one."""
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


class Folder(Store):
    """The model data that a pod sees at /models: the version directories of a real folder.

    A version loads if it has a SavedModel and no file `broken`, after the seconds in its file
    `slow`, if any. One whose graph has variables, and that has no index of them, loads as well.
    It answers in the manner that its file `manner` names.
    """

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root

    def children(self, base_path: str) -> list[str] | None:
        """Return the names below a base path in order; None if it is missing."""
        folder = self._at(base_path)
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else None

    def upload(self, path: str) -> Upload | None:
        """Return how the version at *path* behaves; None if it is gone."""
        folder = self._at(path)
        if not folder.exists():
            return None
        good = any((folder / f"saved_model.{end}").is_file() for end in ("pb", "pbtxt"))
        slow = folder / "slow"
        fails = not good or (folder / "broken").is_file()
        lacks = "" if fails or not _has_variables(folder) else "w"
        if (folder / "variables/variables.index").is_file():
            lacks = ""
        manner = folder / "manner"
        return Upload(
            fails,
            float(slow.read_text()) if slow.is_file() else 0,
            lacks,
            manner.read_text() if manner.is_file() else "",
        )

    def _at(self, path: str) -> Path:
        return self._root / path.removeprefix("/models").strip("/")


def _has_variables(folder: Path) -> bool:
    """Whether a graph of a SavedModel has a `saver_def`, which says how to restore variables."""
    try:
        graphs = _fields((folder / "saved_model.pb").read_bytes(), _META_GRAPH)
        return any(True for graph in graphs for _ in _fields(graph, _SAVER))
    except (OSError, DecodeError):
        return False


def _fields(message: bytes, number: int) -> Iterator[bytes]:
    """Yield the values of a field of a message whose type is not known here."""
    for found in UnknownFieldSet(Empty.FromString(message)):
        if found.field_number == number:
            yield found.data


def main(words: Sequence[str] | None = None) -> int:
    """Run a server in real time until it is killed; return its exit code if it ends itself."""
    parser = argparse.ArgumentParser("tensorflow_serving")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--speed", type=float, default=1)
    parser.add_argument("--journal", type=Path, default=Path(os.devnull))
    parser.add_argument("flags", nargs="*", help="num_load_threads=2 …; the rest are FLAGS")
    given = parser.parse_args(words)
    flags = Flags.parse([*_words(FLAGS), *given.flags])
    clock = partial(_elapsed, time.monotonic(), given.speed)
    simulated = Journaled(flags, given.journal, given.speed)
    server = ModelServer(simulated)
    simulated.start(_read(given.config), Folder(given.models))
    simulated.note()
    advance = partial(_advance, server, given.config, clock, _TURN / given.speed)
    while not simulated.listening:  # before, the real one has no open port
        advance()
    with listening(server, given.port):
        print(server.url, flush=True)  # noqa: T201  whoever started it waits for this
        while not simulated.exited:
            advance()
    return _EXIT


def _elapsed(began: float, speed: float) -> float:
    return (time.monotonic() - began) * speed


def _advance(server: ModelServer, config: Path, clock: Callable[[], float], turn: float) -> None:
    """Let the simulated time catch up with the real one."""
    time.sleep(turn)
    with server.lock:
        server.simulated.file = _read(config)
        behind = clock() - server.simulated.now / 1000
        server.simulated.tick(min(max(0.0, behind), _AT_ONCE))
        if server.simulated.exited and not server.simulated.listening_since:
            raise SystemExit(_EXIT)


def _read(config: Path) -> str | None:
    return config.read_text(encoding="utf-8") if config.is_file() else None


def _words(flags: Flags) -> list[str]:
    return [f"{name}={int(getattr(flags, name))}" for name in flags.__dataclass_fields__]


if __name__ == "__main__":
    sys.exit(main())
