"""The pods of an environment, by what `kubectl get pods` says: values only."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from generator.serving.agent_state import PORT as AGENT_PORT
from generator.text.quoting import one_line

SERVER_PORT = 8501
"""The REST port of a server, where its pod names none."""

_OVER = {"Succeeded", "Failed"}
"""Phases of a pod that runs no more, and has a successor if one is wanted."""


class Pod(Struct, frozen=True):
    """A pod of the environment, and the ports to ask it at."""

    name: str
    hindrance: str = ""
    """The reason why nothing in it can be asked; empty if something can."""
    server_port: int = SERVER_PORT
    agent_port: int | None = None
    """None for a pod without an agent."""

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports to ask, the server's first."""
        return (
            (self.server_port,) if self.agent_port is None else (self.server_port, self.agent_port)
        )


def selector(environment: str) -> str:
    """Return what selects the pods of *environment*, by the labels of its overlay."""
    labels = {
        "app.kubernetes.io/instance": environment,
        "app.kubernetes.io/managed-by": "tfs-gitops",
    }
    return ",".join(f"{name}={value}" for name, value in labels.items())


def pods_of(found: Mapping[str, Any]) -> tuple[Pod, ...]:
    """Return the pods of a PodList, sorted by name, without those that are ending or over.

    Raises:
        LookupError: It is no PodList.
        TypeError: Likewise.
        ValueError: Likewise.
    """
    living = [
        item
        for item in found["items"]
        if "deletionTimestamp" not in item["metadata"] and item["status"]["phase"] not in _OVER
    ]
    return tuple(sorted((_pod(item) for item in living), key=lambda pod: pod.name))


def _pod(item: Mapping[str, Any]) -> Pod:
    spec, status = item["spec"], item["status"]
    ports = {
        port["name"]: int(port["containerPort"])
        for container in (*spec.get("initContainers", ()), *spec["containers"])
        for port in container.get("ports", ())
        if "name" in port
    }
    agent = ports.get("agent", AGENT_PORT) if _has_agent(spec) else None
    hindrance = "" if status["phase"] == "Running" else ": ".join(_waits(status))
    name = one_line(str(item["metadata"]["name"]))
    return Pod(name, one_line(hindrance), ports.get("http", SERVER_PORT), agent)


def _has_agent(spec: Mapping[str, Any]) -> bool:
    containers: Sequence[Mapping[str, Any]] = (*spec.get("initContainers", ()), *spec["containers"])
    return any(container["name"] == "agent" for container in containers)


def _waits(status: Mapping[str, Any]) -> Iterator[str]:
    """Yield the phase, and what the first container that waits is told to wait for."""
    yield str(status["phase"])
    statuses = (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ()))
    for one in statuses:
        waiting = one.get("state", {}).get("waiting")
        if waiting and waiting.get("reason") != "PodInitializing":
            yield from filter(None, (str(waiting.get(key, "")) for key in ("reason", "message")))
            return
    for condition in status.get("conditions", ()):
        if condition.get("status") == "False" and condition.get("message"):
            yield str(condition["message"])
            return
