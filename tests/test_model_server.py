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

from tests.servers.serving_messages import error_json, status_json

ROOT = Path(__file__).parent.parent
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


def test_an_error_is_escaped_as_c_does():
    """Which is not always JSON: readers must stand that."""
    assert error_json("it's é\n") == r"""{ "error": "it\'s \303\251\n" }"""
