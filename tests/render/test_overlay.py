"""What is rendered: golden folders, real Kustomize builds, and rules on every object."""

import copy
import hashlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import text_format
from hypothesis import example, given
from hypothesis import strategies as st
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from generator.catalog.catalog import IndexRef, Version
from generator.environment.delivery import Delivery
from generator.environment.environment import (
    GCS_DRIVER,
    S3_DRIVER,
    Environment,
    Mount,
    Pull,
    Source,
)
from generator.environment.serving import (
    Autoscaling,
    Batching,
    Gpu,
    Monitoring,
    Polling,
    ServerSpec,
    ServiceAccount,
    Tls,
)
from generator.errors import InvalidInputError
from generator.lock import paths
from generator.lock.lock import Lock, ServedModel
from generator.plan import capacity
from generator.render import overlay
from generator.render.templates import Templates
from tests.kit.kubernetes import build, validate

SOURCES = {
    "claim": Source("file:///srv/models", access="mount", mount=Mount(claim_name="models")),
    "s3-csi": Source(
        "s3://models/team/prod",
        endpoint="https://minio.example",
        region="eu-west-1",
        access="mount",
        mount=Mount(driver=S3_DRIVER, attributes={"authenticationSource": "pod"}),
    ),
    "gcsfuse": Source(
        "gs://models/team",
        access="mount",
        mount=Mount(driver=GCS_DRIVER, attributes={"mountOptions": "file-cache:max-size-mb:-1"}),
    ),
    "gs-direct": Source("gs://models/team", credentials_secret="tf-serving-store"),
    "s3-pull": Source(
        "s3://models/team",
        endpoint="https://minio.example",
        region="eu-west-1",
        access="pull",
        pull=Pull(size="200Gi", storage_class="fast"),
        credentials_secret="tf-serving-store",
    ),
    "s3-direct": Source(
        "s3://models",
        endpoint="http://minio.example:9000/",
        access="direct",
        credentials_secret="tf-serving-store",
    ),
}
BATCHING = Batching(
    max_batch_size=128,
    batch_timeout_micros=0,
    max_enqueued_batches=1000,
    num_batch_threads=4,
    thread_pool_name="batch",
    allowed_batch_sizes=(32, 128),
    enable_large_batch_splitting=True,
    max_execution_batch_size=128,
)
DEPLOYMENT = "overlays/prod/generated/deployment.yaml"
RESOURCES = {
    "requests": {"cpu": "500m", "memory": "1e9", "nvidia.com/gpu": 1},
    "limits": {"memory": "4Gi", "nvidia.com/gpu": 1},
}


def version(base_path: str, number: int) -> Version:
    """A version with made-up proof."""
    return Version(
        base_path=base_path,
        directory=str(number),
        index=IndexRef(f"index-{base_path.replace('/', '-')}-{number}.csv", "e" * 32),
        digest="sha256:" + "0" * 64,
        objects=3,
        bytes=4096,
        published=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        warmup=False,
    )


def served(name: str, *numbers: int, base_path: str = "", **labels: int) -> ServedModel:
    """A model as it is to be served."""
    base_path = base_path or name
    versions = tuple(version(base_path, number) for number in numbers)
    return ServedModel(name, base_path, versions, tuple(sorted(labels.items())), "sha256:1")


MODELS = (
    served("bert", 7, base_path="nlp/bert"),
    served("ranker", 1, 2),
    served("resnet", 50, 101, stable=50, canary=101),
)


def an_environment(kind: str = "claim", **serving: Any) -> Environment:
    """An environment whose servers see the store as *kind* says."""
    keys = {"image": "tensorflow/serving:2.19.1", "s3": kind == "s3-direct"}
    keys |= {"agent": kind == "s3-pull"} | serving
    beside = Polling.beside(agent=keys["agent"], access=SOURCES[kind].effective_access)
    return Environment(
        name="prod",
        file="environments/prod.yaml",
        source=SOURCES[kind],
        delivery=Delivery("https://git.example/fleet.git"),
        serving=ServerSpec(**{"polling": beside} | keys),
        policy=(),
    )


