"""`tfs-gitops agent` as a process, beside a simulated server in another, on real files."""

import json
import signal
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from click.testing import CliRunner

from generator.agent.decide.load_history import Down, Refused
from generator.agent.pod.mounted import CONFIG
from generator.agent.pod.server import SILENT, ask
from generator.cli import main
from generator.lock.paths import LOCK
from generator.serving.reported import Question, ServerModel, Unanswered
from tests.kit.pod_processes import BROKEN
from tests.kit.strategies import model
from tests.kit.waiting import until
from tests.servers.ports import free_port


def test_a_pod_starts_and_follows_each_commit(pod):
    """A promotion, a move back and a drop, each in one commit: no step is refused.

    The file is never the empty list again, and what nobody names any more is removed.
    """
    one, two = pod.publish("a", 1), pod.publish("a", 2, slow=0.3)
    pod.deliver(model("a", one, stable=1))
    pod.watch()
    pod.serve()
    pod.in_sync()
    assert pod.label("a", "stable") == 1
    assert pod.get("/readyz")[0] == 200

    seen, ended = [], threading.Event()
    watching = threading.Thread(target=_answers, args=(pod, seen, ended))
    watching.start()
    pod.deliver(model("a", two, stable=2))
    pod.in_sync()
    assert (pod.loaded("a"), pod.label("a", "stable")) == ({2}, 2)
    pod.until(lambda: not (pod.root / "models/a/1").exists())

    pod.deliver(model("a", one, stable=1))  # a `git revert`
    pod.in_sync()
    ended.set()
    watching.join()
    assert (pod.loaded("a"), pod.label("a", "stable")) == ({1}, 1)
    assert seen
    assert None not in seen
    assert pod.config.read_text() == (pod.root / "desired" / CONFIG).read_text()
    steps = [json.loads(line) for line in pod.log.splitlines() if '"step"' in line]
    assert [step["step"] for step in steps] == list(range(1, len(steps) + 1))
    assert [step for step in steps if "empty list" in step["message"]] == steps[:1]


def _answers(pod, seen, ended):
    while not ended.is_set():
        seen.append(pod.label("a", "stable"))
        time.sleep(0.02)


@pytest.mark.slow
def test_one_broken_model_stops_neither_the_others_nor_a_fresh_pod(pod):
    """It is reported in the server's words, and tried again when the lock changes."""
    good, bad = pod.publish("good", 1), pod.publish("bad", 1, BROKEN)
    both = pod.publish("both", 1), pod.publish("both", 2, BROKEN)
    pod.deliver(
        model("good", good, stable=1), model("bad", bad, stable=1), model("both", *both, stable=1)
    )
    pod.watch()
    pod.serve()
    pod.until(lambda: len(pod.status().get("failed", ())) == 2)
    pod.until(lambda: pod.get("/readyz")[0] == 200)
    assert (pod.loaded("good"), pod.loaded("both")) == ({1}, {1})
    failed = pod.status()["failed"]
    assert [(one["model"], one["version"]) for one in failed] == [("bad", 1), ("both", 2)]
    assert failed[0]["error"] == "NOT_FOUND: Could not find SavedModel .pb or .pbtxt"
    assert 'failed_load{model="bad",version="1"} 1' in pod.get("/metrics")[1]
    pod.until(lambda: "bad" not in pod.config.read_text())

    pod.kill(pod.server)
    pod.until(lambda: pod.get("/readyz")[0] == 503)
    pod.serve()  # from the file that is there: nothing in it fails
    pod.until(lambda: pod.get("/readyz")[0] == 200)

    mended = pod.publish("bad", 2)
    pod.deliver(model("good", good, stable=1), model("bad", mended, stable=2))
    pod.in_sync()
    assert pod.loaded("bad") == {2}


@pytest.mark.slow
def test_an_agent_that_is_killed_goes_on_from_what_is_served(pod):
    """In the middle of a change: it writes no step back, and never the empty list."""
    one, two = pod.publish("a", 1), pod.publish("a", 2, slow=6)
    pod.deliver(model("a", one, stable=1))
    pod.watch()
    pod.serve()
    pod.in_sync()
    pod.deliver(model("a", two, stable=2))
    pod.until(lambda: pod.answers("a").get(2) == "LOADING")
    before = pod.config.read_text()
    pod.kill(pod.agent)
    pod.watch()
    pod.until(lambda: pod.status().get("generation") == pod.generation_wanted())
    assert pod.config.read_text() == before
    pod.in_sync()
    assert pod.loaded("a") == {2}

    assert pod.kill(pod.agent, signal.SIGTERM) == 0
    assert pod.loaded("a") == {2}


