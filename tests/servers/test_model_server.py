"""The stand-in for a TensorFlow Serving process: it answers, reloads, dies and starts as one."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from generator.simulated_server.folder import Folder
from generator.simulated_server.messages import error_json, metadata_json, status_json
from generator.simulated_server.store import Store, Upload
from tests.servers import serving_messages
from tests.servers.serving_messages import old_error_json
from tests.servers.tensorflow_serving import FLAGS, model_server

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "models" / "half-plus-two"


def config(*versions: int) -> str:
    """Return a models.config with these versions of the model m."""
    pins = " ".join(f"versions: {version}" for version in versions)
    return (
        'model_config_list { config { name: "m" base_path: "/models/m" '
        f'model_platform: "tensorflow" model_version_policy {{ specific {{ {pins} }} }} }} }}\n'
    )


Start = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start(tmp_path) -> Iterator[Start]:
    """Return a function that starts the process on a port, with the files of *tmp_path*."""
    begun: list[subprocess.Popen[str]] = []
    (tmp_path / "m").mkdir()
    for version in (1, 2):
        (tmp_path / "m" / str(version)).symlink_to(EXAMPLES / str(version))

    def run(port: int = 0) -> tuple[subprocess.Popen[str], str]:
        words = ["--config", tmp_path / "models.config", "--models", tmp_path, "--port", port]
        command = [sys.executable, "-m", "tests.servers.tensorflow_serving", *map(str, words)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        begun.append(process)
        assert process.stdout
        return process, process.stdout.readline().strip()

    yield run
    for process in begun:
        process.kill()
        process.communicate()


def available(url: str) -> list[str]:
    """Return the versions of m that are AVAILABLE."""
    with urllib.request.urlopen(f"{url}/v1/models/m") as answer:  # noqa: S310  our own server
        found = json.load(answer)["model_version_status"]
    return [one["version"] for one in found if one["state"] == "AVAILABLE"]


def test_a_process_polls_its_file_dies_and_starts_again(start, tmp_path):
    """Its port is closed while nobody runs it, and a new one takes the file as it is then."""
    file = tmp_path / "models.config"
    file.write_text(config(1))
    process, url = start()
    assert available(url) == ["1"]

    file.write_text(config(1, 2))
    deadline = time.monotonic() + 15
    while available(url) != ["2", "1"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert available(url) == ["2", "1"]

    process.kill()
    process.wait()
    with pytest.raises(urllib.error.URLError):
        available(url)
    file.write_text(config(2))
    _, again = start(int(url.rpartition(":")[2]))

    assert again == url
    assert available(url) == ["2"]


def test_a_process_ends_if_its_first_model_fails(start, tmp_path):
    """A start waits for all models, and exits with 255 if one does not load."""
    (tmp_path / "m" / "3").mkdir()
    (tmp_path / "models.config").write_text(config(3))

    process, url = start()

    assert url == ""
    assert process.wait() == 255


def test_a_status_is_printed_as_the_real_one_is():
    """The field names are those of the proto, and a version, an int64, is text."""
    shown = json.loads(status_json([(1, "AVAILABLE", "OK", ""), (2, "END", "DATA_LOSS", "cut")]))

    assert shown == {
        "model_version_status": [
            {
                "version": "2",
                "state": "END",
                "status": {"error_code": "DATA_LOSS", "error_message": "cut"},
            },
            {
                "version": "1",
                "state": "AVAILABLE",
                "status": {"error_code": "OK", "error_message": ""},
            },
        ]
    }


@pytest.mark.parametrize("text", ["", 'cut: "é"\n\x07'])
def test_messages_are_what_the_published_ones_print(text):
    """TensorFlow Serving's own descriptors, printed by protobuf."""
    versions = [(1, "AVAILABLE", "OK", ""), (2**63 - 1, "END", "DATA_LOSS", text)]

    assert status_json(versions) == serving_messages.status_json(versions)
    assert metadata_json("mé", 3) == serving_messages.metadata_json("mé", 3)


def test_an_error_is_escaped_as_rapidjson_does():
    """Indented, UTF-8 kept, control characters by number; older servers escaped as C does."""
    written = error_json("it's é\n\x07")

    assert written == '{\n    "error": "it\'s é\\n\\u0007"\n}'
    assert json.loads(written) == {"error": "it's é\n\x07"}
    assert old_error_json("it's é\n") == r"""{ "error": "it\'s \303\251\n" }"""


def asked(url: str, path: str, method: str = "GET", body: bytes | None = None) -> tuple[int, str]:
    """Return the HTTP status and the body."""
    request = urllib.request.Request(url + path, body, method=method)  # noqa: S310  our own server
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310  our own server
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_what_is_no_question_is_answered_as_a_real_server_does():
    """Outside /v1/ there is a page; a number over 64 bits has no word; HEAD and PUT are refused."""
    store = Store()
    for version in (1, -3):
        store.put("/models/m", version)
    every = config().replace("specific { }", "all {}").replace("specific {  }", "all {}")
    with model_server(every, store) as server:
        server.tick(1)

        def error(path: str, method: str = "GET") -> tuple[int, str]:
            code, text = asked(server.url, path, method)
            return code, json.loads(text)["error"]

        assert asked(server.url, "/")[0] == 404
        assert asked(server.url, "/monitoring")[1].startswith("<HTML>")
        assert asked(server.url, f"/v1/models/m/versions/{2**63}") == (400, "")
        assert error("/v1/models") == (400, "Missing model name in request.")
        assert error("/v1/models/m", "PUT")[0] == 400
        assert asked(server.url, "/v1/models/m", "HEAD") == (400, "")
        assert error("/v1/models/m?x=1") == (404, "Could not find any versions of model m?x=1")
        assert error("/v1/models/m/versions/-3")[0] == 400
        assert sorted(available(server.url)) == ["-3", "1"]


def test_a_version_without_its_variables_loads_and_refuses_every_request(tmp_path):
    """So does one of which the index of variables is gone; a model without any answers."""
    folder = tmp_path / "m" / "1"
    folder.mkdir(parents=True)
    good = (EXAMPLES / "1" / "saved_model.pb").read_bytes()
    body = b'{"instances": [1.0]}'
    graph_with_a_saver = b"\x12\x02\x1a\x00"
    for data, index, code in (
        (good + graph_with_a_saver, False, 400),
        (good + graph_with_a_saver, True, 200),
        (b"no protobuf", False, 200),
    ):
        (folder / "saved_model.pb").write_bytes(data)
        if index:
            (folder / "variables").mkdir()
            (folder / "variables/variables.index").write_bytes(b"index")
        with model_server(config(1), Folder(tmp_path)) as server:
            server.tick(1)
            assert available(server.url) == ["1"]
            status, text = asked(server.url, "/v1/models/m:predict", "POST", body)
            assert (status, "Could not find variable" in text) == (code, code == 400)


def test_a_load_that_was_cancelled_says_so():
    """END with the code CANCELLED, which no load that failed has."""
    store = Store()
    store.put("/models/m", 1)
    store.put("/models/m", 2, Upload(slow=5))
    with model_server(config(1), store, flags=FLAGS) as server:
        server.tick(1)
        for versions, seconds in (([1, 2], 3), ([1], 6)):
            server.write(config(*versions))
            server.tick(seconds)
        found = json.loads(asked(server.url, "/v1/models/m/versions/2")[1])
        [version] = found["model_version_status"]
        assert (version["state"], version["status"]["error_code"]) == ("END", "CANCELLED")
