"""Every pair of an environment's keys, from its YAML to what a cluster would take.

`python -m tests.render.test_matrix DIR` writes the manifests of the pairs and of the example
environments into DIR, for tools that read manifests.
"""

import copy
import itertools
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from google.protobuf import text_format

from generator.environment import checks, load, parse
from generator.environment.environment import Environment
from generator.environment.project_folder import texts
from generator.render import overlay
from generator.render.templates import Templates
from generator.serving.tensorflow_serving_pb2 import BatchingParameters, MonitoringConfig
from tests.kit.kubernetes import build, validate
from tests.render.test_overlay import (
    MODELS,
    a_lock,
    argument,
    config_is_hot_reloaded,
    container,
    one,
    start_files_roll_the_pods,
    the_store_is_where_base_paths_say,
    violations,
    volumes,
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
    for unit in overlay.scaffold(found, T).values():
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


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(row.values()))
def test_every_pair_of_keys_builds_and_keeps_the_rules(row, tmp_path):
    """No key spoils what another one adds, and each is in the manifests."""
    keeps_the_rules(row, tmp_path)


@pytest.mark.nightly
@pytest.mark.parametrize("access", ACCESS)
@pytest.mark.parametrize("gpu", ["none", "full"])
@pytest.mark.parametrize("monitoring", ["none", "on", "operator"])
def test_every_combination_builds_and_keeps_the_rules(access, gpu, monitoring, tmp_path):
    """What no pair shows, all of them together would."""
    first = {"access": access, "gpu": gpu, "monitoring": monitoring}
    keys = ("agent", "credentials", "batching", "tflite", "autoscaling", "tls")
    for number, options in enumerate(itertools.product(*(AXES[key][:2] for key in keys))):
        keeps_the_rules({**first, **dict(zip(keys, options, strict=True))}, tmp_path / str(number))


LABELS = {
    "app.kubernetes.io/instance": "prod",
    "app.kubernetes.io/managed-by": "tfs-gitops",
    "app.kubernetes.io/name": "tf-serving",
    "app.kubernetes.io/part-of": "tf-serving",
}
"""What each of our objects has, also those that only pods or a driver ask for."""


def keeps_the_rules(row: Row, folder: Path) -> None:
    """Check what *row* makes; each helper looks at one thing."""
    chosen = environment(row)
    assert list(checks.problems(chosen, "prod")) == []
    files, found = built(chosen, folder)
    pod = one(found, "Deployment")["spec"]["template"]["spec"]

    assert list(violations(pod)) == []
    assert not [item for item in found if item["kind"] == "Secret"]
    for item in found:
        assert item["metadata"]["labels"].items() >= LABELS.items()
        namespace = None if item["kind"] == "PersistentVolume" else "tf-serving"
        assert item["metadata"].get("namespace") == namespace
    config_is_hot_reloaded(found, files)
    wanted = {
        f"{name}.config": None if row.get(name, "none") == "none" else name
        for name in ("batching", "monitoring")
    }
    start_files_roll_the_pods(found, wanted)
    start_files_say_what_the_environment_says(found, row)
    kind = row["access"].removesuffix("-2.6").removesuffix("-built-in")
    the_agent_is_beside_the_server(found, row)
    the_store_is_where_base_paths_say(found, kind)
    all_mounts_have_volumes(found)
    components_are_wired(files, row)
    flags_are_set(found, row)
    secrets_are_named(found, row)
    pods_are_counted(found, row)
    gpus_are_asked_for(found, row)
    the_account_is_one(found, row)
    metrics_are_found(found, row)


