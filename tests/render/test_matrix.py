"""Every pair of options of an environment builds, is valid and keeps the rules."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import text_format
from msgspec.structs import replace

from generator.environment import checks, load
from generator.environment.project_folder import texts
from generator.render import overlay
from generator.serving.tensorflow_serving_pb2 import BatchingParameters, MonitoringConfig
from tests.kit.manifests import (
    MODELS,
    a_lock,
    argument,
    config_is_hot_reloaded,
    container,
    one,
    start_files_roll_the_pods,
    the_store_is_where_base_paths_say,
    volumes,
)
from tests.kit.matrix import (
    ACCESS,
    AXES,
    LABELS,
    ROLE,
    ROOT,
    ROWS,
    Row,
    T,
    built,
    environment,
    has_agent,
    has_secret,
    pulls,
)
from tests.kit.pod_security import violations


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


def keeps_the_rules(row: Row, folder: Path) -> None:
    """Check what *row* makes; each helper looks at one thing."""
    chosen = environment(row)
    assert list(checks.problems(chosen)) == []
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
    the_network_is_as_the_environment_says(found, row)
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
    assert ("models" in options) == pulls(row)
    the_download_has_a_volume(found, row, options)


def the_network_is_as_the_environment_says(found: list[dict[str, Any]], row: Row) -> None:
    """Who comes in is narrowed where it says so, who goes out also where agents download."""
    policy = one(found, "NetworkPolicy")["spec"]
    is_set = row.get("networkPolicy") == "set"
    assert ("from" in policy["ingress"][0]) == is_set
    assert ("egress" in policy) == (is_set or pulls(row))
    ports = [port["port"] for rule in policy["ingress"] for port in rule["ports"]]
    assert ports.count(9090) == has_agent(row)
    extra = is_set and row["monitoring"] in {"on", "operator"}
    assert ports.count("http") == 1 + extra


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
    env = [it for it in agent.get("env", ()) if not it["name"].startswith("AGENT_")]
    names = [item["valueFrom"]["secretKeyRef"]["name"] for item in env]
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
        [service] = [
            it for it in found if it["kind"] == "Service" and it["spec"].get("clusterIP") is None
        ]
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
