"""`tfs-gitops status`: what servers serve, against what Git says, over real HTTP."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import jsonschema
import pytest

from generator.cli.project import Project
from generator.environment.package_data import folder
from generator.serving import http, rest_api
from generator.serving.reported import LoadState, Question, ServerModel, Unanswered
from generator.status import watch
from generator.status.status import Status
from generator.status.verdict import Verdict
from tests.kit.project import ProjectFolder
from tests.servers.https import authority
from tests.servers.serving_messages import error_json, old_error_json, status_json
from tests.servers.serving_rest import ModelServer
from tests.servers.tensorflow_serving import model_server
from tests.simulator.store import Store, Upload

CONFIG = "tf-serving/overlays/dev/generated/models.config"
SCHEMA = json.loads((folder("schemas") / "status.schema.json").read_text(encoding="utf-8"))


class Fleet:
    """A project whose models a server loads from a store that the test fills."""

    def __init__(self, project: ProjectFolder, origin) -> None:
        self.project = project
        self.origin = origin
        self.store = Store()

    def deliver(self, *numbers: int, settle: str = "10m", **rule: object) -> str:
        """Let Git say that `a` is served in these versions; return its models.config."""
        for number in numbers:
            self.store.put(
                "/models/a", number, self.store.upload(f"/models/a/{number}") or Upload()
            )
            if not (self.project.root / "export/a" / str(number)).exists():
                self.project.publish("a", number)
        self.settle("0s", versions={"pin": [*numbers]}, **rule)
        while self.project.run("plan", "dev", "--exit-code").exit_code:
            assert self.project.run("sync", "dev").exit_code == 0
        self.settle(settle, versions={"pin": [*numbers]}, **rule)
        return self.config

    def settle(self, settle: str, **rule: object) -> None:
        """Write the environment."""
        delivery = {"settle": settle, "limits": {"removals": 5}}
        self.project.environment(delivery=delivery, policy=[{"match": "a", **rule}])

    @property
    def config(self) -> str:
        """The text of models.config as Git has it."""
        return self.origin.files()[CONFIG].decode()

    @contextmanager
    def serving(self, config: str | None = None, **options) -> Iterator[ModelServer]:
        """Run a server that started from *config*, or from what Git says now."""
        with model_server(config or self.config, self.store, **options) as running:
            running.tick(5)
            yield running

    def status(self, *servers: ModelServer | str, code: int = 10, words: tuple = ()):
        """Return the JSON of a status, which keeps its schema, and its exit code is *code*."""
        urls = [one if isinstance(one, str) else one.url for one in servers]
        options = [word for url in urls for word in ("--server", url)]
        result = self.project.run("status", "dev", *options, *words, "--format", "json")
        assert result.exit_code == code, result.output
        found = json.loads(result.stdout)
        jsonschema.validate(found, SCHEMA)
        assert found["agrees"] == (code == 0)
        return found

    def watch(self, running: ModelServer) -> Status:
        """Return what `--wait 60s` ends in, with pauses of no length to speak of."""
        project = Project(self.project.root, verbose=False, log_format="text")
        environment = project.environment("dev")
        pods = watch.Pods((running.url,))
        branch = project.branch(environment)
        return watch.watch(environment, branch, pods, None, 60, pauses=(0.01,))

    def text(self, running: ModelServer, *words: str) -> str:
        """Return what the terminal shows."""
        return self.project.run("status", "dev", "--server", running.url, *words).stdout


@pytest.fixture
def fleet(tmp_path, origin):
    """Return a fleet whose Git says nothing yet."""
    return Fleet(ProjectFolder.create(tmp_path / "project", str(origin.path)), origin)


def only(found):
    """Return the one model of the one server."""
    [one] = found["servers"]
    [model] = one["models"]
    return model


def test_a_server_that_serves_what_git_says_is_in_sync(fleet):
    """Exit 0, its versions with their labels, and a count."""
    fleet.deliver(1, 2, labels={"stable": 1, "canary": 2})
    with fleet.serving() as running:
        model = only(fleet.status(running, code=0))
        text = fleet.text(running)

    assert (model["verdict"], model["reasons"], model["remedy"]) == ("in-sync", [], "")
    assert model["server"]["versions"] == [
        {"version": number, "state": "AVAILABLE", "error": None} for number in (1, 2)
    ]
    assert model["server"]["labels"] == model["git"]["labels"] == {"stable": 1, "canary": 2}
    listed = f"{running.url}\n  a  1  AVAILABLE  stable\n  a  2  AVAILABLE  canary\n"
    assert text.endswith(f"\n\n{listed}\n{running.url}: 1 in-sync\n\n1 of 1 servers in-sync\n")
    assert "!" not in text


def test_every_version_is_listed_with_its_state(fleet):
    """Also what is missing, what Git does not name, and what failed, before what to do about it."""
    both = fleet.deliver(1, 2, labels={"stable": 1})
    fleet.store.put("/models/a", 3, Upload(fail=True))
    fleet.deliver(2, 3, 4, labels={"stable": 2})
    with fleet.serving(both) as running:
        running.write(both.replace("versions: 2", "versions: 2 versions: 3"))
        running.tick(5)
        text, quiet = fleet.text(running), fleet.text(running, "--quiet")

    failed = "NOT_FOUND: Could not find SavedModel .pb or .pbtxt"
    listed = [
        "  a  1  AVAILABLE  stable, not in Git",
        "  a  2  AVAILABLE",
        f"  a  3  END        {failed}",
        "  a  4  missing",
    ]
    assert text.splitlines()[2:7] == [running.url, *listed]
    assert text.index(listed[-1]) < text.index("! a: failed")
    assert quiet == text.replace("\n".join(["", running.url, *listed, ""]), "")


def test_a_version_on_its_way_is_loading(fleet):
    """Loading is not behind: the server has read the file."""
    first = fleet.deliver(1)
    fleet.store.put("/models/a", 2, Upload(slow=60))
    fleet.deliver(1, 2)
    with fleet.serving(first) as running:
        running.write(fleet.config)
        running.tick(5)
        model = only(fleet.status(running))

    assert model["verdict"] == "loading"
    assert model["reasons"] == ["version 2 is LOADING"]


def test_a_fresh_change_that_is_not_served_is_behind(fleet):
    """The older generation that the server has is named, as a whole and for the model."""
    first = fleet.deliver(1)
    fleet.deliver(1, 2)
    with fleet.serving(first) as running:
        found = fleet.status(running)
        text = fleet.text(running)

    model = only(found)
    assert (model["verdict"], model["reasons"]) == ("behind", ["version 2 is not there"])
    assert model["serves"]["generation"] == found["generation"] - 1
    assert found["servers"][0]["serves"] == model["serves"]
    assert model["serves"]["replaced"] == model["since"] == found["merged"]
    assert text.count("generation 1, which was replaced at") == 1
    assert "-> wait" in text


def test_the_same_after_the_settle_time_is_stuck(fleet):
    """Time alone does not help a server that lags longer than `delivery.settle`."""
    first = fleet.deliver(1)
    fleet.deliver(1, 2, settle="0s")
    with fleet.serving(first) as running:
        model = only(fleet.status(running))

    assert model["verdict"] == "stuck"
    assert "ReloadConfig" in model["remedy"]


def test_only_the_age_of_the_model_on_the_branch_counts(fleet):
    """A later commit of something else does not make an old change young again."""
    first = fleet.deliver(1)
    fleet.deliver(1, 2, settle="1s")
    time.sleep(2.1)
    fleet.project.publish("b", 1)
    fleet.store.put("/models/b", 1)
    policy = [{"match": "a", "versions": {"pin": [1, 2]}}, {"match": "b"}]
    fleet.project.environment(delivery={"settle": "1s"}, policy=policy)
    assert fleet.project.run("sync", "dev").exit_code == 0
    with fleet.serving(first) as running:
        found = fleet.status(running)

    verdicts = {model["model"]: model["verdict"] for model in found["servers"][0]["models"]}
    assert verdicts["a"] == "stuck"
    assert verdicts["b"] in {"behind", "stuck"}


def test_a_label_is_asked_for_by_metadata(fleet):
    """The status call ignores labels, so a label that did not move shows nowhere else."""
    before = fleet.deliver(1, 2, labels={"stable": 1})
    fleet.deliver(1, 2, labels={"stable": 2})
    with fleet.serving(before) as running:
        model = only(fleet.status(running))

    assert model["verdict"] == "behind"
    assert model["reasons"] == ["label stable answers from 1, Git says 2"]
    assert "GET /v1/models/a/labels/stable/metadata" in running.requests


def test_a_label_that_git_dropped_or_the_server_misses_differs(fleet):
    """Labels are compared both ways."""
    before = fleet.deliver(1, labels={"old": 1})
    fleet.deliver(1, labels={"new": 1})
    with fleet.serving(before) as running:
        model = only(fleet.status(running))

    assert model["reasons"] == [
        "label new does not answer, Git says 1",
        "label old answers from 1, and Git does not name it",
    ]


def test_a_failed_load_is_told_in_the_servers_words(fleet):
    """The other versions serve on, and the label of the failed one has no line of its own."""
    first = fleet.deliver(1)
    fleet.store.put("/models/a", 2, Upload(fail=True))
    fleet.deliver(1, 2, labels={"canary": 2})
    with fleet.serving(first) as running:
        running.failure = "DATA_LOSS", "Can't parse \x1b[31m'saved_model.pb'\nat all"
        running.write(fleet.config)
        running.tick(5)
        model = only(fleet.status(running))

    told = "DATA_LOSS: Can't parse [31m'saved_model.pb' at all"
    assert model["verdict"] == "failed"
    assert model["reasons"] == [f"version 2 failed to load: {told}"]
    assert model["server"]["versions"][1] == {"version": 2, "state": "END", "error": told}


def test_a_version_replaced_by_one_that_fails_is_stuck(fleet):
    """W7: a pod that skipped the step between postpones all that follows, at any age."""
    first = fleet.deliver(1)
    fleet.store.put("/models/a", 2, Upload(fail=True))
    fleet.deliver(2)
    with fleet.serving(first) as running:
        running.write(fleet.config)
        running.tick(5)
        model = only(fleet.status(running))

    assert model["verdict"] == "stuck"
    assert model["reasons"][0] == "version 1 is AVAILABLE, and Git does not name it"
    assert "roll back" in model["remedy"]


def test_a_failed_load_of_all_that_there_is_is_failed(fleet):
    """Nothing serves, so nothing keeps a later version from being loaded."""
    fleet.deliver(1)
    both = fleet.config
    fleet.store.put("/models/a", 1, Upload(fail=True))
    with fleet.serving("model_config_list {}\n") as running:
        running.write(both)
        running.tick(5)
        model = only(fleet.status(running))

    assert model["verdict"] == "failed"


def test_a_version_that_git_dropped_and_that_is_still_loaded_differs(fleet):
    """It is about to be unloaded; until then the exit code is 10."""
    both = fleet.deliver(1, 2)
    fleet.deliver(2)
    with fleet.serving(both) as running:
        model = only(fleet.status(running))

    assert model["verdict"] == "behind"
    assert model["reasons"] == ["version 1 is AVAILABLE, and Git does not name it"]


def test_a_model_that_git_dropped_is_looked_for_and_then_forgotten(fleet):
    """Servers list no models: the past of the branch says what else to ask for."""
    before = fleet.deliver(1)
    fleet.settle("0s", exclude=True)
    assert fleet.project.run("sync", "dev", "--allow-removals").exit_code == 0
    fleet.settle("10m", exclude=True)
    with fleet.serving(before) as running:
        model = only(fleet.status(running))
        assert (model["verdict"], model["git"]) == ("behind", None)

        running.write(fleet.config)
        running.tick(5)
        assert running.simulated.states() == {("a", 1): "END"}
        assert fleet.status(running, code=0)["servers"][0]["models"] == []


def test_a_model_that_the_server_never_heard_of_is_behind(fleet):
    """A 404 with TensorFlow Serving's own message is an answer."""
    fleet.deliver(1, labels={"stable": 1})
    with fleet.serving("model_config_list {}\n") as running:
        model = only(fleet.status(running))

    assert model["verdict"] == "behind"
    assert model["reasons"] == ["the server has never heard of it"]
    assert model["server"] == {"versions": [], "labels": {}, "probes": []}


