"""The volume through which pods see a mounted store, and the objects that it needs.

The mount point shows what is below the store's prefix, so that `/models/<base path>`
is a model's folder whatever the driver.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from generator.environment.environment import GCS_DRIVER, S3_DRIVER, Environment, Mount, Source

Manifest = Mapping[str, Any]
"""An object of Kubernetes, or a part of one."""


_CAPACITY = {"storage": "1200Gi"}
"""The size of a volume, which Kubernetes requires and the driver ignores."""


class StoreVolume(Struct, frozen=True):
    """The parts of an overlay for one mounted store; empty for a store that is not mounted."""

    spec: Manifest = field(default_factory=dict)
    """The volume source in the pod."""
    manifests: tuple[Manifest, ...] = ()
    """Objects beside the Deployment."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Of the pod template."""


def store_volume(environment: Environment, name: str) -> StoreVolume:
    """Return the volume of *environment*; *name* prefixes the names of its objects."""
    mount = environment.source.mount
    if environment.source.effective_access != "mount" or mount is None:
        return StoreVolume()
    if mount.claim_name:
        return StoreVolume(spec=_claimed(mount.claim_name))
    if mount.driver == GCS_DRIVER:
        return _gcs_fuse(environment, mount)
    return _mountpoint_s3(environment, mount, name)


def own_labels(environment: Environment, name: str) -> dict[str, str]:
    """Return the labels that all objects of *environment* have; *name* is that of the workload.

    For those that the labels of base/ and of the overlay do not reach.
    """
    labels = {
        "component": "model-server",
        "instance": environment.name,
        "managed-by": "tfs-gitops",
        "name": name,
        "part-of": name,
    }
    return {f"app.kubernetes.io/{key}": value for key, value in labels.items()}


def _claimed(claim: str) -> Manifest:
    return {"persistentVolumeClaim": {"claimName": claim, "readOnly": True}}


def _gcs_fuse(environment: Environment, mount: Mount) -> StoreVolume:
    """GKE's driver makes a volume in the pod itself, and wants an annotation for its sidecar."""
    location = environment.source.location
    options = ["implicit-dirs"] + ([f"only-dir={location.prefix}"] if location.prefix else [])
    # A person's options come on top: without `only-dir`, no base path would be right.
    options += [own] if (own := mount.attributes.get("mountOptions")) else []
    attributes = {
        **mount.attributes,
        "bucketName": location.bucket,  # the one that is proven, whatever a person wrote
        "mountOptions": ",".join(options),
    }
    csi = {"driver": GCS_DRIVER, "readOnly": True, "volumeAttributes": attributes}
    return StoreVolume(spec={"csi": csi}, annotations={"gke-gcsfuse/volumes": "true"})


def _mountpoint_s3(environment: Environment, mount: Mount, workload: str) -> StoreVolume:
    """AWS's driver knows no volume in the pod: it wants a PersistentVolume and its claim.

    What they say is in their names. Kubernetes refuses a change of either, so a changed
    source makes new ones, which the pods move to, while the old ones are pruned.
    """
    attributes = {**mount.attributes, "bucketName": environment.source.location.bucket}
    options = _mountpoint_options(environment.source)
    content = json.dumps([attributes, options], sort_keys=True)
    labels = own_labels(environment, workload)
    name = f"{workload}-store-{hashlib.sha256(content.encode()).hexdigest()[:10]}"
    volume_name = f"{name}-{environment.serving.namespace}-{environment.name}"
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": volume_name, "labels": labels},
        "spec": {
            "accessModes": ["ReadOnlyMany"],
            "capacity": _CAPACITY,
            "claimRef": {"name": name, "namespace": environment.serving.namespace},
            "csi": {
                "driver": S3_DRIVER,
                "volumeHandle": volume_name,
                "volumeAttributes": attributes,
            },
            "mountOptions": options,
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": "",
        },
    }
    claim = _claim(name, labels, volume_name)
    return StoreVolume(spec=_claimed(name), manifests=(volume, claim))


def _claim(name: str, labels: Mapping[str, str], volume: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "accessModes": ["ReadOnlyMany"],
            "resources": {"requests": _CAPACITY},
            "storageClassName": "",
            "volumeName": volume,
        },
    }


def _mountpoint_options(source: Source) -> list[str]:
    options = ["allow-other", "read-only"]  # pods do not run as root
    if prefix := source.location.prefix:
        options.append(f"prefix {prefix}/")
    if source.region:
        options.append(f"region {source.region}")
    if source.endpoint:
        options.append(f"endpoint-url {source.endpoint}")
    if source.effective_addressing == "path":
        options.append("force-path-style")
    return options
