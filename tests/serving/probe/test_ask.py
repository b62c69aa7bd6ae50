"""What an answer shows of a version: right, wrong, or nothing."""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from generator.serving.probe.ask import Answered, ask, predict
from generator.serving.probe.probe import Probe
from generator.simulated_server.messages import error_json
from generator.simulated_server.store import Store
from tests.servers.ports import free_port
from tests.servers.serving_messages import old_error_json
from tests.servers.tensorflow_serving import model_server

CONFIG = """
model_config_list { config {
  name: "a" base_path: "/models/a" model_platform: "tensorflow"
  model_version_policy { specific { versions: 1 } } version_labels { key: "stable" value: 1 }
} }
"""
HALF = Probe({"instances": [1.0, 2.0]}, {"predictions": [2.5, 3.0]})


@pytest.fixture
def server():
    """Serve half-plus-two as version 1 of `a`."""
    store = Store()
    store.put("/models/a", 1)
    with model_server(CONFIG, store) as running:
        running.tick(5)
        yield running


def outcome(server, probe=HALF, target=None, timeout=5.0):
    """Ask once."""
    return ask(server.url, target or predict("a", version=1), probe, timeout)


def test_the_answer_that_is_expected_is_right(server):
    """By the version and by its label; with the time that it took."""
    for target in (predict("a", version=1), predict("a", label="stable")):
        found = outcome(server, target=target)
        assert (found.answered, found.words) == (Answered.RIGHT, "")
        assert 0 < found.seconds < 5


def test_another_answer_is_wrong(server):
    """With the place and both values."""
    found = outcome(server, Probe({"instances": [1.0]}, {"predictions": [7.0]}))

    assert found.answered is Answered.WRONG
    assert found.words == "predictions[0] is 2.5, expected 7.0"


def test_an_error_of_the_server_is_wrong_in_its_own_words(server):
    """Whatever form its release gives it."""
    found = outcome(server, Probe({"instances": ["x"]}))
    assert found.answered is Answered.WRONG
    assert "HTTP 400: Failed to process element: 0 of 'instances' list" in found.words
    for form in (error_json, old_error_json):
        server.fault = lambda _, form=form: (500, form("Where is 'w'?"))
        assert outcome(server).answered is Answered.WRONG
        assert outcome(server).words.endswith("HTTP 500: Where is 'w'?")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *((status, error_json("no room")) for status in (408, 409, 429, 499, 502, 503, 504)),
        (404, error_json("Servable not found for request: Specific(a, 1)")),
        (500, "<html>bad gateway</html>"),
        (403, '{"message": "who are you?"}'),
        (200, "<html>welcome</html>"),
        (200, "{}"),
        (200, "7"),
        (200, ""),
    ],
)
def test_what_is_not_the_version_s_word_shows_nothing(server, status, body):
    """A proxy, a full queue, a version that has gone: absence is not evidence."""
    server.fault = lambda _: (status, body)
    found = outcome(server)

    assert found.answered is Answered.NOTHING
    assert found.words


def test_silence_shows_nothing(server):
    """A connection refused, and no answer in time."""
    nobody = f"http://127.0.0.1:{free_port()}"
    assert ask(nobody, predict("a", version=1), HALF).answered is Answered.NOTHING
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        found = ask(url, predict("a", version=1), HALF, 0.2)
    assert (found.answered, found.words) == (Answered.NOTHING, "no answer in time")


def test_texts_that_are_no_utf_8_are_a_prediction_all_the_same():
    """Servers write the bytes of a text as they are; without an expected answer that is right."""
    body = b'{"predictions": ["\xff\xfe"]}'

    class Raw(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Answer in Latin-1 or whatever it is."""
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Raw) as http:
        Thread(target=http.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{http.server_address[1]}"
        assert ask(url, "/", Probe({"instances": [1]})).answered is Answered.RIGHT
        assert ask(url, "/", HALF).answered is Answered.NOTHING
        http.shutdown()
