"""The agent's image: a warning until the kustomizations name one that a registry can have."""

import pytest
from msgspec.structs import replace

from generator.render.agent_image import COMPONENT, unpublished
from generator.render.scaffold import scaffold_of
from tests.kit.manifests import T, an_environment

ENVIRONMENT = an_environment("s3-pull", agent=True)
BUILT_IN = next(it[COMPONENT] for it in scaffold_of(ENVIRONMENT, T).values() if COMPONENT in it)
OVERLAY = "overlays/prod/kustomization.yaml"


def warned(**files: bytes):
    """What is told of a delivery repository with these files."""
    found = {COMPONENT: files.get("component"), OVERLAY: files.get("overlay")}
    return [it.message for it in unpublished(ENVIRONMENT, found.get)]


def named(name: str, new: str) -> bytes:
    """A kustomization that names another image."""
    return f"images:\n  - {{name: {name}, newName: {new}, newTag: '2'}}\n".encode()


def test_the_built_in_component_names_an_image_that_no_registry_has():
    """A pod would wait for it; the message has the file to edit."""
    (message,) = warned(component=BUILT_IN)

    assert "'tfs-gitops:0.1.0'" in message
    assert COMPONENT in message


@pytest.mark.parametrize(
    "files",
    [
        {"component": named("tfs-gitops", "registry.example/tfs-gitops")},
        {"component": named("tfs-gitops", "acme/agent")},
        {"component": BUILT_IN, "overlay": named("tfs-gitops", "registry.example/agent")},
        {"component": named("tfs-gitops", "own"), "overlay": named("own", "registry.example/a")},
        {},
    ],
    ids=["registry", "Docker Hub", "one environment", "both", "nobody knows"],
)
def test_an_image_that_a_registry_can_have_is_fine(files):
    """Whether the component names it for all, or the overlay for one environment."""
    assert warned(**files) == []


@pytest.mark.parametrize("data", [b"", b"a: [", b"images: 1", b"images: [1, {name: 1}]"])
def test_a_component_that_names_no_image_leaves_the_name_of_the_patch(data):
    """Whatever else it says."""
    assert "'tfs-gitops'" in warned(component=data)[0]


def test_without_an_agent_there_is_no_image_of_it():
    """Its component is there, and nothing takes it."""
    alone = replace(ENVIRONMENT, serving=replace(ENVIRONMENT.serving, agent=False))

    assert [*unpublished(alone, {COMPONENT: BUILT_IN}.get)] == []