@pytest.mark.slow
def test_a_container_that_starts_anew_finds_no_version_on_trial_in_its_file(pod):
    """Agent and server end while a broken version loads: the last good one serves again soon."""
    one, bad = pod.publish("a", 1), pod.publish("a", 2, BROKEN, slow=2)
    pod.deliver(model("a", one, stable=1))
    pod.watch()
    pod.serve()
    pod.in_sync()
    pod.deliver(model("a", bad, stable=2))
    pod.until(lambda: pod.answers("a").get(2) == "LOADING")
    pod.kill(pod.agent)
    pod.kill(pod.server)
    before = pod.config.read_text()
    pod.watch()
    pod.until(lambda: pod.config.read_text() != before, lambda: pod.log)
    pod.serve()
    pod.until(lambda: pod.status()["failed"])
    assert (pod.loaded("a"), pod.label("a", "stable")) == ({1}, 1)
    assert pod.get("/readyz")[0] == 200


@pytest.mark.slow
def test_a_server_that_starts_from_an_older_file_is_stepped_again(pod):
    """The agent goes by what is in the file and what the server says, not by its memory."""
    one, two = pod.publish("a", 1), pod.publish("a", 2)
    pod.deliver(model("a", one, stable=1))
    pod.watch()
    pod.serve()
    pod.in_sync()
    older = pod.config.read_text()
    pod.deliver(model("a", one, two, stable=2))
    pod.in_sync()
    pod.kill(pod.server)
    pod.until(lambda: pod.get("/readyz")[0] == 503)
    pod.config.write_text(older)
    pod.serve()
    pod.until(lambda: pod.config.read_text() != older)
    pod.in_sync()
    assert (pod.loaded("a"), pod.label("a", "stable")) == ({1, 2}, 2)


@pytest.mark.slow
def test_a_desired_folder_that_is_broken_changes_nothing(pod):
    """Half of it, another schema, a path that leaves the models folder: each is told."""
    one, two = pod.publish("a", 1), pod.publish("a", 2)
    pod.deliver(model("a", one))
    pod.watch()
    pod.serve()
    pod.in_sync()
    served = pod.config.read_text()
    files = {name: (pod.root / "desired" / name).read_text() for name in (CONFIG, LOCK)}
    outside = {name: text.replace('"a"', '"../a"') for name, text in files.items()}
    other = files[LOCK].replace("tfs-gitops/v1", "tfs-gitops/v9")
    for broken, told in (
        ({CONFIG: files[CONFIG]}, LOCK),
        ({LOCK: files[LOCK]}, CONFIG),
        ({CONFIG: "", LOCK: files[LOCK]}, "no byte"),
        ({CONFIG: files[CONFIG], LOCK: files[LOCK][:200]}, "not a lock"),
        ({CONFIG: files[CONFIG], LOCK: other}, "tfs-gitops/v9"),
        ({**outside, CONFIG: outside[CONFIG].replace("/models/a", "/models/../a")}, ".."),
        ({CONFIG: files[CONFIG].replace("versions: 1", "versions: 7"), LOCK: files[LOCK]}, "7"),
    ):
        pod.swap(broken)
        pod.until(lambda told=told: told in pod.status()["problems"].get("desired", ""))
        assert pod.get("/readyz")[0] == 200
        assert pod.config.read_text() == served

    pod.deliver(model("a", two))
    pod.in_sync()
    assert pod.status()["problems"] == {}


def test_a_fresh_pod_with_a_broken_desired_folder_starts_its_server_and_is_not_ready(pod):
    """Liveness is not readiness: the server listens, and gets no request."""
    pod.swap({CONFIG: "nonsense"})
    pod.watch()
    pod.serve()
    pod.until(lambda: pod.get("/healthz")[0] == 200)
    code, reason = pod.get("/readyz")
    assert code == 503
    assert LOCK in reason
    assert "model_config_list" in pod.config.read_text()


class _Nonsense(BaseHTTPRequestHandler):
    """A server that is no TensorFlow Serving."""

    def do_GET(self) -> None:
        """Answer with a page."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>It works!</h1>")

    def log_message(self, *_: object) -> None:
        """Stay silent."""


def test_nonsense_of_a_server_changes_nothing(pod):
    """Neither a page of another program nor silence is a reason to write a config."""
    pod.deliver(model("a", pod.publish("a", 1)))
    with ThreadingHTTPServer(("127.0.0.1", pod.port), _Nonsense) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        pod.watch()
        pod.until(lambda: "not what TensorFlow Serving answers" in pod.get("/readyz")[1])
        assert pod.get("/readyz")[0] == 503
        assert not pod.config.exists()
        http.shutdown()
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        silent.bind(("127.0.0.1", pod.port))
        silent.listen()
        time.sleep(0.5)
        assert not pod.config.exists()
    pod.serve()
    pod.in_sync()


def test_a_models_folder_that_cannot_be_written_is_told(pod):
    """What is served stays; the reason is where people look."""
    pod.deliver(model("a", pod.publish("a", 1)))
    pod.watch()
    pod.serve()
    pod.in_sync()
    (pod.root / "models/b").write_text("in the way")  # also for root, who may write anywhere
    pod.deliver(model("a", pod.publish("a", 1)), model("b", pod.publish("b", 1)))
    pod.until(lambda: pod.status()["unfetched"])
    assert pod.status()["waits"] == {"b": "version 1: its data is not here yet"}
    assert pod.loaded("a") == {1}
    assert pod.get("/readyz")[0] == 200


def test_without_models_the_server_reads_the_store_itself(pod):
    """`access: mount`: the config keeps the base paths of Git's, and nothing is fetched."""
    pod.pull = False
    pod.deliver(model("a", pod.publish("a", 1), stable=1))
    pod.watch()
    pod.serve("store")
    pod.in_sync()
    assert pod.label("a", "stable") == 1
    assert list((pod.root / "models").iterdir()) == []