def test_each_server_is_judged_by_itself(fleet):
    """Servers keep the order of the command line; one that is named twice is asked once."""
    first = fleet.deliver(1)
    fleet.deliver(1, 2)
    with fleet.serving() as new, fleet.serving(first) as old:
        found = fleet.status(old, new, f"{old.url}/")
        text = fleet.project.run("status", "dev", "--server", old.url, "--server", new.url).stdout

    assert [one["url"] for one in found["servers"]] == [old.url, new.url]
    assert [one["agrees"] for one in found["servers"]] == [False, True]
    assert "1 of 2 servers in-sync" in text


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
    "too long": (200, '{"model_version_status": []}' + " " * (1 << 20)),
}


@pytest.mark.parametrize("reply", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_unknown(fleet, reply, monkeypatch):
    """Whatever stands at the URL, the command tells what it said, and ends with 10."""
    monkeypatch.setattr(http, "MAX_BYTES", 1 << 19)
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
        for _ in range(100):
            connection.sendall(b" ")
            time.sleep(0.05)

    with talking(drip) as url:
        started = time.monotonic()
        found = fleet.status(url)

    assert found["servers"][0]["unanswered"] == "no answer in time"
    assert time.monotonic() - started < 3


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


def test_names_are_quoted_in_urls():
    """A name may have any character: the server decodes each segment."""
    name, label = "a/b c:é%2F?#", "x/y z"
    store = Store()
    store.put("/models/odd", 7)
    config = (
        f'model_config_list {{ config {{ name: "{name}" base_path: "/models/odd" '
        'model_platform: "tensorflow" model_version_policy { specific { versions: 7 } } '
        f'version_labels {{ key: "{label}" value: 7 }} }} }}'
    )
    with model_server(config, store) as running:
        running.tick(5)
        [state] = rest_api.ask([running.url], [Question(name, (label,)), Question("\ud800é")])
        [probed] = rest_api.probe([state], b'{"instances": [2]}')

    assert not isinstance(state.models, Unanswered)
    model = state.models[name]
    assert isinstance(model, ServerModel)
    assert model.versions[7].state is LoadState.AVAILABLE
    assert model.labels == {label: 7}
    assert state.models["\ud800é"] == ServerModel()  # its message is escaped, and no JSON
    assert [probe.error for probe in probed.models[name].probes] == [None, None]


def test_wait_asks_again_until_all_agree(fleet):
    """Time passes in the server while the command waits."""
    first = fleet.deliver(1)
    fleet.store.put("/models/a", 2, Upload(slow=5))
    fleet.deliver(1, 2)
    with fleet.serving(first) as running:
        running.write(fleet.config)
        running.fault = lambda _: running.tick(0.5)
        started = time.monotonic()
        [server] = fleet.watch(running).servers

    assert [model.verdict for model in server.models] == [Verdict.IN_SYNC]
    assert running.requests.count("GET /v1/models/a") > 3
    assert time.monotonic() - started < 30


def test_wait_follows_the_branch(fleet):
    """What is committed while it waits is what the servers go to."""
    first = fleet.deliver(1)
    fleet.deliver(1, 2)
    with fleet.serving(first) as running:

        def undo(_request: str) -> None:
            if len(running.requests) == 6:
                fleet.deliver(1)

        running.fault = undo
        found = fleet.watch(running)

    assert found.agrees
    assert found.git.lock.generation == 3


def test_wait_ends_when_the_time_is_over(fleet):
    """Then what differs is told, with exit 10."""
    first = fleet.deliver(1)
    fleet.deliver(1, 2)
    with fleet.serving(first) as running:
        started = time.monotonic()
        model = only(fleet.status(running, words=("--wait", "1s")))

    assert model["verdict"] == "behind"
    assert 1 <= time.monotonic() - started < 9
    assert running.requests.count("GET /v1/models/a") == 2


def test_a_probe_goes_to_each_version_and_label(fleet):
    """A good body is answered everywhere: exit 0."""
    fleet.deliver(1, 2, labels={"stable": 1})
    file = fleet.project.root / "request.json"
    file.write_text('{"instances": [1.0, 2.0]}')
    with fleet.serving() as running:
        model = only(fleet.status(running, code=0, words=("--probe", str(file))))

    assert sorted(one for one in running.requests if one.startswith("POST")) == [
        "POST /v1/models/a/labels/stable:predict",
        "POST /v1/models/a/versions/1:predict",
        "POST /v1/models/a/versions/2:predict",
    ]
    assert {probe["error"] for probe in model["server"]["probes"]} == {None}


def test_a_probe_that_is_refused_differs(fleet):
    """All is as Git says, and still the command ends with 10, in the server's words."""
    fleet.deliver(1, labels={"stable": 1})
    file = fleet.project.root / "request.json"
    file.write_text('{"instances": ["x"]}')
    with fleet.serving() as running:
        model = only(fleet.status(running, words=("--probe", str(file))))

    refused = "400: Failed to process element: 0 of 'instances' list. JSON value: \"x\""
    assert model["verdict"] == "failed"
    assert model["reasons"] == [
        f"the probe of {what} fails: /v1/models/a/{path}:predict: HTTP {refused}"
        for what, path in (("version 1", "versions/1"), ("label stable", "labels/stable"))
    ]


@pytest.mark.parametrize("reply", [(200, "{}"), (200, "7"), (200, "<html>"), (502, "bad gateway")])
def test_a_probe_needs_predictions(fleet, reply):
    """A page of a proxy is no prediction."""
    fleet.deliver(1)
    file = fleet.project.root / "request.json"
    file.write_text('{"inputs": [1.0]}')
    with fleet.serving() as running:
        running.fault = lambda request: reply if request.startswith("POST") else None
        model = only(fleet.status(running, words=("--probe", str(file))))

    assert model["verdict"] == "failed"


@pytest.mark.parametrize("text", ["", "{", "[1]", "\udcff"])
def test_a_probe_that_is_no_predict_body_is_sent_nowhere(fleet, text):
    """Exit 3 names the file and shows what a body looks like."""
    fleet.deliver(1)
    file = fleet.project.root / "request.json"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with fleet.serving() as running:
        result = fleet.project.run("status", "dev", "--server", running.url, "--probe", file)

    assert result.exit_code == 3
    assert str(file) in result.stderr
    assert "instances" in result.stderr
    assert running.requests == []


@pytest.mark.parametrize(
    "url",
    [
        *("localhost:8501", "grpc://a:8500", "http://", "http://:8501", "http://a:x", "http://a:0"),
        *(
            "http://a:99999",
            "http://u:p@a",
            "http://a?x",
            "http://a#x",
            "http://a b",
            "http://[::1",
        ),
        *("", "http://a/\n", "http://é"),
    ],
)
def test_a_malformed_url_is_usage(fleet, url):
    """Exit 2, before anything is read."""
    result = fleet.project.run("status", "dev", "--server", url)

    assert result.exit_code == 2
    assert "--server" in result.stderr


@pytest.mark.parametrize("duration", ["10", "0s", "m", "1.5.0m", "-1s", "10 m", "9" * 9 + "d"])
def test_a_malformed_duration_is_usage(fleet, duration):
    """Exit 2 shows the two usual forms."""
    words = ["status", "dev", "--server", "http://127.0.0.1:1", "--wait", duration]
    result = fleet.project.run(*words)

    assert result.exit_code == 2
    assert "such as 90s, 10m" in result.stderr


def test_before_the_first_sync_git_says_nothing(fleet):
    """Any server agrees with that; one that is not there does not."""
    fleet.settle("10m")
    with model_server() as running:
        found = fleet.status(running, code=0)
        assert "no sync has committed" in fleet.text(running)
    assert (found["generation"], found["servers"][0]["models"]) == (0, [])

    assert fleet.status("http://127.0.0.1:1")["servers"][0]["unanswered"]


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


def test_every_key_of_the_json_is_described():
    """Whoever reads the output finds what each key means."""

    def walk(schema):
        for key, value in schema.get("properties", {}).items():
            assert value.get("description"), key
            yield key
            yield from walk(value)
            yield from walk(value.get("items", {}))

    assert len([*walk(SCHEMA)]) > 25
