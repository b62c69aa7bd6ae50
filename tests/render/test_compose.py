"""`render --target compose`: one machine serves what a cluster would."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import resources
from pathlib import Path
from threading import Thread
from typing import Any

import jsonschema
import pytest
import yaml
from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from generator.cli.commands.agent import agent as agent_command
from generator.environment.arguments import arguments
from generator.environment.environment import Source
from generator.environment.serving import Gpu, Monitoring, Tls
from generator.render import compose
from generator.render.templates import Templates
from tests.kit.project import ProjectFolder
from tests.render.test_overlay import BATCHING, FULL, SOURCES, a_lock, an_environment

T = Templates()
ROOT = Path(__file__).parents[2]
SPECIFICATION = json.loads(
    (resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text()
)
MACHINE = {**FULL, "gpu": Gpu(count=2, memory_fraction=0.5), "tls": Tls("tf-serving-tls")}


def rendered(kind: str = "claim", **values: Any) -> dict[str, bytes]:
    """The project of an environment whose servers see the store as *kind* says."""
    return dict(compose.files(an_environment(kind, **values), a_lock(), T))


def project_of(files: dict[str, bytes]) -> dict[str, Any]:
    """The project as Docker Compose reads it; it follows the specification."""
    project: dict[str, Any] = yaml.safe_load(files["compose.yaml"])
    jsonschema.validate(project, SPECIFICATION)
    return project


def server_of(files: dict[str, bytes]) -> dict[str, Any]:
    """The server's part of the project."""
    server: dict[str, Any] = project_of(files)["services"]["tf-serving"]
    return server


def mounts(service: dict[str, Any]) -> dict[str, str]:
    """What is mounted where."""
    return {item["target"]: item["source"] for item in service["volumes"]}


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


# --- with an agent ----------------------------------------------------------------------


def agent_of(files: dict[str, bytes]) -> dict[str, Any]:
    """The agent's part of the project."""
    agent: dict[str, Any] = project_of(files)["services"]["agent"]
    return agent


