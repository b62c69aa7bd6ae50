"""The Kustomize components that the keys of an environment bring in, and their values.

A Kustomize component takes no parameters, and is a person's once it is scaffolded. So it
holds what is the same everywhere, and what an environment says comes after it, as patches.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from generator.environment.environment import Environment, Pull, Source
from generator.environment.serving import Autoscaling, ServerSpec
from generator.render import network_policy
from generator.render.credentials import AWS_KEYS, GOOGLE_KEY, from_secret
from generator.render.store_volume import Manifest, StoreVolume, own_labels
from generator.serving.paths import SSL_CONFIG

ROLE = "eks.amazonaws.com/role-arn"
"""The annotation by which EKS gives a ServiceAccount a role."""


class Patch(Struct, frozen=True):
    """A patch of an object beside the Deployment."""

    kind: str
    body: Manifest | tuple[Manifest, ...]
    """A mapping is merged; a list has JSON Patch operations."""
    renames: bool = False


def components(environment: Environment, store: StoreVolume) -> list[str]:
    """Return the folders below components/ that the keys of *environment* bring in."""
    serving, monitoring = environment.serving, environment.serving.monitoring
    measured = monitoring is not None and monitoring.enabled
    operated = measured and monitoring is not None and monitoring.service_monitor
    wanted = {
        "verify": serving.verify is not None,  # before the agent, whose component names the image
        "agent": serving.agent,
        "agent/download": serving.agent and environment.source.effective_access == "pull",
        "autoscaling": serving.autoscaling is not None,
        "gcs-credentials": _secret(environment.source, "gs") is not None,
        "gpu": serving.gpu is not None,
        "monitoring": measured,
        "monitoring/agent": operated and serving.agent,
        "monitoring/operator": operated,
        "store-mount": bool(store.spec),
        "tls": serving.tls is not None,
    }
    return [name for name, is_wanted in wanted.items() if is_wanted]


def annotations(serving: ServerSpec, store: StoreVolume) -> dict[str, str]:
    """Return the annotations of the pods."""
    found = dict(store.annotations)
    if serving.monitoring is not None and serving.monitoring.enabled:
        found["prometheus.io/path"] = serving.monitoring.path
    return found


def volumes(environment: Environment, store: StoreVolume, name: str) -> dict[str, Manifest]:
    """Return the sources of the pod's volumes by name; components mount them.

    *name* is that of the workload, for the labels of what a volume claims.
    Each Secret names its keys: where one is missing, Kubernetes says so and the pod waits.
    """
    found = {"store": store.spec} if store.spec else {}
    if environment.serving.agent and (pull := environment.source.effective_pull):
        found["models"] = _download_volume(pull, own_labels(environment, name))
    if secret := _secret(environment.source, "gs"):
        found["gcs-credentials"] = _file(secret, GOOGLE_KEY)
    if (tls := environment.serving.tls) is not None:
        found["tls"] = _file(tls.secret_name, SSL_CONFIG)
    return found


def _download_volume(pull: Pull, labels: Mapping[str, str]) -> Manifest:
    """Return the volume of one pod: what its agent removes, no other pod may need."""
    if pull.storage_class is None:
        return {"emptyDir": {"sizeLimit": pull.size}}
    claim = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": pull.size}},
        "storageClassName": pull.storage_class,
    }
    return {"ephemeral": {"volumeClaimTemplate": {"metadata": {"labels": labels}, "spec": claim}}}


def variables(source: Source) -> list[Manifest]:
    """Return what TensorFlow's own S3 reader takes from its environment (F91)."""
    if source.effective_access != "direct" or source.location.scheme != "s3":
        return []
    values = {"AWS_REGION": source.region or "us-east-1"}
    if source.endpoint:
        scheme, _, host = source.endpoint.partition("://")
        secure = "1" if scheme == "https" else "0"
        values |= {"S3_ENDPOINT": host.rstrip("/"), "S3_USE_HTTPS": secure}
        values |= {"S3_VERIFY_SSL": secure}
    found: list[Manifest] = [{"name": name, "value": value} for name, value in values.items()]
    if secret := _secret(source, "s3"):
        found += [from_secret(key, secret) for key in AWS_KEYS]
    return sorted(found, key=lambda item: str(item["name"]))


def resources(serving: ServerSpec) -> Manifest:
    """Return the resources of the server's container, with its GPUs."""
    if serving.gpu is None:
        return serving.resources
    limits = {**serving.resources.get("limits", {}), serving.gpu.resource: serving.gpu.count}
    return {**serving.resources, "limits": limits}


def patches(environment: Environment, name: str, kept: int | None = None) -> Iterator[Patch]:
    """Yield the patches of the objects called *name* that are not the Deployment.

    An autoscaler beside a Deployment that has *kept* its number begins with one pod more.
    """
    serving = environment.serving
    account, monitoring = serving.service_account, serving.monitoring
    renames = account.name not in {None, name}
    if renames or account.role_arn:
        metadata: dict[str, Any] = {"name": account.name or name}
        if account.role_arn:
            metadata["annotations"] = {ROLE: account.role_arn}
        body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
        yield Patch("ServiceAccount", body, renames)
    if serving.autoscaling is not None:
        yield Patch("HorizontalPodAutoscaler", _scaled(serving, serving.autoscaling, name, kept))
    if monitoring is not None and monitoring.enabled and monitoring.service_monitor:
        # Its list has no key to merge by.
        at = "/spec/endpoints/0/path"
        yield Patch("ServiceMonitor", ({"op": "add", "path": at, "value": monitoring.path},))
    if (spec := network_policy.spec(environment)) is not None:
        metadata = {"name": name}
        head = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
        yield Patch("NetworkPolicy", {**head, "metadata": metadata, "spec": spec})


def _scaled(serving: ServerSpec, autoscaling: Autoscaling, name: str, kept: int | None) -> Manifest:
    fewest, most = serving.pods
    if kept is not None:
        fewest, most = max(fewest, kept + 1), max(most, kept + 1)
    spec: dict[str, Any] = {"minReplicas": fewest, "maxReplicas": most}
    if (use := autoscaling.target_cpu_utilization) is not None:
        target = {"type": "Utilization", "averageUtilization": use}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    kind = "HorizontalPodAutoscaler"
    return {
        "apiVersion": "autoscaling/v2",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    }


def _secret(source: Source, scheme: str) -> str | None:
    """Return the Secret with the credentials of servers that read a *scheme* store themselves."""
    reads = source.effective_access == "direct" and source.location.scheme == scheme
    return source.credentials_secret if reads else None


def _file(secret: str, key: str) -> Manifest:
    return {"secret": {"secretName": secret, "items": [{"key": key, "path": key}]}}
