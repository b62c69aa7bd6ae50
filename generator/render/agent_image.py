"""The agent's image, as the overlay of an environment builds it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from generator.catalog.warned import Warned
from generator.environment.environment import Environment
from generator.errors import Place, Problem
from generator.text import bounded_yaml

CODE = "agent-image"

COMPONENT = "components/agent/kustomization.yaml"
"""The file below `delivery.path` that names the image."""

_NAME = "tfs-gitops"
"""The name of the image in the component's patch, which kustomizations replace."""

ReadFile = Callable[[str], bytes | None]
"""Returns the content of a file by its path below `delivery.path`; None without one."""


def unpublished(environment: Environment, read: ReadFile) -> Iterator[Warned]:
    """Warn of an agent whose image has no registry: no node can pull what nobody has pushed.

    Where nobody knows the component, there is nothing to warn of.
    """
    if not environment.serving.agent or (component := read(COMPONENT)) is None:
        return
    overlay = read(f"overlays/{environment.name}/kustomization.yaml") or b""
    name, tag = _NAME, ""
    for data in (component, overlay):
        for named in _images(data):
            if named.get("name") == name:
                name, tag = str(named.get("newName", name)), str(named.get("newTag", tag))
    if "/" in name:
        return
    image = f"{name}:{tag}".rstrip(":")
    path = f"{environment.delivery.path}/{COMPONENT}".lstrip("/")
    problem = (
        f"spec.serving.agent: the agent's image is {image!r}, and no registry has that: push it "
        f"to yours, and name it in {path} of the delivery repository"
    )
    place = environment.settings.place(("serving", "agent"))
    yield Warned(CODE, Problem(problem, place or Place(environment.file)))


def _images(data: bytes) -> list[Mapping[str, Any]]:
    """Return the key `images` of a kustomization, as far as it can be read."""
    try:
        content = next(iter(bounded_yaml.load_all(data)), None)
    except ValueError:
        return []
    images = content.get("images") if isinstance(content, dict) else None
    return [it for it in images if isinstance(it, dict)] if isinstance(images, list) else []
