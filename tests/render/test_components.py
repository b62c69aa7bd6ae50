"""What each component is for, and that a person's edits of the scaffold survive."""

import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

from generator import __version__
from generator.cli import main
from generator.environment import load
from generator.environment.environment import Environment, Pull
from generator.environment.project_folder import texts
from generator.environment.serving import Autoscaling, Gpu, Monitoring, ServiceAccount, Tls
from generator.render import kustomize_build, overlay
from generator.render.templates import Templates
from tests.kit.kubernetes import build, validate
from tests.kit.project import ProjectFolder
from tests.render.test_overlay import (
    MODELS,
    SOURCES,
    a_lock,
    an_environment,
    argument,
    container,
    objects,
    one,
    rendered,
    volumes,
)

T = Templates()
COMPONENTS = "components"
ROOT = Path(__file__).parents[2]


def scaffolded(path: str) -> str:
    """A scaffolded file, as text."""
    return rendered(an_environment())[path].decode()


# --- a person's edits -------------------------------------------------------------------


def edit(folder: Path, path: str, old: str, new: str) -> None:
    """Replace *old*, which is there once, in a file of the repository."""
    text = (folder / path).read_text()
    assert text.count(old) == 1
    (folder / path).write_text(text.replace(old, new))


def synced(folder: Path, environment: Environment, models: Any = MODELS) -> list[dict[str, Any]]:
    """What a cluster gets after a further sync, which writes `generated` and nothing else."""
    for name, data in overlay.generated(environment, a_lock(models), T).items():
        (folder / name).write_bytes(data)
    return build(folder / "overlays/prod")


def test_what_a_person_changes_survives_every_sync(tmp_path):
    """In base/, in components/ and in the overlay's own kustomization, whatever is released."""
    environment = an_environment(
        autoscaling=Autoscaling(max_replicas=4), gpu=Gpu(), monitoring=Monitoring()
    )
    objects(tmp_path, rendered(environment))
    edit(tmp_path, "base/deployment.yaml", "failureThreshold: 1800", "failureThreshold: 2700")
    scaler = "components/autoscaling/horizontalpodautoscaler.yaml"
    edit(tmp_path, scaler, "averageUtilization: 80", "averageUtilization: 55")
    edit(tmp_path, scaler, "stabilizationWindowSeconds: 900", "stabilizationWindowSeconds: 60")
    edit(tmp_path, "components/gpu/kustomization.yaml", "key: nvidia.com/gpu", "key: mine")
    own = tmp_path / "overlays/prod/kustomization.yaml"
    document = yaml.safe_load(own.read_text())
    operation = [{"op": "add", "path": "/spec/maxReplicas", "value": 77}]
    target = {"kind": "HorizontalPodAutoscaler"}
    document["patches"] = [{"target": target, "patch": yaml.safe_dump(operation)}]
    own.write_text(yaml.safe_dump(document))

    for models in (MODELS, MODELS[1:]):
        found = synced(tmp_path, environment, models)
        pod = one(found, "Deployment")["spec"]["template"]["spec"]
        spec = one(found, "HorizontalPodAutoscaler")["spec"]
        assert container(found)["startupProbe"]["failureThreshold"] == 2700
        assert spec["metrics"][0]["resource"]["target"]["averageUtilization"] == 55
        assert spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 60
        assert spec["maxReplicas"] == 77
        assert [item["key"] for item in pod["tolerations"]] == ["mine"]


@pytest.mark.parametrize(
    ("component", "serving"),
    [
        ("autoscaling", {"autoscaling": Autoscaling(max_replicas=4)}),
        ("monitoring/operator", {"monitoring": Monitoring(service_monitor=True)}),
    ],
)
def test_an_object_that_a_person_took_out_is_not_missed(component, serving, tmp_path):
    """Somebody who scales by KEDA, or has a PodMonitor, puts that in its place."""
    environment = an_environment(**serving)
    objects_before = {item["kind"] for item in built(tmp_path, environment)}
    folder = tmp_path / COMPONENTS / component
    document = yaml.safe_load((folder / "kustomization.yaml").read_text())
    document["resources"] = ["own.yaml"]
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(document))
    (folder / "own.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: own}}")

    left = {item["kind"] for item in synced(tmp_path, environment)}
    (gone,) = objects_before - left
    assert gone in {"HorizontalPodAutoscaler", "ServiceMonitor"}


def built(folder: Path, environment: Environment) -> list[dict[str, Any]]:
    """What Kustomize makes of the first sync."""
    for name, data in rendered(environment).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return build(folder / "overlays/prod")


