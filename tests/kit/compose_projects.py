"""A Docker Compose project as data: its server, its mounts."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from generator.render import compose
from generator.render.templates import Templates
from tests.kit.manifests import a_lock, an_environment
from tests.kit.project import ProjectFolder

T = Templates()

SPECIFICATION = json.loads(
    (resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text()
)
COMPOSE = jsonschema.validators.validator_for(SPECIFICATION)(SPECIFICATION)


def rendered(kind: str = "claim", **values: Any) -> dict[str, bytes]:
    """The project of an environment whose servers see the store as *kind* says."""
    return dict(compose.files(an_environment(kind, **values), a_lock(), T))


def project_of(files: dict[str, bytes]) -> dict[str, Any]:
    """The project as Docker Compose reads it; it follows the specification."""
    project: dict[str, Any] = yaml.safe_load(files["compose.yaml"])
    COMPOSE.validate(project)
    return project


def server_of(files: dict[str, bytes]) -> dict[str, Any]:
    """The server's part of the project."""
    server: dict[str, Any] = project_of(files)["services"]["tf-serving"]
    return server


def mounts(service: dict[str, Any]) -> dict[str, str]:
    """What is mounted where."""
    return {item["target"]: item["source"] for item in service["volumes"]}


def render(project: ProjectFolder, environment: str = "dev") -> Any:
    """Render into the folder `machine`."""
    return project.run(
        "render", environment, "--output", project.root / "machine", "--target", "compose"
    )


def numbers(project: ProjectFolder) -> list[int]:
    """The versions of the only model that the server is told to serve."""
    text = (project.root / "machine/generated/models/models.config").read_text()
    [model] = text_format.Parse(text, ModelServerConfig()).model_config_list.config
    return list(model.model_version_policy.specific.versions)


def unversioned(root: Path) -> ProjectFolder:
    """Return a folder with an environment and one published model, and no repository at all."""
    project = ProjectFolder.create(root, "nowhere.git")
    project.environment(serving={"monitoring": {"enabled": True}})
    project.publish("a", 1)
    return project