def access(service: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """What is mounted where, and whether it may be written."""
    return {
        item["target"]: (item["source"], not item.get("read_only", False))
        for item in service["volumes"]
    }


def test_an_agent_stands_between_what_is_rendered_and_the_server():
    """It reads the rendered folder, and the server reads only what the agent has written."""
    files = rendered("s3-pull")
    agent, server = agent_of(files), server_of(files)
    options = dict(argument[2:].split("=", 1) for argument in agent["command"][1:])
    wanted = dict(argument[2:].split("=", 1) for argument in server["command"])

    assert agent["command"][0] == "agent"
    assert access(agent) == {
        options["desired"]: ("./generated/models", False),
        options["served"]: ("served", True),
        options["models"]: ("models", True),
    }
    assert access(server) == {
        options["served"]: ("served", False),
        options["models"]: ("models", False),
    }
    assert wanted["model_config_file"] == f"{options['served']}/models.config"
    assert {f"{compose.MODELS}/models.config", f"{compose.MODELS}/models.lock.json"} <= set(files)


def test_the_command_line_of_the_agent_is_one_that_it_takes():
    """Its own parser reads every option; the server is asked by its name in the project."""
    words = agent_of(rendered("s3-pull"))["command"]
    context = agent_command.make_context("agent", list(words[1:]), resilient_parsing=True)

    assert context.params["url"] == "http://tf-serving:8501"
    assert context.params["listen"] == ("0.0.0.0", 9090)  # noqa: S104  the container's own
    assert context.params["endpoint"] == "https://minio.example"
    assert not context.args


def test_the_server_starts_when_the_agent_has_written_a_config():
    """A server without a config ends at once; the agent is healthy from the first one on."""
    files = rendered("s3-pull")
    check = agent_of(files)["healthcheck"]

    assert server_of(files)["depends_on"] == {"agent": {"condition": "service_healthy"}}
    assert check["test"][:3] == ["CMD", "python", "-c"]
    assert check["start_period"] == "1h"


@pytest.mark.parametrize(("code", "is_healthy"), [(200, True), (503, False)])
def test_the_health_check_of_the_agent_follows_what_it_answers(code, is_healthy):
    """The image has no curl: Python asks, and fails by itself."""
    _, _, option, script = agent_of(rendered("s3-pull"))["healthcheck"]["test"]

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(code if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as http:
        thread = Thread(target=http.serve_forever, daemon=True)
        thread.start()
        own = script.replace("127.0.0.1:9090", f"127.0.0.1:{http.server_port}")
        done = subprocess.run([sys.executable, option, own], capture_output=True, check=False)
        http.shutdown()
    assert own != script
    assert (done.returncode == 0) == is_healthy


def test_the_agent_owns_what_it_writes():
    """Docker takes the owner of a new volume from the image that is mounted first."""
    files = rendered("s3-pull")
    agent = agent_of(files)
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert f"USER {agent['user']}" in dockerfile
    for mount in server_of(files)["volumes"]:
        assert mount["volume"] == {"nocopy": True}
        assert f" {mount['target']}" in dockerfile


def test_an_agent_downloads_with_the_credentials_of_who_starts_it():
    """A value that is null is taken over; the server gets none of them."""
    files = rendered("s3-pull")

    assert agent_of(files)["environment"] == {
        "AWS_ACCESS_KEY_ID": None,
        "AWS_SECRET_ACCESS_KEY": None,
        "AWS_SESSION_TOKEN": None,
    }
    assert "environment" not in server_of(files)
    assert "environment" not in agent_of(rendered("claim", agent=True))


def test_an_agent_that_downloads_nothing_shares_only_the_config():
    """The models are where they are without one."""
    files = rendered("claim", agent=True)

    assert access(agent_of(files)).keys() == {"/config/desired", "/config/served"}
    assert access(server_of(files)) == {
        "/models": ("/srv/models", False),
        "/config/served": ("served", False),
    }


def test_prometheus_scrapes_the_agent_too():
    """Only it knows whether a config was taken."""
    files = rendered("s3-pull", monitoring=Monitoring())
    jobs = yaml.safe_load(files["generated/prometheus/prometheus.yml"])["scrape_configs"]
    without = rendered("s3-pull", agent=False, monitoring=Monitoring())

    assert [job["static_configs"][0]["targets"] for job in jobs] == [
        ["tf-serving:8501"],
        ["agent:9090"],
    ]
    assert b"agent" not in without["generated/prometheus/prometheus.yml"]


def test_a_machine_with_an_agent_gets_what_is_wanted_at_once(project):
    """The steps are the agent's: a render does not wait, and nothing is deferred."""
    project.environment(serving={"agent": True})
    render(project)
    project.publish("a", 2)
    result = render(project)

    assert numbers(project) == [2]
    assert "due" not in result.stdout


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


# --- the command ------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path):
    """A project with one published model, and no repository at all."""
    project = ProjectFolder.create(tmp_path / "project", "nowhere.git")
    project.environment(serving={"monitoring": {"enabled": True}})
    project.publish("a", 1)
    return project


def render(project: ProjectFolder, environment: str = "dev") -> Any:
    """Render into the folder `machine`."""
    return project.run(
        "render", environment, "--output", project.root / "machine", "--target", "compose"
    )


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Each file with its content and the time at which it was written."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def numbers(project: ProjectFolder) -> list[int]:
    """The versions of the only model that the server is told to serve."""
    text = (project.root / "machine/generated/models/models.config").read_text()
    [model] = text_format.Parse(text, ModelServerConfig()).model_config_list.config
    return list(model.model_version_policy.specific.versions)


def test_render_writes_the_project_and_no_cluster_files(project):
    """The store's folder is mounted, and the config names what was proven."""
    result = render(project)

    assert result.exit_code == 0, result.output
    assert set(tree(project.root / "machine")) == {
        "compose.yaml",
        "generated/models/models.config",
        "generated/models/models.lock.json",
        "generated/prometheus/prometheus.yml",
        "generated/start/monitoring.config",
    }
    files = {name: data for name, (data, _) in tree(project.root / "machine").items()}
    assert mounts(server_of(files))["/models"] == str(project.store)
    assert numbers(project) == [1]
    assert "compose.yaml" in result.stdout


def test_a_second_render_changes_nothing(project):
    """Not even the time of a file."""
    render(project)
    before = tree(project.root / "machine")
    result = render(project)

    assert "no change" in result.stdout
    assert tree(project.root / "machine") == before


def test_stale_files_of_ours_go_and_a_persons_stay(project):
    """`generated` holds what is rendered; what a person adds beside it is theirs."""
    render(project)
    own = project.root / "machine" / "compose.override.yaml"
    own.write_text("services: {}\n")
    project.environment()
    render(project)

    assert own.exists()
    assert not (project.root / "machine/generated/start").exists()
    assert not (project.root / "machine/generated/prometheus").exists()


def test_only_files_that_differ_are_written(project):
    """The lock keeps its time, from which the next step is counted."""
    render(project)
    before = tree(project.root / "machine")
    project.environment(serving={"monitoring": {"enabled": True}, "image": "x/y:2.19.2"})
    render(project)
    after = tree(project.root / "machine")

    assert {name for name in before if after[name] != before[name]} == {"compose.yaml"}


def test_a_machine_goes_in_the_same_steps_as_a_cluster(project):
    """A new version is added beside the served one; the old one waits until it has settled."""
    render(project)
    project.publish("a", 2)
    result = render(project)

    assert numbers(project) == [1, 2]
    assert "due" in result.stdout


def test_an_empty_store_does_not_empty_a_machine(project):
    """The same guard as for a repository: exit 6, and nothing is written."""
    render(project)
    for index in project.store.glob("index-*.csv"):
        index.unlink()
    result = render(project)

    assert result.exit_code == 6
    assert numbers(project) == [1]


def test_an_environment_with_nothing_to_serve_writes_nothing(project):
    """A server that starts from an empty list is of no use."""
    project.environment("new", policy=[{"match": "none", "versions": {"latest": 1}}])

    assert render(project, "new").exit_code == 0
    assert not (project.root / "machine").exists()


def test_the_project_of_another_environment_is_refused(project):
    """Two environments are two machines, or two folders."""
    render(project)
    project.environment("prod")
    before = tree(project.root / "machine")
    result = render(project, "prod")

    assert result.exit_code == 3
    assert "'dev', not 'prod'" in result.stderr
    assert tree(project.root / "machine") == before


@pytest.mark.parametrize("file", ["compose.yaml", "generated/models/models.config"])
def test_a_project_without_a_lock_is_not_ours(project, file):
    """A person's own project is not overwritten; a deleted lock is not taken for nothing."""
    own = project.root / "machine" / file
    own.parent.mkdir(parents=True)
    own.write_text("services: {}\n")
    result = render(project)

    assert result.exit_code == 3
    assert "--output" in result.stderr
    assert own.read_text() == "services: {}\n"


def test_a_broken_lock_is_told_by_its_place(project):
    """The file that a person must look at."""
    render(project)
    lock = project.root / "machine/generated/models/models.lock.json"
    lock.write_text("{")
    result = render(project)

    assert result.exit_code == 3
    assert str(lock) in result.stderr
