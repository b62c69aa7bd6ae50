"""`tfs-gitops status` of a pod with an agent: a real agent beside a simulated server."""

import importlib
import json
import os
import time
from pathlib import Path

import pytest

from generator.agent.pod.mounted import CONFIG
from generator.lock.paths import LOCK
from generator.network import http
from generator.status import agents
from tests.kit.pod_processes import Pod, behaving
from tests.kit.project import ProjectFolder
from tests.kit.schemas import schema
from tests.servers.kubectl import cluster as new_cluster

GENERATED = "tf-serving/overlays/dev/generated"


COMMAND = importlib.import_module("generator.cli.commands.status")


class Cluster:
    """A project with its delivery repository, and a pod that gets what is applied."""

    def __init__(self, project: ProjectFolder, origin, pod: Pod) -> None:
        self.project = project
        self.origin = origin
        self.pod = pod

    def publish(self, number: int, *, loads: bool = True) -> None:
        """Publish a version of `a`; one may prove well and not load."""
        if loads:
            self.project.publish("a", number)
            return
        folder = self.project.export("a", number)
        self.behave(folder / str(number), load="fails")
        words = ["index", folder, "--store", self.project.store.as_uri(), "--upload"]
        assert self.project.run(*words).exit_code == 0

    @staticmethod
    def behave(folder: Path, **words: str | float) -> None:
        """Let a version behave in a simulated server as *words* say."""
        [(name, data)] = behaving(**words).items()
        (folder / name).parent.mkdir()
        (folder / name).write_bytes(data)

    def commit(self, *numbers: int, settle: str = "10m", **labels: int) -> None:
        """Let Git say that `a` is served in these versions."""
        self.project.environment(
            serving={"agent": True},
            delivery={"settle": settle},
            policy=[{"match": "a", "versions": {"pin": [*numbers]}, "labels": labels}],
        )
        result = self.project.run("sync", "dev")
        assert result.exit_code == 0, result.output

    def apply(self) -> None:
        """Bring what is committed into the pod, as Flux does."""
        files = self.origin.files()
        self.pod.swap({name: files[f"{GENERATED}/{name}"].decode() for name in (CONFIG, LOCK)})

    def start(self) -> None:
        """Start both containers."""
        self.apply()
        self.pod.watch()
        self.pod.serve()
        self.pod.in_sync()

    @property
    def words(self) -> tuple[str, ...]:
        """The options that name the two of the pod."""
        listen = f"http://127.0.0.1:{self.pod.listen}"
        return ("--server", f"http://127.0.0.1:{self.pod.port}", "--agent", listen)

    def status(self, *words: str, code: int = 10):
        """Return the entry of the one server, and check schema and exit code."""
        words = words or self.words
        result = self.project.run("status", "dev", *words, "--format", "json")
        assert result.exit_code == code, result.output
        found = json.loads(result.stdout)
        schema("status").validate(found)
        [server] = found["servers"]
        if words == self.words and server["agent"]["pod"]:
            schema("agent-status").validate(self.pod.status())
        return server

    def text(self, *words: str) -> str:
        """Return what the terminal shows."""
        return self.project.run("status", "dev", *(words or self.words)).stdout


@pytest.fixture
def cluster(tmp_path, origin):
    """Return a cluster whose pod has nothing yet."""
    pod = Pod(tmp_path / "pod")
    yield Cluster(ProjectFolder.create(tmp_path / "project", str(origin.path)), origin, pod)
    pod.stop()


