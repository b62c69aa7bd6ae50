"""A server that takes connections and hardly answers: silent, or a byte at a time."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

Idle = Literal["silent", "drip", "drip-body", "close"]
"""`drip` never ends its first line; `drip-body` has sent the head of an answer of HTTP at once."""

PAUSE = 0.05
"""Seconds between two bytes."""

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 100000\r\n\r\n"
_LINE = {"http": b"HTTP/1.1 200 OK\r\nX-A: ", "ssh": b"SSH-2.0-"}


@contextmanager
def idle(kind: Idle, scheme: Literal["http", "ssh"] = "http") -> Iterator[int]:
    """Run one on 127.0.0.1; yield its port."""
    closing = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)

        def take() -> None:
            while not closing.is_set():
                with suppress(OSError):
                    connection, _ = server.accept()
                    act = (connection, kind, scheme, closing)
                    threading.Thread(target=_answer, args=act, daemon=True).start()

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            closing.set()
            thread.join()


def _answer(connection: socket.socket, kind: Idle, scheme: str, closing: threading.Event) -> None:
    with connection, suppress(OSError):
        if kind == "close":
            return
        if scheme == "http":
            connection.recv(65536)
        if kind == "drip-body":
            connection.sendall(_HEAD)
        elif kind == "drip":
            connection.sendall(_LINE[scheme])
        while not closing.wait(PAUSE):
            if kind != "silent":
                connection.sendall(b" " if kind == "drip-body" else b"a")
