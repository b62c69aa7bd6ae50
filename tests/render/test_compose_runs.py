"""A rendered Compose project with an agent, run: each service a process, each mount a folder."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.lock.lock_file import load
from generator.lock.paths import LOCK
from tests.kit.pod_processes import ROOT, Pod
from tests.kit.project import ProjectFolder


@dataclass
class Machine(Pod):
    """A machine on which `docker compose up` has been run in *folder*."""

    folder: Path = Path()

    @property
    def services(self) -> dict[str, Any]:
        """The services of the project."""
        found: dict[str, Any] = yaml.safe_load((self.folder / "compose.yaml").read_text())
        return found["services"]

    def seen(self, service: str) -> dict[str, Path]:
        """Where the folders of a container are on this machine."""
        mounts = self.services[service]["volumes"]
        bound = {"bind": self.folder, "volume": self.root}
        return {item["target"]: bound[item["type"]] / item["source"] for item in mounts}

    def watch(self, interval: str = "0.3s") -> None:
        """Start the agent by its own command, with this machine's paths and ports."""
        here = {f"={target}": f"={path}" for target, path in self.seen("agent").items()}
        here |= {"0.0.0.0:9090": f"127.0.0.1:{self.listen}"}
        here |= {"//tf-serving:8501": f"//127.0.0.1:{self.port}"}
        text = json.dumps(self.services["agent"]["command"])
        for there, path in here.items():
            text = text.replace(there, path)
        words = json.loads(text)
        command = [sys.executable, "-m", "generator", *words, "--interval", interval]
        with (self.root / "agent.log").open("a") as log:
            self.agent = subprocess.Popen(command, cwd=ROOT, stderr=log, text=True)

    def generation_wanted(self) -> int:
        """Return the generation of the rendered lock."""
        text = (self.seen("agent")["/config/desired"] / LOCK).read_text()
        return load(text, LOCK).generation


@pytest.fixture
def machine(tmp_path):
    """A machine, and nothing rendered on it yet."""
    machine = Machine(tmp_path / "volumes", folder=tmp_path / "machine")
    yield machine
    machine.stop()


@pytest.fixture
def project(tmp_path):
    """A project folder without any environment."""
    return ProjectFolder.create(tmp_path / "project", "nowhere.git")


def goes_there_and_back(project: ProjectFolder, machine: Machine, source: dict[str, Any]) -> None:
    """Move the only label, drop the version that had it, and revert, in one render each."""
    file = project.root / "environments/dev.yaml"

    def render(version: int) -> None:
        rule = {"match": "a", "versions": {"pin": [version]}, "labels": {"stable": version}}
        project.environment(policy=[rule], serving={"agent": True})
        if source:
            document = yaml.safe_load(file.read_text())
            document["spec"]["source"] = source
            file.write_text(yaml.safe_dump(document))
        words = ("render", "dev", "--output", machine.folder, "--target", "compose")
        result = project.run(*words)
        assert result.exit_code == 0, result.output

    render(1)
    machine.watch()
    machine.serve(models=str(machine.seen("tf-serving")["/models"]))
    machine.in_sync()
    assert (machine.loaded("a"), machine.label("a", "stable")) == ({1}, 1)

    for version in (2, 1):
        render(version)
        machine.in_sync()
        assert (machine.loaded("a"), machine.label("a", "stable")) == ({version}, version)


def test_a_machine_with_a_folder_of_models_is_stepped(project, machine):
    """The agent downloads nothing: server and store are on one disk."""
    for version in (1, 2):
        project.publish("a", version)

    goes_there_and_back(project, machine, {})

    assert not list((machine.root / "models").iterdir())


def test_a_machine_with_a_bucket_downloads_what_it_serves(project, machine, s3):
    """By the arguments and the variables of the project, into the volume that both see."""
    store = ("--store", s3.url, "--endpoint", s3.endpoint)
    for version in (1, 2):
        folder = project.export("a", version)
        result = project.run("index", folder, *store, "--upload")
        assert result.exit_code == 0, result.output
    url = {"url": s3.url, "endpoint": s3.endpoint, "region": "us-east-1"}

    goes_there_and_back(project, machine, {**url, "access": "pull"})

    machine.until(lambda: not (machine.root / "models/a/2").exists())
    assert (machine.root / "models/a/1/saved_model.pb").exists()
