"""The options of the agent in a pod, and of the Job that asks agents: by their container."""

from msgspec import Struct

from generator.environment.environment import Environment, Source
from generator.render.credentials import AWS_KEYS, from_secret
from generator.render.store_volume import Manifest
from generator.serving.agent_state import PORT
from generator.serving.paths import DESIRED, MODELS, SERVED

_TEMPLATE = "metadata.labels['pod-template-hash']"
"""The label that a Deployment gives to pods of one template."""


def arguments(environment: Environment) -> list[str]:
    """Return the agent's command line; nothing without an agent."""
    if not environment.serving.agent:
        return []
    found = [f"--desired={DESIRED}", f"--served={SERVED}", f"--listen=0.0.0.0:{PORT}"]
    if environment.serving.is_rolling:
        # No variable: an agent of a release that does not know it would count what failed as done.
        found.append("--reload=rolling")
    if pull := environment.source.effective_pull:
        found.append(f"--models={MODELS}")
        found.append(f"--models-size={pull.size}")
        if environment.source.endpoint:
            found.append(f"--endpoint={environment.source.endpoint}")
        if environment.source.region:
            found.append(f"--region={environment.source.region}")
        if environment.source.addressing:
            found.append(f"--addressing={environment.source.addressing}")
    elif environment.source.effective_access == "mount":
        found.append(f"--mounted={MODELS}")
    return ["agent", *found]


def mounts(environment: Environment) -> list[Manifest]:
    """Return where the agent sees the volumes that it only reads from: probes are in versions."""
    if environment.source.effective_access != "mount":
        return []
    return [{"name": "store", "mountPath": MODELS, "readOnly": True}]


def swap_arguments(environment: Environment) -> list[str]:
    """Return what tells the agent how much room there is; nothing where it swaps nothing for that.

    No variable: an agent of a release that does not know it would load old and new together.
    """
    serving = environment.serving
    return [f"--memory={serving.memory}"] if serving.knows_drain else []


def wave_variables(environment: Environment, service: str) -> list[Manifest]:
    """Return how the agent finds the others, by the *service* of all, and waits for them.

    Variables, and no arguments: an agent of a release that knows no waves leaves them alone.
    """
    rollout = environment.serving.waves
    if rollout is None:
        return []
    rules = {
        "first": rollout.first,
        "soak": f"{rollout.soak}s",
        "then": rollout.then,
        "timeout": f"{rollout.timeout}s",
        "onTimeout": rollout.on_timeout,
    }
    told = ",".join(f"{name}={value}" for name, value in rules.items())
    return [
        {"name": "AGENT_PEERS", "value": f"{service}:{PORT}"},
        {"name": "AGENT_POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "AGENT_POD_TEMPLATE", "valueFrom": {"fieldRef": {"fieldPath": _TEMPLATE}}},
        {"name": "AGENT_ROLLOUT", "value": told},
    ]


class VerifyJob(Struct, frozen=True):
    """The options of the Job of an environment."""

    arguments: tuple[str, ...]
    deadline: int
    """Seconds after which Kubernetes ends it, whatever its pod does."""


_STARTS = 300
"""Seconds that a pod of the Job may take to start, beside its own timeout."""


def verify_job(environment: Environment, service: str) -> VerifyJob | None:
    """Return the Job that asks the agents behind *service*; None without one.

    Which commit it asks for it reads from a ConfigMap: a line of it here would be touched by each
    commit, and no older one could be reverted.
    """
    verify = environment.serving.verify
    if verify is None:
        return None
    words = (
        "verify",
        f"--desired={DESIRED}",
        f"--agents={service}:{PORT}",
        f"--pods={environment.serving.pods[0]}",
        f"--timeout={verify.timeout}s",
    )
    return VerifyJob(words, verify.timeout + _STARTS)


def variables(source: Source) -> list[Manifest]:
    """Return the agent's credentials, from a Secret by name; without one it has its role."""
    if source.effective_access != "pull" or source.credentials_secret is None:
        return []
    return [from_secret(key, source.credentials_secret) for key in AWS_KEYS]