def start_files_say_what_the_environment_says(found: list[dict[str, Any]], row: Row) -> None:
    """The messages of TensorFlow Serving read back what was set."""
    (data,) = [
        item["data"]
        for item in found
        if item["kind"] == "ConfigMap" and item["metadata"]["name"].startswith("tf-serving-start")
    ] or [{}]
    if row["batching"] == "set":
        batching = text_format.Parse(data["batching.config"], BatchingParameters())
        assert batching.max_batch_size.value == 128
        assert batching.HasField("batch_timeout_micros")
        assert list(batching.allowed_batch_sizes) == [32, 128]
    if row["monitoring"] != "none":
        config = text_format.Parse(data["monitoring.config"], MonitoringConfig())
        assert config.prometheus_config.enable == (row["monitoring"] != "off")
        assert config.prometheus_config.path == path_of(row)


def path_of(row: Row) -> str:
    """The path of the metrics."""
    return "/metrics" if row["monitoring"] == "operator" else "/monitoring/prometheus/metrics"


def all_mounts_have_volumes(found: list[dict[str, Any]]) -> None:
    """A mount has the volume that comes from the environment, and a path of its own."""
    pod = one(found, "Deployment")["spec"]["template"]["spec"]
    mounted = set()
    for item in (*pod["containers"], *pod.get("initContainers", ())):
        mounts = item["volumeMounts"]
        mounted |= {mount["name"] for mount in mounts}
        assert len({mount["mountPath"] for mount in mounts}) == len(mounts)
    assert mounted == {item["name"] for item in volumes(found)}
    for volume in volumes(found):
        (kind,) = set(volume) - {"name"}
        assert kind != "emptyDir" or volume["emptyDir"]["sizeLimit"]


def the_agent_is_beside_the_server(found: list[dict[str, Any]], row: Row) -> None:
    """A native sidecar that starts first, writes what the server polls, and has what it needs."""
    pod = one(found, "Deployment")["spec"]["template"]["spec"]
    if not has_agent(row):
        assert "initContainers" not in pod
        return
    (agent,) = pod["initContainers"]
    assert agent["restartPolicy"] == "Always"
    assert agent["startupProbe"]["httpGet"] == agent["livenessProbe"]["httpGet"]
    assert agent["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert agent["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert set(agent["resources"]) == {"requests", "limits"}
    assert agent["securityContext"]["readOnlyRootFilesystem"] is True
    # Kubernetes ends a sidecar after the server, which serves on for the whole grace period.
    assert "lifecycle" not in agent
    assert pod["terminationGracePeriodSeconds"] == 60

    options = dict(item[2:].split("=", 1) for item in agent["args"][1:])
    assert argument(found, "model_config_file") == f"{options['served']}/models.config"
    mine, theirs = (
        {item["mountPath"]: (item["name"], item.get("readOnly", False)) for item in mounts}
        for mounts in (agent["volumeMounts"], container(found)["volumeMounts"])
    )
    assert mine[options["desired"]] == ("desired", True)
    assert mine[options["served"]] == ("served", False)
    assert theirs[options["served"]] == ("served", True)
    (port,) = agent["ports"]
    assert options["listen"] == f"0.0.0.0:{port['containerPort']}"
    allowed = one(found, "NetworkPolicy")["spec"]["ingress"][0]["ports"]
    assert {"port": port["containerPort"]} in allowed
    assert ("models" in options) == pulls(row)
    the_download_has_a_volume(found, row, options)


PULL = {
    "s3-pull": {"emptyDir": {"sizeLimit": "20Gi"}},
    "gs-pull": {"emptyDir": {"sizeLimit": 5 * 2**30}},
    "s3-pull-claim": {
        "ephemeral": {
            "volumeClaimTemplate": {
                "metadata": {"labels": {**LABELS, "app.kubernetes.io/component": "model-server"}},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "2Ti"}},
                    "storageClassName": "fast",
                },
            }
        }
    },
}


