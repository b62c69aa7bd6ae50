"""Environments in which every pair of options meets; as a program, their manifests."""

import copy
import itertools
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from generator.environment import load, parse
from generator.environment.environment import Environment
from generator.environment.project_folder import texts
from generator.render import overlay
from generator.render.scaffold import scaffold_of
from generator.render.templates import Templates
from tests.kit.kubernetes import build, validate
from tests.kit.manifests import (
    a_lock,
)

ROOT = Path(__file__).parents[2]

T = Templates()


S3 = {"url": "s3://models", "access": "direct"}

ACCESS: dict[str, Any] = {
    "gs-direct": {"source": {"url": "gs://models/team"}},
    "s3-direct-2.6": {"source": S3},
    "s3-direct-built-in": {"source": S3, "serving": {"s3": True}},
    "s3-csi": {
        "source": {
            "url": "s3://models/team/prod",
            "access": "mount",
            "mount": {"driver": "s3.csi.aws.com"},
        }
    },
    "gcsfuse": {
        "source": {
            "url": "gs://models/team",
            "access": "mount",
            "mount": {
                "driver": "gcsfuse.csi.storage.gke.io",
                "attributes": {"mountOptions": "file-cache:max-size-mb:-1"},
            },
        }
    },
    "claim": {
        "source": {"url": "file:///srv", "access": "mount", "mount": {"claimName": "models"}}
    },
    "s3-pull": {
        "source": {
            **S3,
            "access": "pull",
            "endpoint": "https://minio.example",
            "region": "eu-west-1",
        }
    },
    "s3-pull-claim": {
        "source": {**S3, "access": "pull", "pull": {"size": "2Ti", "storageClass": "fast"}}
    },
    "gs-pull": {
        "source": {"url": "gs://models/team", "access": "pull", "pull": {"size": 5 * 2**30}}
    },
}

BATCHING = {"maxBatchSize": 128, "batchTimeoutMicros": 0, "allowedBatchSizes": [32, 128]}

TOLERATIONS = [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}]

GPU = {
    "count": 2,
    "memoryFraction": 0.9,
    "nodeSelector": {"gpu": "yes"},
    "tolerations": TOLERATIONS,
}

