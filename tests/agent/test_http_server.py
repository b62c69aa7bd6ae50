"""The HTTP side of an agent answers probes, whatever other clients do to it."""

import socket
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus

import pytest

from generator.agent.http_server import Answer, Bounds, listening
from generator.errors import InvalidInputError

LARGE = b"x" * 32 * 1024 * 1024
SHORT = Bounds(connections=8, seconds=0.5, request_bytes=1024)
LONG = Bounds(connections=8, seconds=60, request_bytes=1024)


def respond(target):
    """Answer for three targets."""
    if target == "/bug":
        raise ZeroDivisionError
    return Answer(HTTPStatus.OK, "text/plain", LARGE if target == "/large" else b"alive\n")


@contextmanager
def server(bounds=LONG):
    """Yield what opens connections to a server."""
    with listening("127.0.0.1", 0, respond, bounds) as port, ExitStack() as opened:

        def connect(sent=b""):
            client = opened.enter_context(socket.create_connection(("127.0.0.1", port), 10))
            client.sendall(sent)
            return client

        yield connect


def answered(client):
    """Return all that comes until the server hangs up."""
    found = b""
    try:
        while piece := client.recv(65536):
            found += piece
    except ConnectionError:
        pass
    return found


def is_alive(connect):
    """Whether a probe is answered, and long before any other request has to end."""
    began = time.monotonic()
    found = answered(connect(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"))
    return found.endswith(b"\r\n\r\nalive\n") and time.monotonic() - began < LONG.seconds / 2


def until_hung_up(client):
    """Send a byte now and then until the server takes no more."""
    began = time.monotonic()
    with suppress(ConnectionError):
        while time.monotonic() - began < 20:
            client.sendall(b"a")
            time.sleep(0.05)
        pytest.fail("the server did not hang up")


def test_an_answer_says_what_it_is_and_ends_the_connection():
    """Status, type, length and body; a HEAD has all but the body."""
    with server() as connect:
        got = answered(connect(b"GET /healthz?x=1 HTTP/1.0\r\n\r\n"))
        head = answered(connect(b"HEAD /healthz HTTP/1.1\nHost: a\n\n"))  # as people type it
    lines, _, body = got.partition(b"\r\n\r\n")
    assert lines.startswith(b"HTTP/1.1 200 OK\r\n")
    assert {b"Content-Type: text/plain", b"Content-Length: 6", b"Connection: close"} < {
        *lines.split(b"\r\n")
    }
    assert body == b"alive\n"
    assert head.endswith(b"Content-Length: 6\r\nConnection: close\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /healthz\r\n\r\n", b"400"),
        (b"\r\n\r\n", b"400"),
        (b"GET / HTTP/2.0\r\n\r\n", b"400"),
        (b"\xff\xfe\x00 \x01 \x02\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\n\r\n", b"405"),
        (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 1000 + b"\r\n", b"431"),
        (b"a" * 5000, b"431"),
    ],
)
def test_a_request_that_is_none_or_too_long_is_refused(sent, status):
    """It costs no more memory than the bound."""
    with server() as connect:
        assert answered(connect(sent)).split()[1] == status
        assert is_alive(connect)


def test_a_request_has_a_deadline_as_a_whole_however_steadily_bytes_come():
    """A byte now and then renews nothing."""
    with server(SHORT) as connect:
        slow, began = connect(b"GET / HTTP/1.1\r\n"), time.monotonic()
        until_hung_up(slow)
        assert time.monotonic() - began > 0.3


def test_a_client_that_never_reads_is_hung_up_on():
    """By the same deadline: the answer waits in one place, and not in each connection."""
    with server(SHORT) as connect:
        client = connect(b"GET /large HTTP/1.1\r\n\r\n")
        until_hung_up(client)
        assert len(answered(client)) < len(LARGE)


def test_a_client_that_never_reads_keeps_no_probe_from_its_answer():
    """Its answer waits while others are made."""
    with server() as connect:
        connect(b"GET /large HTTP/1.1\r\n\r\n")
        assert is_alive(connect)


def test_clients_that_keep_connections_keep_no_probe_from_its_answer(caplog):
    """The oldest makes room, no thread is made for any, few are open at a time; none is news."""
    with server() as connect:
        before = {*threading.enumerate()}
        slow = [connect(b"GET / HTTP/1.1\r\nX: ") for _ in range(200)]
        assert is_alive(connect)
        assert {*threading.enumerate()} <= before
        for client in slow[:190]:
            assert answered(client) == b""  # hung up on
        slow[-1].sendall(b"\r\n\r\n")
        assert answered(slow[-1]).endswith(b"alive\n")
    assert not [record for record in caplog.records if record.levelname != "DEBUG"]


def test_a_bug_in_an_endpoint_is_a_500_and_the_next_request_is_answered(caplog):
    """With its traceback in the log."""
    with server() as connect:
        assert answered(connect(b"GET /bug HTTP/1.1\r\n\r\n")).split()[1] == b"500"
        assert is_alive(connect)
    assert "ZeroDivisionError" in caplog.text


def test_a_client_that_hangs_up_early_is_no_news(caplog):
    """Before, in and after its request."""
    with server() as connect:
        for sent in (b"", b"GET", b"GET /large HTTP/1.1\r\n\r\n"):
            connect(sent).close()
        assert is_alive(connect)
    assert not [record for record in caplog.records if record.levelname != "DEBUG"]


def test_an_address_that_is_taken_is_refused_with_its_name():
    """Before anything else of the agent runs."""
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(
            InvalidInputError, match=r"--listen 127\.0\.0\.1:\d+: Address already in use"
        ),
        listening("127.0.0.1", taken.getsockname()[1], respond),
    ):
        raise AssertionError


def test_ipv4_reaches_a_server_at_all_addresses_of_ipv6():
    """As `--listen [::]:9090` says."""
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with (
        listening("::", 0, respond) as port,
        socket.create_connection(("127.0.0.1", port)) as client,
    ):
        client.sendall(b"GET /healthz HTTP/1.1\r\n\r\n")
        assert answered(client).endswith(b"alive\n")
