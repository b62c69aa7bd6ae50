"""Overlays as a person has them on disk: scaffolded, edited, synced and built."""

from pathlib import Path
from typing import Any

from generator.environment.environment import Environment
from generator.render.templates import Templates
from tests.kit.kubernetes import build
from tests.kit.manifests import (
    an_environment,
    rendered,
)

T = Templates()


def scaffolded(path: str) -> str:
    """A scaffolded file, as text."""
    return rendered(an_environment())[path].decode()


def built(folder: Path, environment: Environment) -> list[dict[str, Any]]:
    """What Kustomize makes of the first sync."""
    for name, data in rendered(environment).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return build(folder / "overlays/prod")
