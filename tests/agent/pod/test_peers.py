"""The other agents: asked beside the rounds, by a name, and bounded whatever they answer."""

import contextlib
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from generator.agent.decide.roster import Roster
from generator.agent.decide.rules import Margins
from generator.agent.pod.peers import Neighbours
from generator.agent.report import Report, status
from generator.limits.agent import PEERS
from generator.serving.wave_state import WaveState


@contextlib.contextmanager
def answering(body, host="127.0.0.1"):
    """Yield the port of an agent that answers *body* to everybody."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer((host, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def of(pod):
    """Return what the agent of a pod answers."""
    return json.dumps(status(Report(0.0, wave=WaveState(pod, was_ready=True)), 0.0)).encode()


def looking(*ports):
    """Return the neighbours of `me` at some ports."""
    names = [("127.0.0.1", port) for port in ports]
    return Neighbours(names, Roster("me", time.monotonic(), Margins()), time.monotonic)


@pytest.mark.parametrize("garbage", [b"", b"[]", b"{", b"[" * 10_000, b"null", b"\xff" * 99])
def test_all_that_answer_as_agents_are_seen(garbage):
    """What is nothing to go by is a stranger, for a while."""
    with answering(of("me")) as me, answering(of("b")) as b, answering(garbage) as bad:
        found = looking(me, b)
        found.look()
        assert [it.pod for it in found.view(hurry=True).peers] == ["b"]
        assert found.view(hurry=True).is_whole
        with_garbage = looking(me, b, bad)
        with_garbage.look()
        assert [it.pod for it in with_garbage.view(hurry=True).peers] == ["b"]
        assert not with_garbage.view(hurry=True).is_whole


@pytest.mark.slow
def test_a_mute_address_is_a_stranger_and_one_that_refuses_is_nobody():
    """The one may be cut off from this pod alone; the machine of the other says who is there."""
    now = [0.0]
    with socket.create_server(("127.0.0.1", 0)) as mute, answering(of("me")) as me:
        port = mute.getsockname()[1]
        names = [("127.0.0.1", me), ("127.0.0.1", port), ("127.0.0.1", 1)]
        found = Neighbours(names, Roster("me", 0.0, Margins()), lambda: now[0])
        found.look()
        now[0] = 100.0
        view = found.view(hurry=False)
    assert list(view.strangers) == [f"127.0.0.1:{port}"]
    assert view.unheard == f"1 of 1 other pods that are listed do not answer: 127.0.0.1:{port}"


def test_a_name_that_nobody_knows_lists_nobody():
    """And takes no pod away that was heard before."""
    names = [("no-such-name.invalid", 9090)]
    with answering(of("b")) as b:
        roster = Roster.recalled("me", {"b": f"127.0.0.1:{b}"}, time.monotonic(), Margins())
        found = Neighbours(names, roster, time.monotonic)
        found.look()
        view = found.view(hurry=False)
    assert [(it.pod, it.is_silent) for it in view.peers] == [("b", False)]
    assert not view.is_whole


def test_looks_are_made_beside_the_rounds_until_it_is_stopped():
    """Nobody waits for one."""
    with answering(of("me")) as me, answering(of("b")) as b:
        found = looking(me, b)
        found.start()
        deadline = time.monotonic() + 10
        while not found.view(hurry=True).peers and time.monotonic() < deadline:
            time.sleep(0.02)
        found.stop()
    assert [it.pod for it in found.view(hurry=True).peers] == ["b"]


@pytest.mark.parametrize(("more", "is_asked"), [(PEERS - 1, True), (PEERS, False)])
def test_of_many_addresses_the_first_are_asked(more, is_asked):
    """In their order; nobody listens at most of these."""
    with answering(of("b"), "127.0.0.9") as last:
        names = [*(("127.0.0.1", 1 + number) for number in range(more)), ("127.0.0.9", last)]
        found = Neighbours(names, Roster("me", time.monotonic(), Margins()), time.monotonic)
        found.look()
    assert bool(found.view(hurry=True).peers) is is_asked
