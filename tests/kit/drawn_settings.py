"""Settings of environments, drawn: every key of the schema, set, changed and taken out."""

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from generator.environment.settings import BLOCKS
from tests.kit.matrix import ACCESS

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "schemas/environment.schema.json").read_text(encoding="utf-8")
)

Keys = tuple[str, ...]
Spec = dict[str, Any]

VALUES: dict[str, list[Any]] = {
    "source.url": ["s3://models", "s3://models/team", "gs://models", "file:///srv/models"],
    "source.endpoint": ["https://minio.example", "http://minio.example:9000"],
    "source.region": ["eu-west-1", "us-east-1"],
    "source.reprove": ["24h", "0s", "1h"],
    "source.events.queue": [
        "https://sqs.eu-west-1.amazonaws.com/1/models",
        "http://sqs.example/1/m",
    ],
    "source.events.sweep": ["1h", "10m"],
    "source.inventory.url": ["s3://lists/inventory/models/daily", "s3://lists/weekly"],
    "source.inventory.table": ["inventory", "s3.inventory"],
    "source.inventory.connect": [{"schema_name": "s3"}],
    "source.credentialsSecret": ["tf-serving-store", "other"],
    "source.mount.attributes": [{"a": "1"}, {"a": "2", "b.c/d": "x"}],
    "source.mount.claimName": ["models", "others"],
    "source.pull.size": ["20Gi", "5Gi", 4096],
    "source.pull.storageClass": ["fast", "slow"],
    "delivery.repository": ["https://git.example/fleet.git", "https://git.example/b.git"],
    "delivery.branch": ["main", "live"],
    "delivery.path": ["", "tf-serving"],
    "delivery.forge.apiUrl": ["https://ghe.example/api/v3"],
    "delivery.author.name": ["me", "you"],
    "delivery.author.email": ["me@example.com", "you@example.com"],
    "delivery.signing.key": ["keys/a", "keys/b"],
    "delivery.settle": ["10m", "0s", "1h"],
    "delivery.windows": [
        [{"cron": "0 9 * * MON-THU", "duration": "8h", "timezone": "Europe/Berlin"}],
        [{"cron": "*/5 * * * *", "duration": "5m"}],
    ],
    "delivery.limits.removals": [0, 3, "10%"],
    "delivery.pullRequest.labels": [["models"], ["a", "b"]],
    "delivery.pullRequest.reviewers": [["me"], ["me", "you"]],
    "serving.image": ["tensorflow/serving:2.19.1", "tensorflow/serving:2.19.0", "own/image:1"],
    "serving.namespace": ["tf-serving", "other"],
    "serving.replicas": [0, 1, 2, 3],
    "serving.resources.limits": [{"cpu": 2}, {"cpu": "2", "memory": "4Gi"}],
    "serving.resources.requests": [{"cpu": "500m"}, {"cpu": 0.5, "memory": "1Gi"}],
    "serving.resources.claims": [[{"name": "gpu"}], [{"name": "gpu", "request": "one"}]],
    "serving.gpu.count": [1, 2],
    "serving.gpu.image": ["tensorflow/serving:2.19.1-gpu"],
    "serving.gpu.resource": ["nvidia.com/gpu", "amd.com/gpu"],
    "serving.gpu.memoryFraction": [0.5, 0.9],
    "serving.gpu.nodeSelector": [{"kubernetes.io/arch": "amd64"}, {"gpu": "yes"}],
    "serving.gpu.tolerations": [[{"key": "gpu", "operator": "Exists"}], [{"key": "a"}]],
    "serving.batching.maxBatchSize": [128, 1000],
    "serving.batching.batchTimeoutMicros": [0, 1000],
    "serving.batching.maxEnqueuedBatches": [10, 100],
    "serving.batching.numBatchThreads": [4, 8],
    "serving.batching.allowedBatchSizes": [[32, 128], [128], [10, 1000]],
    "serving.batching.maxExecutionBatchSize": [64, 128],
    "serving.batching.threadPoolName": ["batch", "batch_threads"],
    "serving.monitoring.path": ["/monitoring/prometheus/metrics", "/metrics"],
    "serving.tls.secretName": ["tls", "other-tls"],
    "serving.serviceAccount.name": ["tf-serving", "me"],
    "serving.serviceAccount.roleArn": ["arn:aws:iam::123456789012:role/models"],
    "serving.rollout.first": [1, 2],
    "serving.rollout.soak": ["2m", "90s"],
    "serving.rollout.timeout": ["30m", "1h"],
    "serving.memory": ["16Gi", 1073741824],
    "serving.verify.timeout": ["10m", "900s"],
    "delivery.verified.context": ["kustomization/*", "ci/pods"],
    "delivery.verified.by": [["flux"], ["flux", "argocd[bot]"]],
    "serving.polling.config": [5, 60],
    "serving.polling.files": [5, 60],
    "serving.flags": [{"grpc_max_threads": 8}, {"tensorflow_session_parallelism": 2}],
    "serving.networkPolicy.from": [[{"podSelector": {}}], [{"ipBlock": {"cidr": "10.0.0.0/8"}}]],
    "serving.networkPolicy.monitoring": [{"kubernetes.io/metadata.name": "o11y"}, {"team": "sre"}],
    "serving.networkPolicy.egress": [[], [{}], [{"ports": [{"port": 443}]}]],
    "serving.autoscaling.minReplicas": [1, 2, 3],
    "serving.autoscaling.maxReplicas": [4, 9],
    "serving.autoscaling.targetCPUUtilization": [70, 80],
}
"""Values of the keys, but for those of which the schema lists all: truths and enumerations."""

