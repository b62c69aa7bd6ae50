"""The agent of a Compose project: between what is rendered and the server."""

import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import click
import pytest
import yaml

from generator.cli import main
from generator.environment.serving import Monitoring
from generator.render import compose
from tests.kit.compose_projects import numbers, project_of, render, rendered, server_of

ROOT = Path(__file__).parents[2]


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
    program = click.Context(main, **main.context_settings)
    agent = main.get_command(program, "agent")
    context = agent.make_context("agent", words[1:], parent=program, resilient_parsing=True)

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
    """The models are where they are without one; it reads their probes there."""
    files = rendered("claim", agent=True)

    assert access(agent_of(files)).keys() == {"/config/desired", "/config/served", "/models"}
    assert access(agent_of(files))["/models"] == ("/srv/models", False)
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
