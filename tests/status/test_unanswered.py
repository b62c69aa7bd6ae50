"""A server that does not answer, or not as TensorFlow Serving does, is `unknown`."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from generator.limits.answer import ANSWER_BYTES, ANSWER_VALUES
from generator.network import http
from generator.simulated_server.messages import error_json, status_json
from tests.kit.served_fleet import only
from tests.servers.https import authority
from tests.servers.serving_messages import old_error_json


def test_a_server_that_is_not_there_is_unknown(fleet):
    """The reason is told once for the server, and each model has its verdict."""
    fleet.deliver(1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        found = fleet.status(url)
        text = fleet.project.run("status", "dev", "--server", url).stdout

    assert only(found)["verdict"] == "unknown"
    assert found["servers"][0]["unanswered"] == "Connection refused"
    assert f"\n{url}: unknown: Connection refused\n" in text
    assert text.count("Connection refused") == 1


def test_no_name_of_a_host_is_a_bug(fleet):
    """What the resolver and the codecs of the standard library refuse, is a reason."""
    fleet.deliver(1)
    for host in ("no-such-host.invalid", "a..b", "x" * 300, "[::1]:1"):
        assert only(fleet.status(f"http://{host}"))["verdict"] == "unknown"


NONSENSE = {
    "html": (200, "<html>ok</html>"),
    "empty": (200, ""),
    "a list": (200, "[]"),
    "null": (200, "null"),
    "nested": (200, "[" * 100_000),
    "no list": (200, '{"model_version_status": 3}'),
    "another state": (200, '{"model_version_status": [{"version": "1", "state": "GONE"}]}'),
    "a number": (200, status_json([(1, "END", "OK", "")]).replace('"1"', "1.5")),
    "no number": (200, '{"model_version_status": [{"version": "x"}]}'),
    "digits": (200, f'{{"model_version_status": [{{"version": "{"9" * 5000}"}}]}}'),
    "404 of a proxy": (404, "404 page not found"),
    "404 of another": (404, '{"detail": "Not Found"}'),
    "500": (500, '{ "error": "out of memory" }'),
    "503": (503, ""),
    "302": (302, ""),
    "too long": (200, '{"model_version_status": []}' + " " * ANSWER_BYTES),
    "too many": (200, '{"model_version_status": [' + "{}," * ANSWER_VALUES + "1]}"),
}


@pytest.mark.parametrize("reply", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_unknown(fleet, reply):
    """Whatever stands at the URL, the command tells what it said, and ends with 10."""
    fleet.deliver(1)
    with fleet.serving() as running:
        running.fault = lambda request: reply if request.endswith("/models/a") else None
        model = only(fleet.status(running))

    assert (model["verdict"], model["server"]) == ("unknown", None)
    assert "/v1/models/a: " in model["reasons"][0]


@pytest.mark.parametrize("reply", [(200, "{}"), (404, "no such page"), (500, "")])
def test_a_label_that_cannot_be_asked_makes_its_model_unknown(fleet, reply):
    """Half an answer is none: in-sync is said only of what was seen."""
    fleet.deliver(1, labels={"stable": 1})
    with fleet.serving() as running:
        running.fault = lambda request: reply if "metadata" in request else None
        assert only(fleet.status(running))["verdict"] == "unknown"


def test_a_server_that_hangs_is_unknown(fleet, monkeypatch):
    """A look ends, whatever servers do: one timeout for a server, not one for each model."""
    monkeypatch.setattr(http, "TIMEOUT", 0.3)
    fleet.deliver(1)
    with fleet.serving() as running:
        running.fault = lambda _: time.sleep(0.8)
        found = fleet.status(running)

    assert found["servers"][0]["unanswered"] == "no answer in time"
    assert len(running.requests) == 1


@contextmanager
def talking(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Let *talk* answer one connection, and yield the URL."""

    def answer() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.recv(1 << 16)
            talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Head: "])
def test_a_server_that_drips_is_unknown(fleet, monkeypatch, head):
    """The time is that of the whole answer and its head, not of each byte."""
    monkeypatch.setattr(http, "TIMEOUT", 0.3)
    fleet.deliver(1)

    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(600):
            connection.sendall(b" ")
            time.sleep(0.05)

    with talking(drip) as url:
        started = time.monotonic()
        found = fleet.status(url)

    assert found["servers"][0]["unanswered"] == "no answer in time"
    assert time.monotonic() - started < 15


def test_an_answer_that_is_no_http_is_unknown(fleet):
    """A gRPC port, for example."""
    fleet.deliver(1)
    with talking(lambda connection: connection.sendall(b"\x00\x00\x18\x04\r\n\r\n")) as url:
        found = fleet.status(url)

    assert "no HTTP" in found["servers"][0]["unanswered"]


def test_an_error_that_is_no_json_is_read_as_the_server_wrote_it():
    """Older ones escape as C does. An error of something else is none of its own."""
    for written in (error_json, old_error_json):
        said = written('it\'s é\n"new" \\').encode()
        assert http.Answer("/x", 400, said).error == 'it\'s é "new" \\'

    assert http.Answer("/x", 400, b'{"error": "caf\\u00e9"}').error == "caf\u00e9"
    assert http.Answer("/x", 404, b'{"detail": "Not Found"}').error is None


def test_https_trusts_what_ssl_cert_file_says(fleet, tmp_path, monkeypatch):
    """Without the authority the server is unknown; a bundle that is missing is named."""
    fleet.deliver(1)
    known = authority(tmp_path)
    with fleet.serving(tls=known.server) as running:
        assert "CERTIFICATE" in fleet.status(running)["servers"][0]["unanswered"]

        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(known.bundle))
        fleet.status(running, code=0)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
        assert "none.pem" in fleet.status(running)["servers"][0]["unanswered"]
        monkeypatch.setenv("SSL_CERT_FILE", str(known.bundle))
        fleet.status(running, code=0)


def test_proxies_of_the_environment_are_not_asked(fleet, monkeypatch):
    """Pods are in the cluster, and proxies lead out of it."""
    fleet.deliver(1)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with fleet.serving() as running:
        fleet.status(running, code=0)
