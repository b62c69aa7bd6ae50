"""`generator.render.components`: each component, built by Kustomize."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from msgspec.structs import replace

from generator.environment.serving import Autoscaling, Gpu, Monitoring, ServiceAccount, Tls
from tests.kit.manifests import (
    an_environment,
    argument,
    container,
    one,
    rendered,
    volumes,
)
from tests.kit.overlays import built, scaffolded
from tests.kit.project import ProjectFolder


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
    mount = replace(plain.source.mount, attributes={"bucketName": "evil"})
    source = replace(plain.source, mount=mount)

    files = rendered(replace(plain, source=source))

    assert not any(b"evil" in data for data in files.values())