NETWORK = {
    "from": [
        {"podSelector": {"matchLabels": {"app": "web"}}, "namespaceSelector": {}},
        {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
    ],
    "monitoring": {"team": "sre"},
    "egress": [{"to": [{"podSelector": {}}], "ports": [{"port": 9000, "endPort": 9010}]}, {}],
}

ROLE = "arn:aws:iam::123456789012:role/models"

SERVING: dict[str, dict[str, Any]] = {
    "agent": {"none": None, "on": True},
    "gpu": {"none": None, "plain": {}, "full": GPU},
    "batching": {"none": None, "set": BATCHING},
    "monitoring": {
        "none": None,
        "on": {},
        "off": {"enabled": False, "serviceMonitor": True},
        "operator": {"path": "/metrics", "serviceMonitor": True},
    },
    "tflite": {"none": None, "set": True},
    "warmup": {"none": None, "off": False},
    "autoscaling": {
        "none": None,
        "plain": {"maxReplicas": 9},
        "full": {"minReplicas": 3, "maxReplicas": 9, "targetCPUUtilization": 70},
    },
    "tls": {"none": None, "set": {"secretName": "own-tls"}},
    "serviceAccount": {"none": None, "name": {"name": "me"}, "role": {"roleArn": ROLE}},
    "networkPolicy": {"none": None, "set": NETWORK},
    "resources": {"none": None, "set": {"requests": {"cpu": 1}, "limits": {"memory": "4Gi"}}},
}

AXES: dict[str, list[str]] = {
    "access": list(ACCESS),
    "credentials": ["none", "set"],
    **{key: list(options) for key, options in SERVING.items()},
}


Row = Mapping[str, str]


def pairwise(axes: Mapping[str, Sequence[str]]) -> Iterator[Row]:
    """Yield rows so that any two options of two axes are in one of them; always the same."""
    left = {
        frozenset({(a, x), (b, y)})
        for a, b in itertools.combinations(axes, 2)
        for x, y in itertools.product(axes[a], axes[b])
    }
    while left:
        row: dict[str, str] = dict(sorted(min(left, key=sorted)))
        for axis in axes:
            if axis not in row:
                row[axis] = max(axes[axis], key=lambda option: _gain(row, (axis, option), left))
        left -= {frozenset(pair) for pair in itertools.combinations(row.items(), 2)}
        yield {axis: row[axis] for axis in axes}


def _gain(row: Row, new: tuple[str, str], left: set[frozenset[tuple[str, str]]]) -> int:
    return sum(frozenset({item, new}) in left for item in row.items())


ROWS = list(pairwise(AXES))


def pulls(row: Row) -> bool:
    """Whether agents download, for which there must be one."""
    return "-pull" in row["access"]


def has_agent(row: Row) -> bool:
    """Whether an agent is beside each server."""
    return pulls(row) or row.get("agent") == "on"


def has_secret(row: Row) -> bool:
    """Whether a Secret is named; an agent gets at gs:// without one."""
    return row["credentials"] == "set" and row["access"] != "gs-pull"


def environment(row: Row) -> Environment:
    """The environment that *row* chooses, as it is read from YAML."""
    version = "2.6.5" if row["access"] == "s3-direct-2.6" else "2.19.1"
    spec: dict[str, Any] = copy.deepcopy(ACCESS[row["access"]])
    serving = {"image": f"tensorflow/serving:{version}", **spec.get("serving", {})}
    for key, options in SERVING.items():
        if (value := options[row.get(key, "none")]) is not None:
            serving[key] = copy.deepcopy(value)
    if "gpu" in serving:
        serving["gpu"]["image"] = f"tensorflow/serving:{version}-gpu"
    if row.get("agent") == "on":
        serving["agent"] = True
    if has_secret(row):
        spec["source"]["credentialsSecret"] = "own-store"
    spec |= {"serving": serving, "delivery": {"repository": "https://git.example/fleet.git"}}
    spec["policy"] = [{"match": "*", "versions": {"latest": 1}}]
    document = {"metadata": {"name": "prod"}, "spec": spec}
    return parse.parse(document, "environments/prod.yaml", (1,))


def built(found: Environment, folder: Path) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """The files of a first sync, and the valid objects that Kustomize makes of them."""
    files = dict(overlay.generated(found, a_lock(), T))
    for unit in scaffold_of(found, T).values():
        files |= unit
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    objects = build(folder / "overlays" / found.name)
    validate(objects, custom_kinds=set(MONITORS))
    for item in objects:
        if item["kind"] in MONITORS:
            jsonschema.validate(item, monitor(item["kind"], MONITORS[item["kind"]]))
    return files, objects


# The part of monitoring.coreos.com/v1 that is used here, from knowledge of it: the objects are
# closed, so that a misspelt key is found.
LABELS = {"type": "object", "additionalProperties": {"type": "string"}}

MONITORS = {"ServiceMonitor": "endpoints", "PodMonitor": "podMetricsEndpoints"}

ENDPOINT = {
    "port": {"type": "string"},
    "path": {"type": "string", "pattern": "^/"},
    "interval": {"type": "string", "pattern": "^([0-9]+(ms|s|m|h))+$"},
    "scheme": {"enum": ["http", "https"]},
    "relabelings": {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"targetLabel": {"type": "string"}, "replacement": {"type": "string"}},
        },
    },
}

SELECTOR = {"matchLabels": LABELS, "matchExpressions": {"type": "array"}}


def closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with these properties and no others."""
    return {"type": "object", "additionalProperties": False, "properties": dict(properties)}


def monitor(kind: str, endpoints: str) -> dict[str, Any]:
    """Return the schema of a monitor, whose endpoints are in the key *endpoints*."""
    spec = {
        "jobLabel": {"type": "string"},
        "selector": closed(SELECTOR),
        endpoints: {"type": "array", "items": closed(ENDPOINT)},
    }
    names = {"name": {}, "namespace": {}, "labels": LABELS, "annotations": LABELS}
    properties = {
        "apiVersion": {"const": "monitoring.coreos.com/v1"},
        "kind": {"const": kind},
        "metadata": closed(names),
        "spec": {**closed(spec), "required": [endpoints, "selector"]},
    }
    return {**closed(properties), "required": list(properties)}


LABELS = {
    "app.kubernetes.io/instance": "prod",
    "app.kubernetes.io/managed-by": "tfs-gitops",
    "app.kubernetes.io/name": "tf-serving",
    "app.kubernetes.io/part-of": "tf-serving",
}
"""What each of our objects has, also those that only pods or a driver ask for."""


def write(folder: Path) -> None:
    """Write the manifests of all rows and of the example environments."""
    named = {f"row-{number:02}": environment(row) for number, row in enumerate(ROWS)}
    named |= {f"env-{name}": load.load(texts(ROOT), name) for name in ("dev", "staging", "prod")}
    folder.mkdir(parents=True, exist_ok=True)
    for name, chosen in named.items():
        with tempfile.TemporaryDirectory() as work:
            _, objects = built(chosen, Path(work))
        (folder / f"{name}.yaml").write_text(yaml.safe_dump_all(objects))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
