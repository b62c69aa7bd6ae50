"""Overlays and components: scaffolded, rendered and built as a person has them on disk."""

import hashlib
from pathlib import Path
from typing import Any

import yaml

from generator.environment.environment import Environment
from generator.environment.units import size
from generator.render.scaffold import scaffold_of
from generator.render.templates import Templates
from tests.kit.kubernetes import build
from tests.kit.manifests import FULL, SOURCES, an_environment, rendered

T = Templates()

COMPONENTS = {
    f"../../../{path}": data
    for unit in scaffold_of(an_environment(), T).values()
    for path, data in unit.items()
}
"""The files of the components, by their paths from the generated folder."""


def scaffolded(path: str) -> str:
    """A scaffolded file, as text."""
    return rendered(an_environment())[path].decode()


def built(folder: Path, environment: Environment) -> list[dict[str, Any]]:
    """What Kustomize makes of the first sync."""
    for name, data in rendered(environment).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return build(folder / "overlays/prod")


def digest_of_all() -> str:
    """The digest of all files of all kinds of environment."""
    total = hashlib.sha256()
    for kind in SOURCES:
        for name, data in sorted(rendered(an_environment(kind, **FULL)).items()):
            total.update(f"{name}\0".encode() + data)
    return total.hexdigest()


def agent_megabytes() -> int:
    """The memory that the component gives the agent at most."""
    unit = "components/agent/kustomization.yaml"
    [patch] = [
        yaml.safe_load(it["patch"])
        for it in yaml.safe_load(scaffold_of(an_environment("s3-pull"), T)[unit][unit])["patches"]
        if it["target"]["kind"] == "Deployment"
    ]
    [agent] = patch["spec"]["template"]["spec"]["initContainers"]
    return size(agent["resources"]["limits"]["memory"]) // 2**20