def test_a_pod_is_followed_from_its_start_to_a_commit_that_is_served(cluster):
    """Not there yet, on its way, served: at each point the agent says what it is about."""
    cluster.publish(1)
    cluster.commit(1, stable=1)
    cluster.apply()
    cluster.pod.watch()
    cluster.pod.until(cluster.pod.config.exists)
    cluster.pod.until(lambda: "Connection refused" in cluster.pod.get("/readyz")[1])
    server = cluster.status()
    assert server["unanswered"] == "Connection refused"
    assert server["agent"]["pod"]["ready"] is False
    told = (
        f"agent {cluster.words[3]}: not ready, generation 1\n      the server: Connection refused\n"
    )
    assert told in cluster.text()

    cluster.pod.serve()
    cluster.pod.in_sync()
    server = cluster.status(code=0)
    assert (server["agent"]["agrees"], server["agent"]["reasons"]) == (True, [])
    assert server["agent"]["pod"]["inSync"] is True
    assert f"agent {cluster.words[3]}: ready, generation 1\n" in cluster.text()

    cluster.publish(2)
    cluster.behave(cluster.project.store / "a/2", seconds=2)
    cluster.commit(2, stable=2)
    server = cluster.status()
    assert server["models"][0]["verdict"] == "behind"
    [told] = server["agent"]["reasons"]
    assert told.startswith("the pod has generation 1, which was replaced at ")

    cluster.apply()
    server = cluster.status("--wait", "30s", *cluster.words, code=0)
    assert (server["models"][0]["verdict"], server["agent"]["pod"]["generation"]) == ("in-sync", 2)


def test_the_agent_of_a_pod_is_reached_by_kubectl_too(cluster, tmp_path, monkeypatch):
    """And nobody is asked beside a pod that has none, whatever the environment says."""
    kube = new_cluster(tmp_path / "kubectl")
    monkeypatch.setenv("PATH", str(kube.folder), prepend=os.pathsep)
    cluster.publish(1)
    cluster.commit(1)
    cluster.start()
    kube.run("one", cluster.pod.port, cluster.pod.listen)
    server = cluster.status("--kube", code=0)
    assert (server["url"], server["agent"]["url"]) == ("pod/one", "pod/one:9090")
    assert server["agent"]["pod"]["inSync"] is True

    kube.pods.clear()
    kube.run("old", cluster.pod.port)
    assert cluster.status("--kube", code=0)["agent"] is None
    assert kube.forwards() == []


def test_what_the_agent_is_at_work_on_is_stepping_however_long_it_takes(cluster):
    """Time makes a server without an agent stuck; here it is known what it waits for."""
    cluster.publish(1)
    cluster.publish(2)
    cluster.commit(1, settle="0s")
    cluster.start()
    cluster.pod.kill(cluster.pod.agent)
    cluster.pod.watch("30s")  # it looks once, and writes the next step half a minute later
    cluster.pod.until(lambda: cluster.pod.status().get("inSync"))
    cluster.commit(2, settle="0s")
    late = cluster.status()["models"][0]
    assert (late["verdict"], late["remedy"]) == (
        "stuck",
        "see that Flux or Argo CD has applied the commit: the pod does not have it",
    )

    cluster.apply()
    cluster.pod.kill(cluster.pod.agent)
    cluster.pod.watch("30s")
    cluster.pod.until(lambda: cluster.pod.status().get("generation") == 2)
    server = cluster.status()
    [model] = server["models"]
    assert model["verdict"] == "stepping"
    assert model["reasons"][-1].startswith("version 2: ")
    assert model["reasons"][-1] == server["agent"]["pod"]["waits"]["a"]
    assert "! a: stepping: the agent of the pod is on its way" in cluster.text()


def test_a_version_that_fails_in_the_pod_is_told_in_the_servers_words(cluster):
    """Also when the server itself has no word of it any more, because it started anew."""
    cluster.publish(1)
    cluster.commit(1, settle="0s")
    cluster.start()
    cluster.publish(2, loads=False)
    cluster.commit(1, 2, settle="0s")
    cluster.apply()
    cluster.pod.until(lambda: cluster.pod.status()["failed"])
    told = "version 2 failed to load: NOT_FOUND: Could not find SavedModel .pb or .pbtxt"
    [model] = cluster.status()["models"]
    assert (model["verdict"], model["reasons"]) == ("failed", [told])

    cluster.pod.until(lambda: "versions: 2" not in cluster.pod.config.read_text())
    cluster.pod.kill(cluster.pod.server)
    cluster.pod.serve()
    cluster.pod.until(lambda: cluster.pod.get("/readyz")[0] == 200)
    [model] = cluster.status()["models"]
    assert (model["verdict"], model["reasons"]) == ("failed", ["version 2 is not there", told])
    cluster.pod.kill(cluster.pod.server)
    server = cluster.status()
    assert f"a: {told}" in server["agent"]["reasons"]


