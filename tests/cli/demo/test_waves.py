"""`tfs-gitops demo --pods`: its stations, and that nothing of it runs on."""

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli import main
from generator.cli.demo.cluster import Cluster
from generator.cli.demo.stage import Stage

PATIENCE = 240
"""Seconds for what takes some: other tests run beside it."""


def begun(folder, pods):
    """Start the story in *folder*, as a person does."""
    words = [sys.executable, "-m", "generator", "demo", "--pods", str(pods), str(folder)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def running(folder):
    """Return the words of all processes that were called with a path in *folder*."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:  # it has just ended
            continue
        if any(str(folder) in word for word in words):
            found.append(words)
    return found


def chapters(told):
    """Return the text of each chapter, without its title."""
    return re.split(r"(?m)^\d\. .*\n", told)[1:]


@pytest.mark.nightly
def test_the_story_is_told_to_its_end(tmp_path):
    """Each station shows what the page of rollouts promises, and no process is left."""
    story = begun(tmp_path / "demo", 3)
    told, errors = story.communicate(timeout=PATIENCE * 2)
    assert (story.returncode, "Traceback" in errors) == (0, False), told[-2000:] + errors
    assert running(tmp_path) == []
    first, wave, bad, back, window, freeze = chapters(told)

    assert "3 of 3 servers in-sync" in first
    leader = re.search(r"turn 2 of 3: waits for pod (pod-\w), which soaks for 4 s", wave)[1]
    after = [
        re.search(rf"([\d.]+) s +{pod} +server: version 2 AVAILABLE, stable=2", wave)[1]
        for pod in sorted({"pod-a", "pod-b", "pod-c"}, key=lambda it: it != leader)
    ]
    assert float(after[0]) == min(map(float, after))
    assert "0 of 3 servers in-sync" in wave

    ended = re.findall(r"the server of (pod-\w) ended, with exit code 255", bad)
    assert set(ended) == {leader}
    assert len(ended) == 2
    refused = re.findall(rf"(pod-\w) +agent: version 3: pod {leader} tells that it fails", bad)
    assert {leader, *refused} == {"pod-a", "pod-b", "pod-c"}
    assert "1 failed\n" in bad
    served = re.findall(r"server: .*stable=(\d)", bad)
    assert set(served) == {"2"}

    assert "half-plus-two: versions 3 -> 2" in back
    assert "half-plus-two 3: failed-in-pods" in back
    assert re.search(r"Flux +commit \w+ is mounted in all pods", back)
    assert "3 of 3 servers in-sync" in back
    assert re.search(r"nothing was committed: deferred until \S+ \(window\)", window)
    assert re.search(r"half-plus-two +2 +stable=2 .* 4 stable=4 in", window)
    assert "frozen by @acme/ml-leads: the week of the sale" in freeze


@pytest.mark.nightly
def test_nothing_runs_on_when_the_demo_is_killed(tmp_path):
    """Nobody is left to tell the pods: they see it by themselves."""
    story = begun(tmp_path / "demo", 2)
    try:
        until(lambda: len(running(tmp_path)) == 5)  # two agents, two servers, and the demo
    finally:
        story.kill()
        story.communicate()
    until(lambda: not running(tmp_path))


@pytest.mark.nightly
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("processes", [2, 3, 5])
def test_nothing_runs_on_when_the_demo_is_told_to_end(tmp_path, how, processes):
    """With Ctrl-C it leaves no folder either, and says what to do."""
    story = begun(tmp_path / "demo", 2)
    try:
        until(lambda: len(running(tmp_path)) >= processes)
    finally:
        story.send_signal(how)
        _, errors = story.communicate(timeout=PATIENCE)
    until(lambda: not running(tmp_path))
    if how is signal.SIGINT:
        assert (story.returncode, errors.split("\n")[-2]) == (130, "interrupted: run it again")
        assert not (tmp_path / "demo").exists()


@pytest.mark.nightly
def test_a_port_that_is_taken_in_between_is_an_error_that_names_the_pod(tmp_path, monkeypatch):
    """And nothing runs on."""
    begin = Cluster.start
    with socket.socket() as other:

        def start(cluster):
            other.bind(("127.0.0.1", cluster.pods[1].agent_port))
            other.listen()
            begin(cluster)

        monkeypatch.setattr(Cluster, "start", start)
        result = CliRunner().invoke(main, ["demo", "--pods", "2", str(tmp_path / "demo")])

    assert result.exit_code == 1
    assert re.search(r"error: pod-b: its agent ended: .*[Aa]ddress already in use", result.stderr)
    assert "hint: run it again" in result.stderr
    assert running(tmp_path) == []
    assert not (tmp_path / "demo").exists()


def test_pods_listen_at_ports_of_their_own(tmp_path):
    """All of them different."""
    pods = Cluster(Stage(tmp_path, main), 5).pods

    assert len({port for it in pods for port in (it.server_port, it.agent_port)}) == 10


@pytest.mark.parametrize("pods", ["1", "6", "many"])
def test_a_number_of_pods_that_makes_no_story_is_refused(tmp_path, pods):
    """One has nobody to wait for."""
    result = CliRunner().invoke(main, ["demo", "--pods", pods, str(tmp_path / "demo")])

    assert result.exit_code == 2
    assert not (tmp_path / "demo").exists()


def test_a_folder_that_exists_is_left_alone(tmp_path):
    """Before anything is started."""
    (tmp_path / "mine").write_text("mine")
    result = CliRunner().invoke(main, ["demo", "--pods", "3", str(tmp_path)])

    assert (result.exit_code, result.stdout) == (3, "")
    assert (tmp_path / "mine").read_text() == "mine"


def until(condition):
    """Wait for *condition*."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
