"""`tfs-gitops pull`: the agent's download, once, as a command."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.cli import main
from generator.lock import lock_file, paths
from tests.kit import versions as published
from tests.kit.versions import publish, visible
from tests.servers.flaky import flaky

FILES = {"saved_model.pb": b"graph", "variables/variables.index": b"index", "assets/empty": b""}


class DesiredFolder:
    """A folder with the lock of a bucket, beside a models folder."""

    def __init__(self, s3, tmp_path: Path) -> None:
        self.s3 = s3
        self.folder = tmp_path / "desired"
        self.models = tmp_path / "models"
        self.folder.mkdir()

    def publish(self, path: str, files=FILES) -> None:
        """Publish a version, and write the lock of all that is there."""
        publish(self.s3.put, path, files)
        store = open_store(StoreAddress(url=self.s3.url, endpoint=self.s3.endpoint))
        self.write(lock_file.dump(published.lock(store)))

    def write(self, text: str) -> None:
        """Write the lock."""
        (self.folder / paths.LOCK).write_text(text, encoding="utf-8")

    def words(self, endpoint: str = "") -> list[str]:
        """Return the arguments of the command."""
        folders = ["--desired", str(self.folder), "--models", str(self.models)]
        return ["pull", *folders, "--endpoint", endpoint or self.s3.endpoint]

    def run(self, endpoint: str = ""):
        """Run the command."""
        return CliRunner().invoke(main, self.words(endpoint))

    def start(self) -> subprocess.Popen[bytes]:
        """Start it as a process of its own."""
        command = [sys.executable, "-m", "generator", *self.words()]
        return subprocess.Popen(command, cwd=Path(__file__).parents[2])


@pytest.fixture
def desired(s3, tmp_path):
    """Return a folder without a lock."""
    return DesiredFolder(s3, tmp_path)


def test_it_prints_where_each_version_is(desired):
    """Standard output is for a script; a second run says the same."""
    desired.publish("team/resnet/50")
    desired.publish("bert/007")

    for _ in range(2):
        done = desired.run()

        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout == f"{desired.models}/bert/7\n{desired.models}/team/resnet/50\n"
    assert len(visible(desired.models)) == 2 * len(FILES)


def test_an_empty_lock_needs_nothing(desired):
    """Not even a models folder, or a store that answers."""
    desired.write(
        '{"apiVersion": "tfs-gitops/v1", "kind": "Lock", "environment": "dev",'
        f' "source": "{desired.s3.url}", "deferred": [], "models": {{}}}}'
    )

    done = desired.run("http://127.0.0.1:9")

    assert (done.exit_code, done.output) == (0, "")


def test_nothing_is_removed(desired):
    """A server may still serve what the lock no longer names."""
    desired.publish("m/1")
    desired.run()
    desired.s3.delete("index-m-1.csv")
    desired.publish("m/2")

    done = desired.run()

    assert done.stdout == f"{desired.models}/m/2\n"
    assert len(visible(desired.models)) == 2 * len(FILES)


def test_a_version_that_the_store_does_not_have_any_more_is_exit_4(desired):
    """The others are there; the message has the model, the version, the reason, what to do."""
    desired.publish("m/1")
    desired.publish("n/1")
    desired.s3.delete("m/1/saved_model.pb")

    done = desired.run()

    assert done.exit_code == 4
    assert done.stdout == f"{desired.models}/n/1\n"
    assert done.stderr == (
        "error: m 1: line 2: 'm/1/saved_model.pb' is not in the store\n"
        "hint: what is complete stays; mend this, then run it again\n"
    )


def test_a_folder_that_cannot_take_a_version_is_exit_3(desired):
    """The store is not to blame."""
    desired.publish("m/1")
    published.folder(desired.models)("m/1/saved_model.pb", b"another")

    done = desired.run()

    assert (done.exit_code, done.stdout) == (3, "")
    assert f"error: m 1: {desired.models}/m/1 is there, and is not what the lock" in done.stderr


@pytest.mark.slow
def test_a_store_that_does_not_answer_is_exit_4(desired):
    """With the store's own reason."""
    desired.publish("m/1")
    with flaky(desired.s3.endpoint) as proxy:
        proxy.fault = lambda _number, _request: "500"
        done = desired.run(proxy.url)

    assert done.exit_code == 4
    assert "SlowDown: Please reduce" in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read: "),
        ("{}", "not a lock of this program"),
        ("\udcff", "cannot be read: "),
        ("source", "source is 'ftp://x', expected s3://…, gs://… or file:///…"),
        ("path", "the base path '../m' has a segment '.' or '..'"),
    ],
    ids=str,
)
def test_a_folder_without_a_good_lock_is_exit_3(desired, text, words):
    """Nothing is downloaded."""
    desired.publish("m/1")
    file = desired.folder / paths.LOCK
    good = file.read_text(encoding="utf-8")
    if text is None:
        file.unlink()
    else:
        bad = {
            "source": good.replace(desired.s3.url, "ftp://x"),
            "path": good.replace('"basePath": "m"', '"basePath": "../m"'),
        }.get(text, text)
        file.write_text(bad, encoding="utf-8", errors="surrogateescape")

    done = desired.run()

    assert done.exit_code == 3
    assert words in done.stderr
    assert "hint: " in done.stderr
    assert not desired.models.exists()