def test_data_that_does_not_come_is_told(cluster):
    """With what the store said of it, and without the advice to delete the pod."""
    cluster.publish(1)
    cluster.commit(1, settle="0s")
    cluster.start()
    cluster.publish(2)
    cluster.commit(2, settle="0s")
    (cluster.project.store / "a/2/saved_model.pb").unlink()
    cluster.apply()
    cluster.pod.until(lambda: cluster.pod.status()["unfetched"])
    [model] = cluster.status()["models"]

    assert model["verdict"] == "failed"
    assert "version 2 could not be fetched: " in model["reasons"][-1]
    assert "saved_model.pb" in model["reasons"][-1]
    assert model["remedy"].startswith("let the agent read the store")


def test_a_state_that_the_agent_refuses_is_told(cluster):
    """What is mounted changed nothing: the reason is where an on-call person looks."""
    cluster.publish(1)
    cluster.commit(1)
    cluster.start()
    cluster.pod.swap({CONFIG: "nonsense", LOCK: "{"})
    cluster.pod.until(lambda: cluster.pod.status()["problems"])
    server = cluster.status()

    assert server["models"][0]["verdict"] == "in-sync"
    [told] = server["agent"]["reasons"]
    assert told.startswith("desired: ")
    assert LOCK in told
    assert LOCK in cluster.text()


def test_an_agent_of_another_environment_has_no_say(cluster):
    """A port that was forwarded to the wrong pod is told, and judges nothing."""
    cluster.publish(1)
    cluster.commit(1)
    cluster.start()
    dev = (cluster.project.root / "environments/dev.yaml").read_text()
    (cluster.project.root / "environments/prod.yaml").write_text(dev.replace("dev", "prod"))
    assert cluster.project.run("sync", "prod").exit_code == 0
    result = cluster.project.run("status", "prod", *cluster.words)

    assert result.exit_code == 10
    assert "it is an agent of the environment 'dev'" in result.stdout


@pytest.mark.parametrize("named", [True, False])
def test_silence_counts_only_at_a_url_that_was_given(cluster, monkeypatch, named):
    """A guess that nobody answers shows nothing; both are told, with what to do."""
    cluster.publish(1)
    cluster.commit(1)
    cluster.start()
    cluster.pod.kill(cluster.pod.agent)
    monkeypatch.setattr(agents, "PORT", cluster.pod.listen)
    words = cluster.words if named else cluster.words[:2]

    server = cluster.status(*words, code=10 if named else 0)
    assert server["agent"]["url"] == cluster.words[3]
    assert server["agent"]["unanswered"] == "Connection refused"
    assert server["agent"]["pod"] is None
    text = cluster.text(*words)
    assert f"agent {cluster.words[3]}: unknown: Connection refused\n" in text
    assert "or name the agent with `--agent`" in text

    cluster.pod.watch()
    cluster.pod.until(lambda: cluster.pod.status().get("inSync"))
    assert cluster.status(*words, code=0)["agent"]["pod"]["ready"] is True


def test_an_agent_that_hangs_is_not_waited_for(cluster, monkeypatch):
    """One timeout for all agents; what the servers said is told as ever."""
    cluster.publish(1)
    cluster.commit(1)
    cluster.start()
    monkeypatch.setattr(http, "TIMEOUT", 1.0)
    cluster.pod.agent.send_signal(19)  # SIGSTOP: the socket is there, and nobody answers
    started = time.monotonic()
    server = cluster.status()
    cluster.pod.agent.send_signal(18)

    assert server["agent"]["unanswered"] == "no answer in time"
    assert server["models"][0]["verdict"] == "in-sync"
    assert time.monotonic() - started < 10
