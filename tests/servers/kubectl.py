"""A cluster for tests, as kubectl shows it: pods whose ports lead to real servers."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("kubectl_program.py")


@dataclass
class Cluster:
    """The pods of one cluster, and the kubectl that finds them in a folder of PATH."""

    folder: Path
    pods: list[dict[str, Any]] = field(default_factory=list)
    ports: dict[str, dict[str, int]] = field(default_factory=dict)
    """By pod and port in it: the port of this machine where that answers."""
    contexts: tuple[str, ...] = ("kind", "prod")
    down: bool = False
    """Whether its API answers nobody."""
    silent: bool = False
    """Whether a forward never begins."""

    def install(self) -> None:
        """Write the program, and what it shows."""
        self.folder.mkdir(exist_ok=True)
        program = self.folder / "kubectl"
        # Without `site` it starts in half the time: it needs what Python has, and no coverage.
        program.write_text(f"#!{sys.executable} -S\n{PROGRAM.read_text()}")
        program.chmod(0o755)
        self.show()

    def show(self) -> None:
        """Let kubectl show what the cluster is now."""
        known = ("pods", "ports", "contexts", "down", "silent")
        text = json.dumps({name: getattr(self, name) for name in known})
        (self.folder / "cluster.json").write_text(text)

    def run(
        self,
        name: str,
        server: int | None,
        agent: int | None = None,
        *,
        environment: str = "dev",
        namespace: str = "serving-dev",
        **status: Any,
    ) -> None:
        """Let a pod run, whose server answers at a port of this machine, and perhaps its agent."""
        containers = [{"name": "server", "ports": [
            {"name": "grpc", "containerPort": 8500}, {"name": "http", "containerPort": 8501},
        ]}]  # fmt: skip
        sidecars = [{"name": "agent", "ports": [{"name": "agent", "containerPort": 9090}]}]
        labels = {
            "app.kubernetes.io/instance": environment,
            "app.kubernetes.io/managed-by": "tfs-gitops",
        }
        self.pods.append({
            "metadata": {"name": name, "namespace": namespace, "labels": labels},
            "spec": {"containers": containers, "initContainers": sidecars if agent else []},
            "status": {"phase": "Running", **status},
        })  # fmt: skip
        ports = {"8501": server, "9090": agent}
        self.ports[name] = {port: number for port, number in ports.items() if number}
        self.show()

    def calls(self) -> list[dict[str, Any]]:
        """Return each call of kubectl: its words, and the id of its process."""
        file = self.folder / "calls.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def forwards(self) -> list[int]:
        """Return the processes that still forward."""
        return [
            call["pid"]
            for call in self.calls()
            if "port-forward" in call["words"] and Path(f"/proc/{call['pid']}").exists()
        ]


def cluster(folder: Path) -> Cluster:
    """Return a cluster without a pod, whose kubectl is in *folder*."""
    found = Cluster(folder)
    found.install()
    return found
