"""The other agents: asked beside the rounds, by a name, and bounded whatever they answer."""

import contextlib
import socket
import time

import pytest
from msgspec.structs import replace

from generator.agent.decide.config import Entry
from generator.agent.decide.roster import Roster
from generator.agent.decide.rules import Margins
from generator.agent.endpoints import Endpoints
from generator.agent.http_server import listening
from generator.agent.pod.peers import Neighbours
from generator.agent.report import Report
from generator.limits.agent import PEERS
from generator.serving.state import ModelState
from generator.serving.wave_state import Trial, WaveState
from tests.kit.heard_peers import STATE, WANTED, answering, looking, of
from tests.kit.waiting import until

SERVED = {**WANTED.revision.config, "a": Entry("a", "tensorflow", ModelState(frozenset({1})))}


@contextlib.contextmanager
def an_agent(found, asked):
    """Yield the port of an agent with a report, and note what it is *asked* for."""
    endpoints = Endpoints(lambda: found[0], time.monotonic)

    def respond(target):
        asked.append(target)
        return endpoints(target)

    with listening("127.0.0.1", 0, respond) as port:
        yield port


def told(environment="prod", state=STATE, *, wave=True):
    """Return the report of a pod that has version 1 of `a`, and 2 on trial."""
    trials = {("a", 2): Trial("sha256:2", 3.0)}
    return Report(
        time.monotonic(),
        environment=environment,
        state=state,
        wanted=WANTED.revision.config,
        served=SERVED,
        wave=WaveState("b", was_ready=True, trials=trials) if wave else None,
    )


def heard(*ports):
    """Return the peers that are heard at ports by a pod that knows what it wants."""
    found = looking(*ports)
    found.view(WANTED, hurry=True)
    found.look()
    return found


@pytest.mark.parametrize("garbage", [b"", b"[]", b"{", b"[" * 10_000, b"null", b"\xff" * 99])
def test_all_that_answer_as_agents_are_seen(garbage):
    """What is nothing to go by is a stranger, for a while."""
    with answering(of("me")) as me, answering(of("b")) as b, answering(garbage) as bad:
        found = looking(me, b)
        found.look()
        assert [it.pod for it in found.view(WANTED, hurry=True).peers] == ["b"]
        assert found.view(WANTED, hurry=True).is_whole
        with_garbage = looking(me, b, bad)
        with_garbage.look()
        assert [it.pod for it in with_garbage.view(WANTED, hurry=True).peers] == ["b"]
        assert not with_garbage.view(WANTED, hurry=True).is_whole


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
        view = found.view(WANTED, hurry=False)
    assert list(view.strangers) == [f"127.0.0.1:{port}"]
    assert view.problem == f"1 of 1 other pods that are listed do not answer: 127.0.0.1:{port}"


def test_a_name_that_nobody_knows_lists_nobody():
    """And takes no pod away that was heard before."""
    names = [("no-such-name.invalid", 9090)]
    with answering(of("b")) as b:
        roster = Roster.recalled("me", {"b": f"127.0.0.1:{b}"}, time.monotonic(), Margins())
        found = Neighbours(names, roster, time.monotonic)
        found.look()
        view = found.view(WANTED, hurry=False)
    assert [(it.pod, it.is_silent) for it in view.peers] == [("b", False)]
    assert not view.is_whole


def test_looks_are_made_beside_the_rounds_until_it_is_stopped():
    """Nobody waits for one."""
    with answering(of("me")) as me, answering(of("b")) as b:
        found = looking(me, b)
        found.start()
        until(lambda: found.view(WANTED, hurry=True).peers)
        found.stop()
    assert [it.pod for it in found.view(WANTED, hurry=True).peers] == ["b"]


@pytest.mark.parametrize(("more", "is_asked"), [(PEERS - 1, True), (PEERS, False)])
def test_of_many_addresses_the_first_are_asked(more, is_asked):
    """In their order; nobody listens at most of these."""
    with answering(of("b"), "127.0.0.9") as last:
        names = [*(("127.0.0.1", 1 + number) for number in range(more)), ("127.0.0.9", last)]
        found = Neighbours(names, Roster("me", time.monotonic(), Margins()), time.monotonic)
        found.look()
    assert bool(found.view(WANTED, hurry=True).peers) is is_asked


@pytest.mark.parametrize(
    ("state", "targets"), [(STATE, ["/wave"]), ("sha256:" + "2" * 64, ["/wave", "/wave?all"])]
)
def test_what_another_pod_serves_is_heard_whatever_it_wants(state, targets):
    """All of it is asked for only where the two have not the same state."""
    asked = []
    with an_agent([told(state=state)], asked) as port:
        [peer] = heard(port).view(WANTED, hurry=True).peers
    assert asked == targets
    assert peer.pod == "b"
    assert [peer.names(key) for key in (("a", 1), ("a", 2), ("b", 1))] == [True, False, True]
    assert peer.wave.trials == {("a", 2): Trial("sha256:2", 3.0)}


def test_who_has_nothing_new_says_only_that_and_time_goes_on():
    """The same document is not sent again, and its durations are those of the last round."""
    report, asked = [told()], []
    with an_agent(report, asked) as port:
        found = heard(port)
        first = found.view(WANTED, hurry=True).peers[0].wave.trials["a", 2].answering
        report[0] = replace(
            report[0], at=report[0].at + 50.0, wave=report[0].wave.later(50.0), steps=9
        )
        found.look()
        second = found.view(WANTED, hurry=True).peers[0].wave.trials["a", 2].answering
        raw = [raw_answer(port, tag="x"), raw_answer(port, tag=tag_of(raw_answer(port)))]
    assert second - first == pytest.approx(50.0, abs=0.01)
    assert raw[0].startswith(b"HTTP/1.1 200")
    assert raw[1].startswith(b"HTTP/1.1 304")
    assert len(raw[1]) < 300


def test_an_agent_without_that_endpoint_is_asked_for_its_status():
    """So is one that makes no waves: both are heard."""
    asked = []
    with answering(of("b")) as b, an_agent([told(wave=False)], asked) as old:
        peers = heard(b, old).view(WANTED, hurry=True).peers
    assert [(it.pod, it.wave is None) for it in peers] == [(f"127.0.0.1:{old}", True), ("b", False)]
    assert asked == ["/wave", "/status"]


@pytest.mark.parametrize("knows", [True, False])
@pytest.mark.parametrize("wave", [True, False])
def test_agents_of_another_environment_are_not_believed(knows, wave):
    """Whatever they tell, whenever they were heard first; and it is said who they are."""
    asked = []
    with answering(of("me")) as me, an_agent([told(environment="dev", wave=wave)], asked) as dev:
        found = looking(me, dev)
        if knows:
            found.view(WANTED, hurry=True)
        found.look()
        assert found.view(WANTED, hurry=True).peers == []
        found.look()
        view = found.view(WANTED, hurry=True)
    assert (view.peers, view.lost, view.addresses) == ([], [], {})
    assert f"127.0.0.1:{dev} is of 'dev'" in found.problem


def raw_answer(port, tag=""):
    """Return all bytes of an answer to a request for the share of a pod."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(f"GET /wave HTTP/1.1\r\nIf-None-Match: {tag}\r\n\r\n".encode())
        found = b""
        while piece := client.recv(65536):
            found += piece
    return found


def tag_of(raw):
    """Return the entity tag of an answer."""
    [line] = [it for it in raw.split(b"\r\n") if it.startswith(b"ETag: ")]
    return line.removeprefix(b"ETag: ").decode()