_OPTIONAL = (
    "gpu",
    "batching",
    "monitoring",
    "autoscaling",
    "flags",
    "resources",
    "polling",
    "rollout",
    "networkPolicy",
)
_ROOM: list[Spec] = [{}, {}, {"memory": "16Gi"}, {"agent": True, "memory": "8Gi", "swap": "drain"}]
"""What is done for want of memory, in half of them."""


def form_of(form: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a part of the schema with what it refers to."""
    if "$ref" not in form:
        return form
    return {**form_of(SCHEMA["$defs"][form["$ref"].removeprefix("#/$defs/")]), **form}


def keys(form: Mapping[str, Any], above: Keys = ()) -> Iterator[tuple[Keys, Mapping[str, Any]]]:
    """Yield each key of the settings that has no keys of its own, and what the schema says."""
    for name, below in form["properties"].items():
        found = form_of(below)
        if "properties" in found:
            yield from keys(found, (*above, name))
        else:
            yield (*above, name), found


SPEC = form_of(SCHEMA["properties"]["spec"])
LEAVES = {
    path: form
    for block in BLOCKS
    for path, form in keys(form_of(SPEC["properties"][block]), (block,))
}


def values(path: Keys) -> list[Any]:
    """Return some values of a key; none of one that nobody has thought of here."""
    form = LEAVES[path]
    if form.get("type") == "boolean":
        return [True, False]
    return list(form.get("enum", VALUES.get(".".join(path), [])))


def put(spec: Spec, path: Keys, value: object) -> None:
    """Set the key at *path*; None takes it out, with the blocks that this empties."""
    inner = spec
    for key in path[:-1]:
        inner = inner.setdefault(key, {})
    if value is not None:
        inner[path[-1]] = copy.deepcopy(value)
        return
    inner.pop(path[-1], None)
    if not inner and len(path) > 1:
        put(spec, path[:-1], None)


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    """Draw settings that mostly pass: one kind of store, and some keys beside it."""
    kind = ACCESS[draw(st.sampled_from(sorted(ACCESS)))]
    spec: Spec = {
        "source": copy.deepcopy(kind["source"]),
        "delivery": {"repository": "https://git.example/fleet.git"},
        "serving": {"image": "tensorflow/serving:2.19.1", **kind.get("serving", {})},
    }
    if spec["source"].get("access") == "direct" and spec["source"]["url"].startswith("s3"):
        spec["serving"]["s3"] = True
    for block in draw(st.lists(st.sampled_from(_OPTIONAL), unique=True, max_size=3)):
        inside = [path for path in LEAVES if path[:2] == ("serving", block)]
        for path in draw(st.lists(st.sampled_from(inside), unique=True, min_size=1, max_size=3)):
            put(spec, path, draw(st.sampled_from(values(path))))
        if block == "autoscaling":
            put(spec, ("serving", block, "maxReplicas"), 9)
    spec["serving"] |= draw(st.sampled_from(_ROOM))
    return spec


@st.composite
def edits(draw: st.DrawFn, most: int = 3) -> dict[Keys, object]:
    """Draw values of one key or some; None takes a key out."""
    chosen = draw(st.lists(st.sampled_from(sorted(LEAVES)), min_size=1, max_size=most, unique=True))
    return {path: draw(st.none() | st.sampled_from(values(path))) for path in chosen}


def document(name: str, spec: Spec) -> str:
    """Return the text of an environment, one key a line."""
    data = {
        "apiVersion": "tfs-gitops/v1",
        "kind": "Environment",
        "metadata": {"name": name},
        "spec": spec,
    }
    return str(yaml.dump(data, Dumper=yaml.CSafeDumper, default_flow_style=False))