def a_lock(models: tuple[ServedModel, ...] = MODELS) -> Lock:
    """What is served, of *models*."""
    return Lock("prod", "s3://models", models)


def rendered(
    environment: Environment,
    models: tuple[ServedModel, ...] = MODELS,
    templates: Templates | None = None,
) -> dict[str, bytes]:
    """All files, as a first sync commits them."""
    templates = templates or Templates()
    files = dict(overlay.generated(environment, a_lock(models), templates))
    for unit in overlay.scaffold(environment, templates).values():
        files |= unit
    return files


def objects(folder: Path, files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """What Kustomize makes of *files*; each object is valid, and is named once."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    found = build(folder / "overlays/prod")
    validate(found)
    return found


def one(found: list[dict[str, Any]], kind: str, name: str = "") -> dict[str, Any]:
    """The only object of *kind* whose name starts with *name*."""
    (single,) = (
        item for item in found if item["kind"] == kind and item["metadata"]["name"].startswith(name)
    )
    return single


def container(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The server's container."""
    (single,) = one(found, "Deployment")["spec"]["template"]["spec"]["containers"]
    return single


T = Templates()

# --- golden folders ---------------------------------------------------------------------

FULL = {
    "batching": BATCHING,
    "monitoring": Monitoring(),
    "resources": RESOURCES,
    "flags": {"num_load_threads": 8, "saved_model_tags": "serve", "enable_profiler": False},
}


EVERY_COMPONENT = {
    "gpu": Gpu(
        count=2,
        image="tensorflow/serving:2.19.1-gpu",
        memory_fraction=0.9,
        node_selector={"cloud.google.com/gke-accelerator": "nvidia-l4"},
        tolerations=({"key": "nvidia.com/gpu", "operator": "Equal", "value": "present"},),
    ),
    "monitoring": Monitoring(path="/metrics", service_monitor=True),
    "tls": Tls("tf-serving-tls"),
    "service_account": ServiceAccount("models", "arn:aws:iam::123456789012:role/models"),
    "autoscaling": Autoscaling(max_replicas=10, min_replicas=2, target_cpu_utilization=70),
    "tflite": True,
    "warmup": False,
}


@pytest.mark.parametrize(
    ("kind", "serving"),
    [
        ("claim", {}),
        ("s3-csi", FULL),
        ("gs-direct", EVERY_COMPONENT),
        ("s3-direct", {"gpu": Gpu()}),
        ("gcsfuse", {"autoscaling": Autoscaling(max_replicas=4)}),
        ("s3-pull", {"monitoring": Monitoring()}),
    ],
    ids=["claim", "s3-csi", "gs-direct", "s3-direct", "gcsfuse", "s3-pull"],
)
def test_an_environment_renders_to_its_golden_folder(kind, serving, golden):
    """Every rendered byte is looked at by a person in review."""
    golden(f"overlay-{kind}", overlay.generated(an_environment(kind, **serving), a_lock(), T))


def test_the_scaffold_is_its_golden_folder(golden):
    """Base, components and the overlay's own kustomization do not depend on the policy."""
    units = overlay.scaffold(an_environment(), T)
    golden(
        "overlay-scaffold", {path: data for unit in units.values() for path, data in unit.items()}
    )
    assert units == overlay.scaffold(an_environment("s3-csi", **FULL), T)


def test_scaffold_units_are_keyed_by_the_kustomization_that_stands_for_them():
    """A sync looks for the key: where it exists, what is missing beside it was deleted."""
    units = overlay.scaffold(an_environment(), T)

    folders = ("agent", "agent/download", "autoscaling", "gcs-credentials", "gpu", "monitoring")
    folders += ("monitoring/agent", "monitoring/operator", "store-mount", "tls")
    assert set(units) == {
        "base/kustomization.yaml",
        *(f"components/{name}/kustomization.yaml" for name in folders),
        "overlays/prod/kustomization.yaml",
    }
    for key, files in units.items():
        assert key in files
        assert {Path(path).parent for path in files} == {Path(key).parent}


def test_a_sync_owns_the_folder_generated_and_nothing_else():
    """What `generated` returns is below one folder; the scaffold never is."""
    environment = an_environment("s3-csi", **FULL)
    folder = paths.generated_folder("prod")

    assert all(
        path.startswith(f"{folder}/") for path in overlay.generated(environment, a_lock(), T)
    )
    for files in overlay.scaffold(environment, T).values():
        assert not any(path.startswith(f"{folder}/") for path in files)
    assert paths.lock_path("prod") == f"{folder}/models.lock.json"


# --- what every combination of keys keeps; test_matrix.py builds them ---------------


def config_is_hot_reloaded(found: list[dict[str, Any]], files: Mapping[str, bytes]) -> None:
    """The ConfigMap has a stable name and is mounted as a folder."""
    config = one(found, "ConfigMap", "tf-serving-models")
    assert config["metadata"]["name"] == overlay.NAMES["models"]
    assert config["data"] == {
        "models.config": files["overlays/prod/generated/models.config"].decode()
    }
    (volume,) = (item for item in volumes(found) if item["name"] == "models-config")
    assert volume["configMap"] == {"name": overlay.NAMES["models"]}
    mounts = container(found)["volumeMounts"]
    assert not [mount for mount in mounts if "subPath" in mount or "subPathExpr" in mount]
    # With an agent, the server polls what the agent writes.
    volume_name = "served" if is_there(found, overlay.NAMES["lock"]) else "models-config"
    (mount,) = (mount for mount in mounts if mount["name"] == volume_name)
    folder = argument(found, "model_config_file").rpartition("/")[0]
    assert mount["mountPath"] == folder


def is_there(found: list[dict[str, Any]], name: str) -> bool:
    """Whether there is a ConfigMap of that name."""
    return any((item["kind"], item["metadata"]["name"]) == ("ConfigMap", name) for item in found)


def start_files_roll_the_pods(
    found: list[dict[str, Any]], wanted: Mapping[str, object | None]
) -> None:
    """The ConfigMap's hash is in its name, and in the Deployment's volume."""
    names = {name for name, value in wanted.items() if value is not None}
    (volume,) = (item for item in volumes(found) if item["name"] == "start-config")
    if not names:
        assert volume["configMap"] == {"name": overlay.NAMES["start"], "optional": True}
        assert not [
            item["metadata"]["name"]
            for item in found
            if item["kind"] == "ConfigMap" and item["metadata"]["name"].startswith("tf-serving-s")
        ]
        return
    config = one(found, "ConfigMap", "tf-serving-start-")
    assert set(config["data"]) == names
    assert volume["configMap"]["name"] == config["metadata"]["name"]
    flags = {"batching.config": "batching_parameters_file"}
    flags["monitoring.config"] = "monitoring_config_file"
    for name in names:
        assert argument(found, flags[name]) == f"/config/start/{name}"


def the_store_is_where_base_paths_say(found: list[dict[str, Any]], kind: str) -> None:
    """Base paths are below the mount point, or are URLs that the server itself reads."""
    text = one(found, "ConfigMap", "tf-serving-models")["data"]["models.config"]
    config = text_format.Parse(text, ModelServerConfig())
    roots = {"gs-direct": "gs://models/team", "s3-direct": "s3://models"}
    (first, *_) = config.model_config_list.config
    assert first.base_path == f"{roots.get(kind, '/models')}/nlp/bert"
    mounted = [item["mountPath"] for item in container(found)["volumeMounts"]]
    assert ("/models" in mounted) == (kind not in roots)
    if kind == "s3-csi":
        claim, volume = one(found, "PersistentVolumeClaim"), one(found, "PersistentVolume")
        (store,) = (item for item in volumes(found) if item["name"] == "store")
        name = claim["metadata"]["name"]
        assert store["persistentVolumeClaim"] == {"claimName": name, "readOnly": True}
        assert claim["spec"]["volumeName"] == volume["metadata"]["name"]
        assert volume["spec"]["claimRef"] == {"name": name, "namespace": "tf-serving"}
        assert "prefix team/prod/" in volume["spec"]["mountOptions"]
    if kind == "gcsfuse":
        (store,) = (item for item in volumes(found) if item["name"] == "store")
        options = store["csi"]["volumeAttributes"]["mountOptions"].split(",")
        assert options == ["implicit-dirs", "only-dir=team", "file-cache:max-size-mb:-1"]
        annotations = one(found, "Deployment")["spec"]["template"]["metadata"]["annotations"]
        assert annotations["gke-gcsfuse/volumes"] == "true"


def volumes(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pod's volumes."""
    found_volumes: list[dict[str, Any]] = one(found, "Deployment")["spec"]["template"]["spec"][
        "volumes"
    ]
    return found_volumes


def argument(found: list[dict[str, Any]], name: str) -> str:
    """The value of a server flag that is there once."""
    (value,) = (
        item.partition("=")[2] for item in container(found)["args"] if item.startswith(f"--{name}=")
    )
    return str(value)


def test_the_server_environment_is_that_of_its_own_s3_reader(tmp_path):
    """Only the first character `0` means off; the endpoint has no scheme."""
    found = objects(tmp_path, rendered(an_environment("s3-direct")))
    values = {item["name"]: item.get("value") for item in container(found)["env"]}
    assert values == {
        "AWS_ACCESS_KEY_ID": None,
        "AWS_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": None,
        "S3_ENDPOINT": "minio.example:9000",
        "S3_USE_HTTPS": "0",
        "S3_VERIFY_SSL": "0",
    }


# --- what a change does to the pods -----------------------------------------------------


def test_a_change_of_models_leaves_the_deployment_alone(tmp_path):
    """Promotions are hot-reloaded: pods stay."""
    environment = an_environment("claim", **FULL)
    before = objects(tmp_path / "before", rendered(environment))
    after = objects(tmp_path / "after", rendered(environment, MODELS[1:]))

    assert one(before, "Deployment") == one(after, "Deployment")
    assert one(before, "ConfigMap", "tf-serving-m") != one(after, "ConfigMap", "tf-serving-m")


def test_a_change_of_a_start_file_rolls_the_pods(tmp_path):
    """A server reads these files only when it starts."""
    before = objects(tmp_path / "before", rendered(an_environment(batching=BATCHING)))
    changed = replace(BATCHING, num_batch_threads=8)
    after = objects(tmp_path / "after", rendered(an_environment(batching=changed)))

    assert one(before, "Deployment") != one(after, "Deployment")
    assert container(before)["args"] == container(after)["args"]


@pytest.mark.parametrize(
    ("change", "is_path"),
    [
        ({}, True),
        ({"addressing": "path"}, True),
        ({"addressing": "virtual"}, False),
        ({"endpoint": None}, False),
        ({"endpoint": None, "addressing": "path"}, True),
        ({"endpoint": None, "addressing": "virtual"}, False),
    ],
    ids=str,
)
def test_a_mount_and_an_agent_name_the_bucket_as_the_sync_does(change, is_path, tmp_path):
    """In the path or in the host name; an agent is told what was written, and has our defaults."""
    mounted, pulling = (
        replace(an_environment(kind), source=replace(SOURCES[kind], **change))
        for kind in ("s3-csi", "s3-pull")
    )

    [volume] = (
        item
        for item in objects(tmp_path / "mount", rendered(mounted))
        if item["kind"] == "PersistentVolume"
    )
    pod = one(objects(tmp_path / "pull", rendered(pulling)), "Deployment")["spec"]["template"]
    [agent] = (it for it in pod["spec"]["initContainers"] if it["name"] == "agent")

    assert ("force-path-style" in volume["spec"]["mountOptions"]) == is_path
    told = [word for word in agent["args"] if word.startswith("--addressing")]
    assert told == ([f"--addressing={change['addressing']}"] if "addressing" in change else [])


@pytest.mark.parametrize(
    "change",
    [
        {"url": "s3://other"},
        {"url": "s3://models/else"},
        {"region": "us-east-1"},
        {"endpoint": None},
    ],
    ids=str,
)
def test_another_source_makes_another_volume_and_claim(change, tmp_path):
    """Kubernetes refuses a change of either: the apply would fail for ever."""
    environment = an_environment("s3-csi")
    other = replace(environment, source=replace(environment.source, **change))
    before = objects(tmp_path / "before", rendered(environment))
    after = objects(tmp_path / "after", rendered(other))

    for kind in ("PersistentVolume", "PersistentVolumeClaim"):
        assert one(before, kind)["metadata"]["name"] != one(after, kind)["metadata"]["name"]
    assert rendered(environment, MODELS[:1]).keys() == rendered(environment).keys()
    store = "overlays/prod/generated/store.yaml"
    assert rendered(environment, MODELS[:1])[store] == rendered(environment)[store]


def test_flux_does_not_substitute_in_our_texts(tmp_path):
    """Flux would substitute `${…}` in a model's path."""
    found = objects(tmp_path, rendered(an_environment(**FULL)))
    maps = [item for item in found if item["kind"] == "ConfigMap"]

    assert len(maps) == 2
    for item in maps:
        annotations = item["metadata"]["annotations"]
        assert annotations["kustomize.toolkit.fluxcd.io/substitute"] == "disabled"


def test_labels_are_not_selectors(tmp_path):
    """`commonLabels` would put labels into selectors, which cannot be changed."""
    files = rendered(an_environment("s3-csi", **FULL))
    found = objects(tmp_path, files)
    own = {"app.kubernetes.io/name": "tf-serving"}

    assert not [path for path, data in files.items() if b"commonLabels" in data]
    assert one(found, "Deployment")["spec"]["selector"] == {"matchLabels": own}
    assert one(found, "Service")["spec"]["selector"] == own
    assert one(found, "PodDisruptionBudget")["spec"]["selector"] == {"matchLabels": own}
    assert one(found, "NetworkPolicy")["spec"]["podSelector"] == {"matchLabels": own}
    pod = one(found, "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert own.items() <= pod.items()


# --- the server's arguments -------------------------------------------------------------


@pytest.mark.parametrize("kind", SOURCES)
def test_the_required_arguments_are_always_there(kind, tmp_path):
    """A server takes `--flag=value` and no other form; the poll is on, labels may dangle."""
    serving = {"polling": Polling(config=30, files=45), "flags": {"grpc_max_threads": 8}}
    found = objects(tmp_path, rendered(an_environment(kind, **serving)))
    arguments = container(found)["args"]

    assert all(item.startswith("--") and "=" in item for item in arguments)
    assert len({item.partition("=")[0] for item in arguments}) == len(arguments)
    expected = {
        "--allow_version_labels_for_unavailable_models=true",
        "--file_system_poll_wait_seconds=45",
        "--grpc_max_threads=8",
        "--model_config_file_poll_wait_seconds=30",
        "--num_load_threads=2",
        "--port=8500",
        "--rest_api_port=8501",
    }
    if kind == "s3-pull":
        expected |= {
            "--load_retry_interval_micros=1000000",
            "--max_num_load_retries=1",
            "--model_config_file=/config/served/models.config",
        }
    else:
        expected |= {"--model_config_file=/config/models/models.config"}
    assert set(arguments) == expected
    ports = {item["name"]: item["containerPort"] for item in container(found)["ports"]}
    assert ports == {"grpc": 8500, "http": 8501}


def test_polling_is_a_minute_unless_it_is_set():
    """A store is asked once a poll: the server's own default of a second is dear."""
    arguments = yaml.safe_load(rendered(an_environment())[DEPLOYMENT])["spec"]["template"]["spec"]
    assert {
        "--file_system_poll_wait_seconds=60",
        "--model_config_file_poll_wait_seconds=60",
    } <= set(arguments["containers"][0]["args"])


# --- the restricted Pod Security Standard -----------------------------------------------

ALLOWED_VOLUMES = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim"),
    *("projected", "secret", "image"),
}
SAFE_SYSCTLS = {"net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies"}


def violations(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield each condition of the restricted Pod Security Standard that a pod fails."""
    pod = spec.get("securityContext", {})
    yield from (key for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key))
    for volume in spec.get("volumes", ()):
        if kinds := set(volume) - {"name"} - ALLOWED_VOLUMES:
            yield f"volume {kinds}"
    if {item["name"] for item in pod.get("sysctls", ())} - SAFE_SYSCTLS:
        yield "sysctls"
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        for item in spec.get(kind, ()):
            yield from container_violations(item, pod)


def container_violations(item: Mapping[str, Any], pod: Mapping[str, Any]) -> Iterator[str]:
    """Yield what *item* fails; some keys are inherited from the pod's own context."""
    own = item.get("securityContext", {})
    both = {**pod, **own}
    capabilities = own.get("capabilities", {})
    conditions = {
        "privileged": not own.get("privileged"),
        "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is False,
        "runAsNonRoot": both.get("runAsNonRoot") is True,
        "runAsUser": both.get("runAsUser") != 0,
        "capabilities.drop": "ALL" in capabilities.get("drop", ()),
        "capabilities.add": set(capabilities.get("add", ())) <= {"NET_BIND_SERVICE"},
        "seccomp": both.get("seccompProfile", {}).get("type") in {"RuntimeDefault", "Localhost"},
        "procMount": own.get("procMount", "Default") == "Default",
        "hostPort": not any(port.get("hostPort") for port in item.get("ports", ())),
        "appArmor": both.get("appArmorProfile", {}).get("type") != "Unconfined",
        "seLinux": not set(both.get("seLinuxOptions", {})) & {"user", "role"},
        "probe host": "host" not in str([item.get(key) for key in PROBES]),
        "windows": not both.get("windowsOptions", {}).get("hostProcess"),
    }
    yield from (name for name, holds in conditions.items() if not holds)


PROBES = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle")


@pytest.mark.parametrize(
    ("path", "value", "condition"),
    [
        (("hostNetwork",), True, "hostNetwork"),
        (("volumes", 0), {"name": "x", "hostPath": {"path": "/"}}, "volume {'hostPath'}"),
        (("securityContext", "runAsNonRoot"), False, "runAsNonRoot"),
        (("securityContext", "runAsUser"), 0, "runAsUser"),
        (("securityContext", "seccompProfile"), {"type": "Unconfined"}, "seccomp"),
        (("containers", 0, "securityContext", "privileged"), True, "privileged"),
        (("containers", 0, "securityContext", "capabilities"), {}, "capabilities.drop"),
        (
            ("containers", 0, "securityContext", "allowPrivilegeEscalation"),
            None,
            "allowPrivilegeEscalation",
        ),
        (("containers", 0, "ports", 0, "hostPort"), 80, "hostPort"),
    ],
)
def test_a_pod_is_refused_for_each_condition_of_the_standard(path, value, condition, tmp_path):
    """The check that every combination passes does find a pod that fails it."""
    found = objects(tmp_path, rendered(an_environment()))
    spec = copy.deepcopy(one(found, "Deployment")["spec"]["template"]["spec"])
    inner: Any = spec
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value

    assert list(violations(spec)) == [condition]


def test_the_server_has_no_token_and_no_writable_root(tmp_path):
    """Beyond the standard: nothing to steal, and nowhere to stay."""
    found = objects(tmp_path, rendered(an_environment()))
    spec = one(found, "Deployment")["spec"]["template"]["spec"]

    assert spec["automountServiceAccountToken"] is False
    assert one(found, "ServiceAccount")["automountServiceAccountToken"] is False
    assert container(found)["securityContext"]["readOnlyRootFilesystem"] is True
    writable = [item["name"] for item in container(found)["volumeMounts"] if "readOnly" not in item]
    assert writable == ["tmp"]


def test_a_rollout_may_take_as_long_as_a_start(tmp_path):
    """A slow load must not be reported as a failed rollout before its probe gives up."""
    found = objects(tmp_path, rendered(an_environment()))
    probe = container(found)["startupProbe"]

    deadline = one(found, "Deployment")["spec"]["progressDeadlineSeconds"]
    assert deadline > probe["periodSeconds"] * probe["failureThreshold"] >= 3600


# --- bytes ------------------------------------------------------------------------------


def test_the_same_state_has_the_same_bytes():
    """Rendering knows no clock, no order of its input, and no state of its own."""
    environment = an_environment("s3-csi", **FULL)
    first = rendered(environment)

    for models in itertools.permutations(MODELS):
        assert rendered(environment, models) == first
        assert rendered(environment, models, Templates()) == first


def digest() -> str:
    """The digest of all files of all kinds of environment."""
    total = hashlib.sha256()
    for kind in SOURCES:
        for name, data in sorted(rendered(an_environment(kind, **FULL)).items()):
            total.update(f"{name}\0".encode() + data)
    return total.hexdigest()


@pytest.mark.parametrize("seed", ["0", "1", "31337"])
def test_bytes_do_not_depend_on_the_hash_seed(seed):
    """The next run is another process: a set's or a dictionary's order must not show."""
    found = subprocess.run(
        [sys.executable, "-c", "from tests.render.test_overlay import digest; print(digest())"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": seed},
    )
    assert found.stdout.strip() == digest()


# --- values cannot break out ------------------------------------------------------------

NASTY = (
    'q"uote',
    "apos'trophe",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "${HOME}",
    "$(HOME)",
    "back\\slash\\n",
    "ünïcödé-名前-🚀",
    "colon: [x] # no comment",
    "line\nfeed\r\n--- \ttab",
    "\u2028\u202e\x01",
    "} config { name: 'x' }",
    "- |\n  a",
)


def test_names_and_paths_cannot_break_out_of_their_texts(tmp_path):
    """TensorFlow's own parser reads from the built ConfigMap what was put in."""
    nasty = (*NASTY, "\u0085")
    models = tuple(served(text, 1, base_path=f"b/{text}", **{text: 1}) for text in nasty)
    found = objects(tmp_path, rendered(an_environment(), models))

    data = one(found, "ConfigMap", "tf-serving-models")["data"]
    config = text_format.Parse(data["models.config"], ModelServerConfig())
    assert {
        item.name: (item.base_path, dict(item.version_labels))
        for item in config.model_config_list.config
    } == {text: (f"/models/b/{text}", {text: 1}) for text in nasty}


def test_values_of_an_environment_cannot_break_out_of_yaml(tmp_path):
    """Each text arrives as it is, and as a text, through Jinja and Kustomize."""
    hard = ["1e3", "0o17", "y", "null", "~", "2026-01-01", "0x1F", "1_000", ".inf", *NASTY]
    for number, text in enumerate(hard):
        claim = Mount(driver=GCS_DRIVER, attributes={"key": text})
        environment = an_environment("gcsfuse", flags={"saved_model_tags": text})
        environment = replace(environment, source=replace(environment.source, mount=claim))
        environment = replace(environment, serving=replace(environment.serving, image=text))
        for name, data in rendered(environment).items():
            path = tmp_path / str(number) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        found = build(tmp_path / str(number) / "overlays/prod")
        (store,) = (item for item in volumes(found) if item["name"] == "store")
        assert store["csi"]["volumeAttributes"]["key"] == text
        # Kubernetes reads `$$(` as `$(`, and would expand `$(HOME)`.
        assert argument(found, "saved_model_tags") == text.replace("$(", "$$(")
        assert container(found)["image"] == text


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=8,
)


@given(value=VALUES, spaces=st.integers(0, 20))
@example(value="long: # " * 500, spaces=8)
@example(value={"k": ["- long\n " * 500]}, spaces=8)
def test_the_filter_yaml_is_right_at_any_indentation(value, spaces, tmp_path_factory):
    """A value reads back as it was, wherever a template puts it."""
    own = tmp_path_factory.getbasetemp() / "filter"
    own.mkdir(exist_ok=True)
    template = (
        f"{' ' * spaces}key:\n{' ' * (spaces + 1)}{{{{ value | yaml | indent({spaces + 1}) }}}}\n"
    )
    (own / "one.yaml").write_text(template)

    text = Templates(own).render("one.yaml", value=value)
    assert yaml.safe_load(text) == {"key": value}
    assert not isinstance(value, str) or text.count("\n") == 2


# --- a person's own templates -----------------------------------------------------------


def override(folder: Path, name: str, text: str) -> Templates:
    """The project's templates with one file shadowed."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return Templates(folder)


def test_an_override_shadows_one_file_and_no_other(tmp_path):
    """A person keeps only the file that differs."""
    templates = override(tmp_path, "base/service.yaml", "# {{ names.deployment }}\n")
    ours, theirs = rendered(an_environment()), rendered(an_environment(), templates=templates)

    assert theirs["base/service.yaml"] == b"# tf-serving\n"
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == ["base/service.yaml"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: {{ nowhere }}\n", 2, "'nowhere' is undefined"),
        ("a: 1\nb: {{ nowhere | yaml }}\n", 2, "'nowhere' is undefined"),
        ("a: 1\n\nb: {{ environment.serving.imgae }}\n", 3, "no attribute 'imgae'"),
        ("a: 1\n\n\nb: {% if %}\n", 4, "Expected an expression"),
        ("a: {{ 1 / 0 }}\n", 1, "division by zero"),
        ("a: {{ environment.serving | yaml }}\n", 1, "cannot represent"),
        ("a: {{ environment.__class__.__mro__ }}\n", 1, "unsafe"),
        ("a: {{ start_files.append('x') }}\n", 1, "unsafe"),
        ("a: {{ 1 + 'x' }}\n", 1, "unsupported operand"),
        ("a: 1\n{% include 'nowhere.yaml' %}\n", 2, "nowhere.yaml"),
    ],
)
def test_a_fault_in_an_override_names_its_file_and_line(text, line, words, tmp_path):
    """A template is input: what is wrong with it is told with its place, and never a bug."""
    templates = override(tmp_path, "overlay/generated/deployment.yaml", text)

    with pytest.raises(InvalidInputError) as caught:
        overlay.generated(an_environment(), a_lock(), templates)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{tmp_path}/overlay/generated/deployment.yaml:{line}: ")
    assert words in problem
    assert caught.value.hint


# --- size -------------------------------------------------------------------------------


def test_a_config_that_no_config_map_holds_is_refused():
    """The message has the number of models, the size, and the way out."""
    models = tuple(served(f"model-{number:05}", 1) for number in range(9000))
    with pytest.raises(InvalidInputError) as caught:
        overlay.generated(an_environment(), a_lock(models), T)

    assert "9000 models, 9000 versions and 1," in str(caught.value)
    assert "a ConfigMap holds 1,048,576" in str(caught.value)
    assert "split the policy" in caught.value.hint


def test_some_thousands_of_models_fit_into_one_config_map(tmp_path):
    """2,700 models with two versions and two labels are built and valid."""
    models = tuple(
        served(f"team-model-{number:04}", 1, 2, stable=1, canary=2) for number in range(2700)
    )
    files = rendered(an_environment(), models)

    assert len(files["overlays/prod/generated/models.config"]) < capacity.CONFIG_MAP_BYTES
    objects(tmp_path, files)
