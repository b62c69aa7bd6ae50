"""`docs/pods.md`: each patch of it on what a first sync writes, with an agent and without."""

import re
from itertools import product
from pathlib import Path

import pytest

from tests.kit.manifests import an_environment, container, objects, one, rendered

PAGE = (Path(__file__).parents[2] / "docs/pods.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^## ([^\n]+)\n.*?```yaml\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE))
OVERLAY = "overlays/prod/kustomization.yaml"


def pod(found):
    """Return the pod that the Deployment makes."""
    return one(found, "Deployment")["spec"]["template"]


def server(found):
    """Return the server's container, beside which there may be others."""
    [named] = [it for it in pod(found)["spec"]["containers"] if it["name"] == "tf-serving"]
    return named


CHANGED = {
    "Variables of the server": lambda found: (
        {"name": "TF_CPP_MIN_LOG_LEVEL", "value": "1"} in server(found)["env"]
    ),
    "Variables of the agent": lambda found: (
        {"name": "HTTPS_PROXY", "value": "http://proxy.example:3128"}
        in next(it for it in pod(found)["spec"]["initContainers"] if it["name"] == "agent")["env"]
    ),
    "Nodes": lambda found: (
        pod(found)["spec"]["nodeSelector"]["kubernetes.io/arch"] == "amd64"
        and pod(found)["spec"]["tolerations"][-1]["key"] == "models"
    ),
    "An image from a private registry": lambda found: (
        one(found, "ServiceAccount")["imagePullSecrets"] == [{"name": "registry"}]
    ),
    "Probes": lambda found: (
        server(found)["startupProbe"]
        == {"tcpSocket": {"port": "grpc"}, "periodSeconds": 2, "failureThreshold": 7200}
        and one(found, "Deployment")["spec"]["progressDeadlineSeconds"] == 15000
    ),
    "Annotations of the pods": lambda found: (
        pod(found)["metadata"]["annotations"]["sidecar.istio.io/inject"] == "false"
    ),
    "Another container beside the server": lambda found: (
        {it["name"] for it in pod(found)["spec"]["containers"]} == {"proxy", "tf-serving"}
    ),
    "The Service": lambda found: one(found, "Service")["spec"]["type"] == "LoadBalancer",
}
"""By heading: whether the objects have what its patch wants."""
OF_AGENTS = {"Variables of the agent"}


def patched(folder, environment, *patches):
    """Return the objects of an environment whose overlay has *patches*, each of them valid."""
    files = rendered(environment)
    added = "".join(["patches:\n", *patches]) if patches else ""
    files[OVERLAY] += added.encode()
    return objects(folder, files)


def test_the_page_has_a_test_for_each_patch():
    """Whoever adds one says here what it changes."""
    assert [*BLOCKS] == [*CHANGED]


@pytest.mark.parametrize(
    ("name", "agent"),
    [*product(sorted(CHANGED.keys() - OF_AGENTS), (False,)), *product(CHANGED, (True,))],
)
def test_a_patch_of_the_page_does_what_its_heading_says(name, agent, tmp_path):
    """It was not so before; the server's image and arguments stay those of the environment."""
    environment = an_environment("s3-pull" if agent else "gs-direct")
    before = patched(tmp_path / "before", environment)
    after = patched(tmp_path / "after", environment, BLOCKS[name])

    assert CHANGED[name](after)
    kept = container(before)
    assert (server(after)["image"], server(after)["args"]) == (kept["image"], kept["args"])


def test_all_patches_of_the_page_go_together(tmp_path):
    """Each merges what it names, and leaves the rest."""
    found = patched(tmp_path, an_environment("s3-pull"), *BLOCKS.values())
    assert all(holds(found) for holds in CHANGED.values())
