"""Environments and what they render to: builders, and the rules that every manifest keeps."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from google.protobuf import text_format
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
from generator.lock.lock import Lock, ServedModel
from generator.render import overlay
from generator.render.scaffold import scaffold_of
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
    keys: dict[str, Any] = {"image": "tensorflow/serving:2.19.1", "s3": kind == "s3-direct"}
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
    for unit in scaffold_of(environment, templates).values():
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