def test_a_key_that_is_taken_out_leaves_nothing_behind(tmp_path):
    """The component stays in the repository, and is not wired in."""
    keys = {"tls": Tls("x"), "gpu": Gpu(), "service_account": ServiceAccount("me")}
    before = built(tmp_path / "before", an_environment())
    built(tmp_path / "after", an_environment(**keys))

    assert synced(tmp_path / "after", an_environment()) == before


# --- gpu --------------------------------------------------------------------------------


def test_the_gpu_image_takes_the_place_of_the_image(tmp_path):
    """Models that were converted for TensorRT run on no other."""
    plain, image = an_environment(gpu=Gpu()), "tensorflow/serving:2.19.1-gpu"
    gpu = an_environment(gpu=Gpu(image=image, resource="amd.com/gpu", count=4))

    assert container(built(tmp_path / "plain", plain))["image"] == "tensorflow/serving:2.19.1"
    server = container(built(tmp_path / "gpu", gpu))
    assert server["image"] == image
    assert server["resources"] == {"limits": {"amd.com/gpu": 4}}


@pytest.mark.parametrize(
    ("gpu", "tolerated", "selector"),
    [
        (Gpu(node_selector={"a": "b"}), "nvidia.com/gpu", {"a": "b"}),
        (Gpu(tolerations=({"key": "mine"},)), "mine", None),
    ],
)
def test_tolerations_and_node_selector_are_set_one_by_one(gpu, tolerated, selector, tmp_path):
    """What an environment does not set is left to the component."""
    pod = one(built(tmp_path, an_environment(gpu=gpu)), "Deployment")["spec"]["template"]["spec"]

    assert [item["key"] for item in pod["tolerations"]] == [tolerated]
    assert pod.get("nodeSelector") == selector


def test_the_cache_of_compiled_kernels_fits_into_its_volume(tmp_path):
    """A pod that fills a volume over its limit is evicted."""
    found = built(tmp_path, an_environment(gpu=Gpu()))
    env = {item["name"]: item["value"] for item in container(found)["env"]}
    (tmp,) = (item for item in volumes(found) if item["name"] == "tmp")
    mounts = {item["mountPath"] for item in container(found)["volumeMounts"]}

    assert str(Path(env["CUDA_CACHE_PATH"]).parent) in mounts
    assert tmp["emptyDir"]["sizeLimit"] == "1Gi"
    assert int(env["CUDA_CACHE_MAXSIZE"]) <= 2**29


# --- autoscaling ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replicas", "fewest", "expected"), [(0, None, 1), (3, None, 3), (3, 1, 1), (0, 2, 2)]
)
def test_an_autoscaler_starts_from_the_replicas_and_never_from_no_pod(
    replicas, fewest, expected, tmp_path
):
    """Without a pod there is no CPU use, and nothing would ever scale up."""
    scaling = Autoscaling(max_replicas=9, min_replicas=fewest)
    found = built(tmp_path, an_environment(replicas=replicas, autoscaling=scaling))

    assert one(found, "HorizontalPodAutoscaler")["spec"]["minReplicas"] == expected
    assert "replicas" not in one(found, "Deployment")["spec"]


# --- tls --------------------------------------------------------------------------------


def ssl_config() -> Any:
    """The server's SSLConfig message (F97), which its Python package does not have."""
    file = descriptor_pb2.FileDescriptorProto(name="ssl.proto", syntax="proto3")
    message = file.message_type.add(name="SSLConfig")
    for number, name in enumerate(("server_key", "server_cert", "custom_ca"), 1):
        message.field.add(name=name, number=number, type=9, label=1)
    message.field.add(name="client_verify", number=4, type=8, label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("SSLConfig"))()


def test_the_recipe_in_the_component_makes_an_ssl_config(tmp_path):
    """People run what is written there; it must give what a server parses."""
    pem = "-----BEGIN {0}-----\nMIIB/+aA==\n{0}\n-----END {0}-----\n"
    for name in ("tls.key", "tls.crt", "ca.crt"):
        (tmp_path / name).write_text(pem.format(name))
    comment = re.findall(r"(?m)^#   (.*)$", scaffolded("components/tls/kustomization.yaml"))
    client = re.search(
        r"(?m)^# To ask .*: ({.*})$", scaffolded("components/tls/kustomization.yaml")
    )
    assert client
    commands = [*comment[:2], f"{client[1]} >> ssl.config"]
    subprocess.run(["sh", "-ec", "\n".join(commands)], cwd=tmp_path, check=True)

    config = text_format.Parse((tmp_path / "ssl.config").read_text(), ssl_config())
    assert config.server_key == pem.format("tls.key")
    assert config.server_cert == pem.format("tls.crt")
    assert config.custom_ca == pem.format("ca.crt")
    assert config.client_verify is True


