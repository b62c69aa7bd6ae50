"""The prober: its threads, what it makes of an answer, and its end."""

import time
from threading import Event

import pytest

from generator.agent.probe.find import Found
from generator.agent.probe.prober import WORKERS, Prober
from generator.catalog.savedmodel.reading import Reading
from generator.serving.agent_state import Answered
from generator.serving.probe.probe import Probe
from generator.simulated_server.messages import error_json
from tests.kit.agent_steps import model, revision
from tests.servers.tensorflow_serving import model_server

CONTENTS = revision(model("a", 1), model("b", 1), model("c", 1)).contents
OWN = Found(Probe({"instances": [1.0]}))


@pytest.fixture
def server():
    """Serve nothing; a test says what it answers."""
    with model_server() as running:
        yield running


def answers(server, find, contents=CONTENTS):
    """Ask all versions once; return what came, by model."""
    woken = Event()
    prober = Prober(server.url, find, woken.set)
    prober.ask(contents, Reading(), 7.0)
    found = []
    deadline = time.monotonic() + 20
    while len(found) < len(contents) and time.monotonic() < deadline:
        woken.wait(1)
        found += prober.heard()
    prober.stop()
    assert {it.began for it in found} <= {7.0}
    assert not prober.is_busy
    return {it.key[0]: it.answer for it in found}


def test_each_answer_is_told_with_its_words(server):
    """Right, wrong, and nothing that shows anything."""
    replies = {
        "a": (200, '{"predictions": [2.5]}'),
        "b": (500, error_json("Where is 'w'?")),
        "c": (503, error_json("The queue is full")),
    }
    server.fault = lambda request: replies[request.split("/")[3]]
    found = answers(server, lambda *_: OWN)
    assert found["a"].answered is Answered.YES
    assert found["a"].seconds is not None
    assert found["b"].answered is Answered.NO
    assert found["b"].words.endswith("HTTP 500: Where is 'w'?")
    assert found["c"].answered is Answered.NOT_YET
    assert found["c"].seconds is None


def test_an_error_about_json_is_no_fault_of_a_version_whose_record_we_wrote_as_json(server):
    """Of a probe that the exporter wrote, it is."""
    server.fault = lambda _: (400, error_json("JSON Value: 1 is not of expected type: float"))
    for found, answered in ((OWN, Answered.NO), (Found(OWN.probe, is_logged=True), "noProbe")):
        assert {it.answered for it in answers(server, lambda *_, it=found: it).values()} == {
            answered
        }


def test_without_a_probe_nobody_is_asked(server):
    """And a file that cannot be read now is looked at again."""
    assert answers(server, lambda *_: "it has none")["a"].answered is Answered.NO_PROBE
    assert server.requests == []

    def fails(*_):
        raise PermissionError(13, "Permission denied", "probe.json")

    found = answers(server, fails)["a"]
    assert found.answered is Answered.NOT_YET
    assert "Permission denied" in found.words


def test_a_bug_takes_no_version_out(server, caplog):
    """It is told, with its traceback, and the version is served as without a probe."""

    def fails(*_):
        raise RuntimeError("surprise")

    found = answers(server, fails)["a"]
    assert found.answered is Answered.NO_PROBE
    assert found.words == "a bug of this program: RuntimeError: surprise"
    assert "RuntimeError: surprise" in caplog.text


def test_few_are_asked_at_once_and_a_stop_waits_for_nobody(server):
    """A probe takes a server's time from its clients; an agent ends when it is told to."""
    going, let_go, most = [], Event(), []

    def slow(request):
        going.append(request)
        most.append(len(going))
        let_go.wait(20)
        going.remove(request)
        return 200, '{"predictions": [2.5]}'

    server.fault = slow
    prober = Prober(server.url, lambda *_: OWN, lambda: None)
    prober.ask(CONTENTS, Reading(), 0.0)
    while len(going) < WORKERS:
        time.sleep(0.01)
    began = time.monotonic()
    prober.stop()
    assert time.monotonic() - began < 10
    assert prober.is_busy
    let_go.set()
    assert max(most) == WORKERS