def the_download_has_a_volume(
    found: list[dict[str, Any]], row: Row, options: Mapping[str, str]
) -> None:
    """A volume of the pod's own: the agent writes where the server reads."""
    (agent,) = one(found, "Deployment")["spec"]["template"]["spec"]["initContainers"]
    own = [item for item in volumes(found) if item["name"] == "models"]
    assert own == ([{"name": "models", **PULL[row["access"]]}] if pulls(row) else [])
    if pulls(row):
        server = container(found)["volumeMounts"]
        assert {"name": "models", "mountPath": options["models"]} in agent["volumeMounts"]
        assert {"name": "models", "mountPath": "/models", "readOnly": True} in server
    assert options.get("endpoint") == (
        "https://minio.example" if row["access"] == "s3-pull" else None
    )
    names = [item["valueFrom"]["secretKeyRef"]["name"] for item in agent.get("env", ())]
    assert names == (["own-store"] * 2 if pulls(row) and has_secret(row) else [])


def components_are_wired(files: Mapping[str, bytes], row: Row) -> None:
    """A key brings its component in, and no other does."""
    kustomization = yaml.safe_load(files["overlays/prod/generated/kustomization.yaml"])
    wanted = {
        "agent": has_agent(row),
        "agent/download": pulls(row),
        "autoscaling": row.get("autoscaling", "none") != "none",
        "gcs-credentials": (row["access"], row["credentials"]) == ("gs-direct", "set"),
        "gpu": row["gpu"] != "none",
        "monitoring": row["monitoring"] in {"on", "operator"},
        "monitoring/agent": row["monitoring"] == "operator" and has_agent(row),
        "monitoring/operator": row["monitoring"] == "operator",
        "store-mount": row["access"] in {"s3-csi", "gcsfuse", "claim"},
        "tls": row["tls"] == "set",
    }
    folders = [f"../../../components/{name}" for name, is_wanted in wanted.items() if is_wanted]
    assert kustomization.get("components", []) == folders


def flags_are_set(found: list[dict[str, Any]], row: Row) -> None:
    """Each flag is there once, or is left to the server's own default."""
    wanted = {
        "max_num_load_retries": "1" if has_agent(row) else None,
        "load_retry_interval_micros": "1000000" if has_agent(row) else None,
        "enable_model_warmup": "false" if row.get("warmup") == "off" else None,
        "prefer_tflite_model": "true" if row["tflite"] == "set" else None,
        "per_process_gpu_memory_fraction": "0.9" if row["gpu"] == "full" else None,
        "ssl_config_file": "/config/tls/ssl.config" if row["tls"] == "set" else None,
    }
    names = [item.removeprefix("--").partition("=")[0] for item in container(found)["args"]]
    assert len(set(names)) == len(names)
    for name, value in wanted.items():
        assert (argument(found, name) if name in names else None) == value


def secrets_are_named(found: list[dict[str, Any]], row: Row) -> None:
    """Pods refer to the Secrets by name, for the keys that they need."""
    env = {item["name"]: item for item in container(found).get("env", ())}
    mounts = {item["name"]: item["mountPath"] for item in container(found)["volumeMounts"]}
    secrets = {item["name"]: item["secret"] for item in volumes(found) if "secret" in item}
    files = {
        f"{mounts[name]}/{item['path']}": (secret["secretName"], item["key"])
        for name, secret in secrets.items()
        for item in secret["items"]
    }
    keys = [env[name]["valueFrom"] for name in sorted(env) if "valueFrom" in env[name]]
    given = has_secret(row)
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    is_s3 = given and row["access"].startswith("s3-direct")
    assert keys == [{"secretKeyRef": {"name": "own-store", "key": name}} for name in names if is_s3]
    wanted = {}
    if row["tls"] == "set":
        wanted[argument(found, "ssl_config_file")] = ("own-tls", "ssl.config")
    if given and row["access"] == "gs-direct":
        file = env["GOOGLE_APPLICATION_CREDENTIALS"]["value"]
        wanted[file] = ("own-store", "key.json")
    assert files == wanted