def test_probes_need_no_certificate(tmp_path):
    """They open a connection and say nothing, with TLS or without."""
    server = container(built(tmp_path, an_environment(tls=Tls("x"))))
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert set(server[probe]) & {"tcpSocket", "grpc", "httpGet", "exec"} == {"tcpSocket"}


# --- serviceAccount ---------------------------------------------------------------------


def test_a_service_account_has_its_name_and_its_role(tmp_path):
    """The pods and the object have one name; EKS reads the annotation, and projects its token."""
    role = "arn:aws:iam::123456789012:role/models"
    found = built(tmp_path, an_environment(service_account=ServiceAccount("models", role)))
    account = one(found, "ServiceAccount")

    assert account["metadata"]["name"] == "models"
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": role}
    pod = one(found, "Deployment")["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "models"
    assert pod["automountServiceAccountToken"] is False


# --- monitoring -------------------------------------------------------------------------

EXPORTED = {"load_attempt_count", "load_latency"}


def test_the_scrape_config_finds_the_port_and_the_path_of_the_pods(tmp_path):
    """It keeps the container and port that the Deployment has, and reads its annotations."""
    found = built(tmp_path, an_environment(monitoring=Monitoring(path="/m")))
    scrape, _ = yaml.safe_load(scaffolded("components/monitoring/scrape.yaml"))["scrape_configs"]
    keeps = {tuple(rule["source_labels"]): rule for rule in scrape["relabel_configs"]}
    pod = one(found, "Deployment")["spec"]["template"]["metadata"]

    (sd,) = scrape["kubernetes_sd_configs"]
    key, _, value = sd["selectors"][0]["label"].partition("=")
    assert pod["labels"][key] == value
    meta = "__meta_kubernetes_pod_"
    kept = keeps[f"{meta}container_name", f"{meta}container_port_name"]
    server = container(found)
    ports = {f"{server['name']};{port['name']}": port["containerPort"] for port in server["ports"]}
    assert ports[kept["regex"]] == int(argument(found, "rest_api_port"))
    assert str(ports[kept["regex"]]) == pod["annotations"]["prometheus.io/port"]
    for name in ("scrape", "path"):
        assert f"prometheus.io/{name}" in pod["annotations"]
        assert (f"{meta}annotation_prometheus_io_{name}",) in keeps


def test_the_alerts_ask_for_metrics_that_a_server_has():
    """An alert on a name that nothing exports never fires."""
    group, _ = yaml.safe_load(scaffolded("components/monitoring/rules.yaml"))["groups"]
    text = " ".join(rule["expr"] for rule in group["rules"])

    names = set(re.findall(r":tensorflow:cc:saved_model:([a-z_]+)", text))
    assert names <= EXPORTED
    assert not re.findall(r":tensorflow:(?!cc:saved_model:)\S+", text)
    assert set(re.findall(r'status="(\w+)"', text)) == {"fail", "success"}
    for rule in group["rules"]:
        assert rule["expr"].count("(") == rule["expr"].count(")")
        assert {"summary", "description"} <= rule["annotations"].keys()
        assert "$labels.pod" in rule["annotations"]["summary"]


def test_the_alert_on_a_server_that_is_down_names_its_job():
    """The job is that of the scrape config, and of a ServiceMonitor: the Service's name."""
    jobs = yaml.safe_load(scaffolded("components/monitoring/scrape.yaml"))["scrape_configs"]
    text = scaffolded("components/monitoring/rules.yaml")
    service = yaml.safe_load(scaffolded("base/service.yaml"))["metadata"]["name"]

    names = [job["job_name"] for job in jobs]
    assert re.findall(r'job="([^"]*)"', text) == names == [service, f"{service}-agent"]


@pytest.mark.parametrize(
    ("path", "data", "told"),
    [
        ("base/kustomization.yaml", b"resources: [gone.yaml]\n", "gone.yaml"),
        ("overlays/dev/kustomization.yaml", b"{", "invalid Kustomization"),
    ],
)
def test_an_overlay_that_a_person_broke_is_told_before_the_commit(
    tmp_path, origin, monkeypatch, path, data, told
):
    """`plan` and `sync` warn: Flux and Argo CD would apply nothing of it."""
    tools = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment(policy=[{"match": "*", "versions": {"latest": 2}}])
    project.publish("a", 1)
    assert "does-not-build" not in project.run("sync").stdout
    origin.commit({f"tf-serving/{path}": data}, "by a person")
    project.publish("a", 2)

    plan, sync = project.run("plan", "dev"), project.run("sync")

    for result in (plan, sync):
        assert (
            "warning: does-not-build: tf-serving/overlays/dev: kubectl kustomize:" in result.stdout
        )
        assert told in result.stdout


def test_without_a_tool_nothing_is_tried(tmp_path, origin, monkeypatch):
    """A machine that only syncs needs no kubectl."""
    monkeypatch.setattr(kustomize_build.shutil, "which", lambda _: None)

    assert kustomize_build.build_problem(pytest.fail, "x") is None


def with_agent(folder: Path, access: str = "mount", **source: Any) -> list[dict[str, Any]]:
    """Return what Kustomize makes of an environment whose servers have an agent beside them."""
    plain = an_environment("s3-csi")
    where = dataclasses.replace(plain.source, access=access, **source)
    serving = dataclasses.replace(plain.serving, agent=True)
    return objects(folder, rendered(dataclasses.replace(plain, source=where, serving=serving)))


def test_an_agent_stands_between_git_and_the_server(tmp_path):
    """It is there before the server starts, and the server polls what it writes."""
    pod = one(found := with_agent(tmp_path), "Deployment")["spec"]["template"]["spec"]
    [agent], server = pod["initContainers"], container(found)

    assert agent["restartPolicy"] == "Always"
    assert agent["args"][0] == "agent"
    assert "--models=/models" not in agent["args"]
    assert agent["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert agent["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert "--model_config_file=/config/served/models.config" in server["args"]
    served = {"name": "served", "mountPath": "/config/served", "readOnly": True}
    assert served in server["volumeMounts"]
    assert {"name": "served", "mountPath": "/config/served"} in agent["volumeMounts"]


def test_the_agent_gets_the_lock_by_a_config_map_of_its_own(tmp_path):
    """With a stable name: a change of it must not roll the pods."""
    found = with_agent(tmp_path)
    names = {item["metadata"]["name"] for item in found if item["kind"] == "ConfigMap"}
    pod = one(found, "Deployment")["spec"]["template"]["spec"]
    [desired] = [volume for volume in pod["volumes"] if volume["name"] == "desired"]

    mounted = {source["configMap"]["name"] for source in desired["projected"]["sources"]}
    assert mounted == {"tf-serving-models", "tf-serving-lock"} <= names


def test_an_agent_that_pulls_has_room_and_credentials(tmp_path):
    """The server sees what is downloaded, read-only; the Secret is named and never rendered."""
    secret = {"credentials_secret": "store", "endpoint": "https://minio.example"}
    found = with_agent(tmp_path, "pull", mount=None, **secret)
    [agent] = one(found, "Deployment")["spec"]["template"]["spec"]["initContainers"]
    server = container(found)

    assert {"--models=/models", "--endpoint=https://minio.example"} <= set(agent["args"])
    assert {"name": "models", "mountPath": "/models"} in agent["volumeMounts"]
    assert {"name": "models", "mountPath": "/models", "readOnly": True} in server["volumeMounts"]
    secrets = {item["valueFrom"]["secretKeyRef"]["name"] for item in agent["env"]}
    assert secrets == {"store"}


@pytest.mark.parametrize("version", ["1.29", "1.30", "1.33", "1.35"])
def test_the_manifests_are_valid_from_the_release_that_runs_native_sidecars(tmp_path, version):
    """1.28 knows the key, and drops it unless a feature gate is on."""
    found = objects(tmp_path, rendered(an_environment("s3-pull")))

    validate(found, version=version)
    with pytest.raises(AssertionError, match="restartPolicy"):
        validate(found, version="1.27")
    assert "Kubernetes 1.29" in (ROOT / "templates/components/agent/kustomization.yaml").read_text()


@pytest.mark.parametrize("size", ["10Gi", 10 * 2**30])
def test_a_download_has_room_on_the_node_unless_a_storage_class_is_named(tmp_path, size):
    """Each pod has a volume of its own: one agent removes what another pod still serves."""
    source = dataclasses.replace(SOURCES["s3-pull"], pull=Pull(size=size))
    environment = dataclasses.replace(an_environment("s3-pull"), source=source)
    found = objects(tmp_path, rendered(environment))

    [own] = [item for item in volumes(found) if item["name"] == "models"]
    assert own == {"name": "models", "emptyDir": {"sizeLimit": size}}


def test_the_page_on_clusters_turns_the_agent_on(tmp_path):
    """What it says, done to what `init` wrote: `check` takes it, and pods have that image."""
    page = (ROOT / "docs/cluster.md").read_text().partition("## 7.")[2]
    images, spec = (
        yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    )
    fleet = tmp_path / "fleet"
    CliRunner().invoke(
        main, ["init", str(fleet), "--store", "s3://models", "--region", "eu-west-1"]
    )
    file = fleet / "environments/dev.yaml"
    written = yaml.safe_load(file.read_text())
    del written["spec"]["source"]["mount"]
    for key in ("source", "serving"):
        written["spec"][key] |= spec["spec"][key]
    file.write_text(yaml.safe_dump(written))

    checked = CliRunner().invoke(main, ["-C", str(fleet), "check", "dev"])
    environment = load.load(texts(fleet), "dev")
    files = {
        path: data
        for unit in overlay.scaffold(environment, T).values()
        for path, data in unit.items()
    }
    component = yaml.safe_load(files["components/agent/kustomization.yaml"])
    files["components/agent/kustomization.yaml"] = yaml.safe_dump(component | images).encode()
    files |= overlay.generated(environment, a_lock(), T)
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    found = build(tmp_path / "overlays/dev")

    assert (checked.exit_code, checked.stdout) == (0, "environments/dev.yaml: ok\n")
    [agent] = one(found, "Deployment")["spec"]["template"]["spec"]["initContainers"]
    assert agent["image"] == f"registry.example/tfs-gitops:{__version__}"
    [own] = [item for item in volumes(found) if item["name"] == "models"]
    assert own["emptyDir"] == {"sizeLimit": "50Gi"}


def test_with_an_agent_a_sync_commits_what_is_wanted_in_one_step(tmp_path, origin):
    """The steps are the agent's: Git holds the wanted state."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment(serving={"agent": True})
    project.publish("a", 1)
    project.run("sync")
    project.publish("a", 2)

    result = project.run("sync")

    assert "versions 1 -> 2" in result.stdout
    assert "deferred" not in result.stdout


def test_without_an_agent_there_is_none(tmp_path):
    """Its component is scaffolded and not used."""
    found = objects(tmp_path, rendered(an_environment("s3-csi")))

    assert "initContainers" not in one(found, "Deployment")["spec"]["template"]["spec"]
    assert "tf-serving-lock" not in {item["metadata"]["name"] for item in found}


@pytest.mark.parametrize("text", ["hello: [", "", "- a list", "kind: Deployment"])
def test_a_template_that_renders_no_manifest_is_refused(tmp_path, origin, text):
    """Before a commit, also where nothing can build it."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)
    own = project.root / "templates/overlay/generated/deployment.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(text)

    result = project.run("sync")

    assert result.exit_code == 3
    assert "templates/overlay/generated/deployment.yaml" in result.stderr
    assert len(origin.log()) == 1


def test_environments_in_one_namespace_are_told(tmp_path, origin):
    """In one cluster they would be the same objects."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment("dev", serving={"namespace": "one"})
    project.environment("prod", serving={"namespace": "one"})
    project.environment("other", serving={"namespace": "two"})

    result = project.run("check")

    assert result.exit_code == 0
    assert result.stderr.count("shared-namespace") == 1
    assert "'one' is the namespace of 'dev' too" in result.stderr


@pytest.mark.parametrize("kind", ["s3-csi", "gcsfuse"])
def test_a_mount_shows_the_bucket_that_is_proven(tmp_path, kind):
    """An attribute cannot put another one in its place."""
    plain = an_environment(kind)
    mount = dataclasses.replace(plain.source.mount, attributes={"bucketName": "evil"})
    source = dataclasses.replace(plain.source, mount=mount)

    files = rendered(dataclasses.replace(plain, source=source))

    assert not any(b"evil" in data for data in files.values())


@pytest.mark.parametrize("make", ["link", "folder"])
def test_an_override_that_cannot_be_read_is_not_passed_over(tmp_path, origin, make):
    """A person's hardening must not vanish from the next commit."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)
    own = project.root / "templates/overlay/generated/deployment.yaml"
    own.parent.mkdir(parents=True)
    if make == "link":
        own.symlink_to("/nonexistent")
    else:
        own.mkdir()

    result = project.run("sync")

    assert result.exit_code == 3
    assert f"{own}: not a file that can be read" in result.stderr
    assert len(origin.log()) == 1
