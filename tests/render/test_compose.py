"""`generator.render.compose`: a project for one machine keeps the rules of a pod."""

import re

import pytest
import yaml
from google.protobuf import text_format
from msgspec.structs import replace
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from generator.environment.arguments import arguments
from generator.environment.environment import Source
from generator.environment.serving import Gpu, Monitoring, Tls
from generator.render import compose
from tests.kit.compose_projects import T, mounts, project_of, rendered, server_of
from tests.kit.manifests import BATCHING, FULL, SOURCES, a_lock, an_environment

MACHINE = {**FULL, "gpu": Gpu(count=2, memory_fraction=0.5), "tls": Tls("tf-serving-tls")}


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        ("folder", "claim", {}),
        ("full", "s3-csi", MACHINE),
        ("agent", "s3-pull", {"monitoring": Monitoring()}),
    ],
)
def test_a_project_is_its_golden_folder(name, kind, values, golden):
    """Every rendered byte is looked at by a person in review."""
    golden(f"compose/{name}", rendered(kind, **values))


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("agent", [True, False])
@pytest.mark.parametrize("values", [{}, {"monitoring": Monitoring()}, MACHINE])
def test_every_project_follows_the_specification_and_keeps_the_rules(kind, agent, values):
    """No service may write its root, gain a right, or be reached from elsewhere by default."""
    project = project_of(rendered(kind, agent=agent, **values))
    named = {
        mount["source"]
        for service in project["services"].values()
        for mount in service.get("volumes", ())
        if mount["type"] == "volume"
    }
    assert named == set(project.get("volumes", ()))
    assert ("agent" in project["services"]) == agent
    for service in project["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["restart"] == "unless-stopped"
        for port in service["ports"]:
            assert port["host_ip"] == "${BIND_ADDRESS:-127.0.0.1}"
        for mount in service.get("volumes", ()):
            assert mount["type"] == "volume" or mount["read_only"]
            assert mount["type"] == "volume" or not mount["bind"]["create_host_path"]


def test_the_server_does_not_run_as_root_and_has_a_place_for_temporary_files():
    """The image's own user is root."""
    server = server_of(rendered())

    assert server["user"] == "${SERVER_USER:-10001:10001}"
    assert server["tmpfs"] == ["/tmp"]  # noqa: S108  the container's own


def test_the_server_has_the_image_and_the_arguments_of_a_pod():
    """Whatever they are: nothing is tuned for the machine."""
    environment = an_environment("s3-csi", **MACHINE)
    server = server_of(rendered("s3-csi", **MACHINE))

    assert server["image"] == environment.serving.effective_image
    assert server["command"] == list(arguments(environment))


def test_each_config_is_where_the_arguments_say():
    """Folders are mounted, and never files: a mounted file keeps its old content."""
    files = rendered("s3-csi", **FULL)
    server = server_of(files)
    wanted = dict(argument[2:].split("=", 1) for argument in server["command"])

    for flag in ("model_config_file", "batching_parameters_file", "monitoring_config_file"):
        folder, _, name = wanted[flag].rpartition("/")
        source = mounts(server)[folder]
        assert f"{source.removeprefix('./')}/{name}" in files


def test_what_is_not_configured_is_not_mounted():
    """A folder that does not exist would stop the server."""
    files = rendered()

    assert set(files) == {
        "compose.yaml",
        "generated/models/models.config",
        "generated/models/models.lock.json",
    }
    assert set(mounts(server_of(files))) == {"/config/models", "/models"}


@pytest.mark.parametrize(
    ("source", "folder"),
    [
        (Source("file:///srv/models"), "/srv/models"),
        (Source("file:///srv/a%20b/$HOME"), "/srv/a b/$$HOME"),
        (SOURCES["s3-csi"], "${MODELS_DIR:-./models}"),
        (Source("s3://models", access="pull"), "${MODELS_DIR:-./models}"),
        (SOURCES["s3-direct"], None),
        (SOURCES["gs-direct"], None),
    ],
)
def test_the_models_are_where_the_base_paths_say(source, folder):
    """A folder store is mounted itself; for a bucket the person names the folder."""
    environment = replace(an_environment(), source=source)
    files = dict(compose.files(environment, a_lock(), T))
    config = text_format.Parse(files["generated/models/models.config"], ModelServerConfig())
    [first, *_] = config.model_config_list.config

    assert mounts(server_of(files)).get("/models") == folder
    assert (first.base_path == "/models/nlp/bert") == (folder is not None)


def test_a_server_that_reads_s3_itself_has_its_settings_and_no_secret():
    """Credentials are those of who starts it; a value that is null is taken over."""
    assert server_of(rendered("s3-direct"))["environment"] == {
        "AWS_ACCESS_KEY_ID": None,
        "AWS_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": None,
        "AWS_SESSION_TOKEN": None,
        "S3_ENDPOINT": "minio.example:9000",
        "S3_USE_HTTPS": "0",
        "S3_VERIFY_SSL": "0",
    }
    assert "environment" not in server_of(rendered())


def test_a_key_for_google_is_a_file_in_a_folder():
    """As in the pod: the environment names a Secret, and the machine has a folder."""
    source = replace(SOURCES["gs-direct"], credentials_secret="gcs")
    environment = replace(an_environment(), source=source)
    server = server_of(dict(compose.files(environment, a_lock(), T)))

    assert server["environment"] == {"GOOGLE_APPLICATION_CREDENTIALS": "/config/gcs/key.json"}
    assert mounts(server)["/config/gcs"] == "${GCS_DIR:-./gcs}"


def test_gpus_are_reserved_where_the_environment_has_them():
    """By the keys that Docker knows; the environment's Kubernetes keys mean nothing here."""
    [device] = server_of(rendered(gpu=Gpu(2)))["deploy"]["resources"]["reservations"]["devices"]

    assert device == {"driver": "nvidia", "count": 2, "capabilities": ["gpu"]}
    assert "deploy" not in server_of(rendered())


def test_no_value_of_an_environment_is_taken_for_a_variable():
    """Compose reads `$NAME` and `${NAME}` in every value."""
    environment = an_environment(flags={"saved_model_tags": "a$b,${c}"})
    environment = replace(environment, serving=replace(environment.serving, image="x/$y:1"))
    server = server_of(dict(compose.files(environment, a_lock(), T)))

    assert "--saved_model_tags=a$$b,$${c}" in server["command"]
    assert server["image"] == "x/$$y:1"


def test_the_server_is_healthy_when_all_models_are_loaded():
    """The port of gRPC opens then; the check needs no more than what the image has."""
    check = server_of(rendered())["healthcheck"]

    assert check["test"] == ["CMD", "bash", "-c", ": < /dev/tcp/127.0.0.1/8500"]
    assert check["start_period"] == "1h"


def test_prometheus_scrapes_the_path_that_the_server_answers():
    """A pinned version, and the path of monitoring.config."""
    files = rendered(monitoring=Monitoring(path="/own/metrics"))
    prometheus = project_of(files)["services"]["prometheus"]
    [job] = yaml.safe_load(files["generated/prometheus/prometheus.yml"])["scrape_configs"]

    assert re.fullmatch(r"prom/prometheus:v\d+\.\d+\.\d+", prometheus["image"])
    assert "--config.file=/etc/prometheus/prometheus.yml" in prometheus["command"]
    assert mounts(prometheus)["/etc/prometheus"] == "./generated/prometheus"
    assert job["metrics_path"] == "/own/metrics"
    assert b'path: "/own/metrics"' in files["generated/start/monitoring.config"]
    assert job["static_configs"][0]["targets"] == ["tf-serving:8501"]


@pytest.mark.parametrize("monitoring", [None, Monitoring(enabled=False)])
def test_without_monitoring_there_is_no_prometheus(monitoring):
    """It would scrape nothing."""
    files = rendered(monitoring=monitoring)

    assert set(project_of(files)["services"]) == {"tf-serving"}
    assert "volumes" not in project_of(files)
    assert "generated/prometheus/prometheus.yml" not in files


def test_a_file_that_is_read_at_start_makes_a_new_container_and_models_do_not():
    """`up` compares the project; the content of a mounted folder it does not see."""
    before = rendered(batching=BATCHING)
    changed = rendered(batching=replace(BATCHING, num_batch_threads=8))
    fewer = compose.files(an_environment(batching=BATCHING), a_lock(()), T)

    assert before["compose.yaml"] != changed["compose.yaml"]
    assert before["compose.yaml"] == fewer["compose.yaml"]
    path = "generated/prometheus/prometheus.yml"
    here, there = (rendered(monitoring=Monitoring(path=p)) for p in ("/a", "/b"))
    assert here[path] != there[path]
    labels = [project_of(one)["services"]["prometheus"]["labels"] for one in (here, there)]
    assert labels[0] != labels[1]