def test_the_metrics_name_what_tensorflow_serving_lacks(pod):
    """Digests of both sides, steps, the verdict on the config, bytes, and an age."""
    version = pod.publish("a", 1)
    pod.deliver(model("a", version))
    pod.watch()
    pod.serve()
    pod.in_sync()
    text = pod.get("/metrics")[1]
    found = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    prefix = "tfs_gitops_agent_"
    digest = pod.status()["wanted"]["digest"]
    assert found[f'{prefix}wanted_info{{digest="{digest}"}}'] == "1"
    assert found[f'{prefix}served_info{{digest="{digest}"}}'] == "1"
    assert found[f'{prefix}config_reload{{verdict="accepted"}}'] == "1"
    assert found[f"{prefix}fetched_bytes_total"] == str(version.bytes)
    assert found[f"{prefix}failed_loads_total"] == "0"
    assert float(found[f"{prefix}last_success_age_seconds"]) < 30
    assert int(found[f"{prefix}steps_total"]) == pod.status()["step"]
    assert pod.get("/nothing")[0] == 404


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--interval", "10", "expected a duration such as 90s, 10m or 1h"),
        ("--interval", "0s", "expected a duration such as 90s, 10m or 1h"),
        ("--listen", "9090", "expected HOST:PORT, as 127.0.0.1:9090"),
        ("--listen", "[::]:65536", "expected HOST:PORT, as 127.0.0.1:9090"),
        ("--models-size", "20GB", "expected a number of bytes, or one such as 2Gi"),
        ("--server", "ftp://127.0.0.1", "expected"),
    ],
)
def test_an_option_that_nobody_can_follow_is_refused(tmp_path, option, value, expected):
    """With the value, and what is expected: exit 2, before anything is done."""
    words = ["agent", "--desired", str(tmp_path), "--served", str(tmp_path), option, value]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert f"'{option}'" in result.output
    assert value in result.output
    assert expected in " ".join(result.output.split())
    assert not [*tmp_path.iterdir()]


def test_who_is_not_heard_is_told_from_who_says_nothing():
    """Refused, on the way there, or silent: only the first is sure to be no server."""
    assert type(ask(f"http://127.0.0.1:{free_port()}", [])) is Refused
    assert type(ask("http://server.invalid:8501", [])) is Down
    with socket.create_server(("127.0.0.1", 0)) as hanging_up:

        def hang_up():
            while True:
                try:
                    hanging_up.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=hang_up, daemon=True).start()
        url = f"http://127.0.0.1:{hanging_up.getsockname()[1]}"
        for questions in ([], [Question("a"), Question("b")]):
            assert type(ask(url, questions)) is Unanswered
        hanging_up.shutdown(socket.SHUT_RDWR)


def test_a_server_that_answers_slowly_is_asked_in_one_round_all_the_same():
    """The patience is that of a round and not of each model; what answers in time counts."""
    asked = []

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer for one model of 200, and for no other."""
            asked.append(self.path)
            if self.path != "/v1/models/m0":
                time.sleep(5)
                return
            body = b'{"model_version_status": []}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 200

    with Server(("127.0.0.1", 0), Slow) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        questions = [Question(f"m{number}", ("x",)) for number in range(200)]
        began = time.monotonic()
        found = ask(f"http://127.0.0.1:{http.server_address[1]}", questions, timeout=2, least=0.02)
        took = time.monotonic() - began
        http.shutdown()
    assert found.pop("m0") == ServerModel()
    assert set(found.values()) == {Unanswered("no answer in time")}
    assert took < 25  # five seconds for each of them, also side by side, would be more
    assert "/v1/models" not in asked


def test_a_server_that_never_answers_is_not_asked_for_all():
    """It listens and hangs: some questions show it, and thousands do not hold up the round."""
    came = []
    with socket.create_server(("127.0.0.1", 0), backlog=200) as hanging:

        def accept():
            while True:
                try:
                    came.append(hanging.accept())
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        url = f"http://127.0.0.1:{hanging.getsockname()[1]}"
        found = ask(url, [Question(f"m{number}") for number in range(200)], 0.2, 0.2)
        until(lambda: len(came) > SILENT)
        hanging.shutdown(socket.SHUT_RDWR)
    for connection, _ in came:
        connection.close()
    assert found == Unanswered("no answer in time")
    assert SILENT < len(came) < 150