@pytest.mark.parametrize("step", [0.15, pytest.param(0.05, marks=pytest.mark.slow)])
def test_a_kill_at_any_time_leaves_each_version_whole_or_absent(desired, step):
    """A real process on a real bucket, killed later and later, until it is done first."""
    files = {f"variables/{number}": os.urandom(20_000) for number in range(60)}
    versions = {f"m/{number}": {"saved_model.pb": b"x", **files} for number in (1, 2)}
    for path, inside in versions.items():
        desired.publish(path, inside)
    delay, ended, killed = 0.1, None, 0
    while ended is None:
        process = desired.start()
        try:
            ended = process.wait(delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        seen = visible(desired.models)
        for path, inside in versions.items():
            here = {key for key in seen if key.startswith(f"{path}/")}
            assert here in (set(), {f"{path}/{name}" for name in inside})
            assert all(seen[key] == inside[key.removeprefix(f"{path}/")] for key in here)
        delay += step

    assert (ended, len(seen)) == (0, 2 * 61)
    assert killed > 1


def test_an_interrupt_ends_it_soon(desired):
    """A person who presses Ctrl-C does not wait for gigabytes."""
    desired.publish("m/1", {"saved_model.pb": bytes(64_000_000)})
    with flaky(desired.s3.endpoint) as proxy:
        command = [sys.executable, "-m", "generator", *desired.words(proxy.url)]
        process = subprocess.Popen(
            command, cwd=Path(__file__).parents[2], stderr=subprocess.PIPE, text=True
        )

        def interrupt(_number, request):
            if "/m/1/saved_model.pb" in request and not done:
                done.append(request)
                process.send_signal(signal.SIGINT)

        done: list[str] = []
        proxy.fault = interrupt
        _, said = process.communicate(timeout=60)

    assert process.returncode == 130
    assert said == "interrupted: run it again\n"
    assert visible(desired.models) == {}
    assert len([request for request in proxy.requests if "saved_model.pb" in request]) < 4


@pytest.mark.nightly
def test_memory_is_bounded_whatever_the_size_of_an_object(desired):
    """One of 300 MB beside seven others costs what the program needs anyway, and some pieces."""
    peaks = []
    for number, size in ((1, 1_000), (2, 60_000_000)):
        names = [f"variables/{part}" for part in range(7)]
        files = {"saved_model.pb": bytes(5 * size), **dict.fromkeys(names, bytes(size))}
        desired.publish(f"m/{number}", files)
        process = desired.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        peaks.append(usage.ru_maxrss * 1024)

    assert peaks[1] - peaks[0] < 80_000_000