def pods_are_counted(found: list[dict[str, Any]], row: Row) -> None:
    """Either the Deployment says how many pods there are, or the autoscaler."""
    deployment = one(found, "Deployment")["spec"]
    scalers = [item["spec"] for item in found if item["kind"] == "HorizontalPodAutoscaler"]
    option = row.get("autoscaling", "none")
    assert deployment.get("replicas") == (2 if option == "none" else None)
    assert len(scalers) == (option != "none")
    for spec in scalers:
        fewest, use = (3, 70) if option == "full" else (2, 80)
        assert (spec["minReplicas"], spec["maxReplicas"]) == (fewest, 9)
        assert spec["scaleTargetRef"]["name"] == one(found, "Deployment")["metadata"]["name"]
        (metric,) = spec["metrics"]
        assert metric["resource"]["target"]["averageUtilization"] == use


def gpus_are_asked_for(found: list[dict[str, Any]], row: Row) -> None:
    """GPU and image go together; what else a container asks for stays."""
    pod, server = one(found, "Deployment")["spec"]["template"]["spec"], container(found)
    limits = {"nvidia.com/gpu": 2 if row["gpu"] == "full" else 1} if row["gpu"] != "none" else {}
    if row.get("resources") == "set":
        limits |= {"memory": "4Gi"}
        assert server["resources"]["requests"] == {"cpu": 1}
    assert server.get("resources", {}).get("limits", {}) == limits
    assert server["image"].endswith("-gpu") == (row["gpu"] != "none")
    assert pod.get("nodeSelector") == ({"gpu": "yes"} if row["gpu"] == "full" else None)
    keys = {"none": None, "plain": "nvidia.com/gpu", "full": "gpu"}
    assert [item["key"] for item in pod.get("tolerations", ())] == [
        key for key in [keys[row["gpu"]]] if key
    ]


def the_account_is_one(found: list[dict[str, Any]], row: Row) -> None:
    """The pods run as the ServiceAccount that is there."""
    account = one(found, "ServiceAccount")["metadata"]
    option = row.get("serviceAccount", "none")
    assert account["name"] == ("me" if option == "name" else "tf-serving")
    role = account.get("annotations", {}).get("eks.amazonaws.com/role-arn")
    assert role == (ROLE if option == "role" else None)
    pod = one(found, "Deployment")["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == account["name"]


def metrics_are_found(found: list[dict[str, Any]], row: Row) -> None:
    """One way to be scraped, and never two."""
    notes = one(found, "Deployment")["spec"]["template"]["metadata"].get("annotations", {})
    scrape = {"on": "true", "operator": "false"}.get(row["monitoring"])
    assert notes.get("prometheus.io/scrape") == scrape
    assert notes.get("prometheus.io/path") == (path_of(row) if scrape else None)
    agents = [item for item in found if item["kind"] == "PodMonitor"]
    assert len(agents) == (row["monitoring"] == "operator" and has_agent(row))
    monitors = [item for item in found if item["kind"] == "ServiceMonitor"]
    assert len(monitors) == (row["monitoring"] == "operator")
    for monitor in monitors:
        (endpoint,) = monitor["spec"]["endpoints"]
        service = one(found, "Service")
        assert endpoint["path"] == "/metrics"
        assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
        selector = monitor["spec"]["selector"]["matchLabels"]
        assert selector.items() <= service["metadata"]["labels"].items()


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_an_example_environment_builds_and_is_its_golden_folder(name, golden, tmp_path):
    """What a newcomer copies works as it stands."""
    found = load.load(texts(ROOT), name)
    _, objects = built(found, tmp_path)

    state = replace(a_lock(MODELS), environment=name, source=found.source.url)
    golden(f"env-{name}", overlay.generated(found, state, T))
    pod = one(objects, "Deployment")["spec"]["template"]["spec"]
    assert list(violations(pod)) == []


def test_the_rows_have_every_pair_and_stay_few():
    """The matrix is read from the axes: an option that no row has is tested nowhere."""
    for (a, ours), (b, theirs) in itertools.combinations(AXES.items(), 2):
        pairs = {(row[a], row[b]) for row in ROWS}
        assert pairs == set(itertools.product(ours, theirs))
    assert len(ROWS) < 50


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
