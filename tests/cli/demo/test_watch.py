"""The lines of a demo: what happens in a pod is told once, when it happens."""

import pytest
from msgspec.structs import replace

from generator.cli.demo.pod import Pod
from generator.cli.demo.stage import MODEL
from generator.cli.demo.watch import Watch
from generator.serving.reported import (
    LoadState,
    ServerModel,
    ServerState,
    Sidecar,
    Unanswered,
    VersionState,
)
from tests.kit.server_reports import AGENT

SERVED = {1: VersionState(LoadState.END), 2: VersionState(LoadState.AVAILABLE)}
FAILED = {3: VersionState(LoadState.END, "NOT_FOUND: no file")}


@pytest.fixture
def watch(tmp_path):
    """Return a watch of one pod."""
    return Watch([Pod("pod-a", tmp_path / "a", tmp_path, 1, 2)])


def state(models, waits=None):
    """Return what a server and its agent tell."""
    agent = replace(AGENT, in_sync=False, waits=waits or {})
    beside = Sidecar("http://127.0.0.1:2", agent, is_named=True)
    return ServerState("http://127.0.0.1:1", models, beside)


def test_what_changes_is_told_once(watch, capsys):
    """What has ended well is told no more; what failed is."""
    served = {MODEL: ServerModel(SERVED, {"stable": 2})}
    for _ in range(2):
        watch.show([state(served, {MODEL: "waits for pod-b"})])
    watch.show([state({MODEL: ServerModel(SERVED | FAILED, {"stable": 2})})])

    told = [line.partition("pod-a")[2].strip() for line in capsys.readouterr().out.splitlines()]
    assert told == [
        "server: version 2 AVAILABLE, stable=2",
        "agent: waits for pod-b",
        "server: version 2 AVAILABLE, version 3 END, stable=2",
    ]


def test_silence_is_no_line(watch, capsys):
    """The kubelet tells of it, and the agent."""
    silent = ServerState("http://127.0.0.1:1", Unanswered("Connection refused"))
    watch.show([silent])
    watch.show([state({MODEL: Unanswered("no answer in time")})])

    assert capsys.readouterr().out == ""
