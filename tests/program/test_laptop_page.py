"""`docs/laptop.md`: its pieces run as processes and predict; its objects are valid."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from tests.kit.kubernetes import build, validate
from tests.kit.manifests import container, one
from tests.kit.pages import Block, blocks, sections, walk
from tests.kit.pod_processes import Pod, known_flags
from tests.servers import seaweed
from tests.servers.git_http import git_http
from tests.servers.origin import Origin

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/laptop.md").read_text()
EXAMPLES = ROOT / "examples/laptop"
USER, TOKEN = "x-access-token", "a-token"


def objects() -> list[dict[str, Any]]:
    """Return the objects of the examples."""
    texts = [path.read_text() for path in sorted(EXAMPLES.glob("*.yaml"))]
    return [it for text in texts for it in yaml.safe_load_all(text)]


def test_the_bucket_and_the_forge_are_valid_and_reached_by_the_names_of_the_page():
    """Each Service leads to a port of its pods, and is named with it on the page."""
    found = objects()
    validate(found)
    for service in [it for it in found if it["kind"] == "Service"]:
        name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
        [port] = service["spec"]["ports"]
        pod = one(found, "Deployment", name)["spec"]["template"]
        assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
        named = {it["name"]: it["containerPort"] for it in pod["spec"]["containers"][0]["ports"]}
        assert named[port["targetPort"]] == port["port"]
        assert f"http://{name}.{namespace}.svc:{port['port']}" in PAGE
    keys = one(found, "Secret")["stringData"]
    assert " ".join(f"{name}={value}" for name, value in keys.items()) in PAGE


def test_seaweedfs_is_started_as_the_tests_start_it():
    """With no option that they have not tried, and of their version."""
    container = one(objects(), "Deployment", "s3")["spec"]["template"]["spec"]["containers"][0]
    server = seaweed.S3Server("http://127.0.0.1:8333", "models", "laptop", "laptop-secret")
    tried = seaweed.arguments(server, Path("/data"), {"s3": 8333})
    program, *said = container["command"]

    assert program == "weed"
    assert {it for it in said if it not in tried} == {"-ip.bind=0.0.0.0"}
    pinned = (ROOT / ".ci/constraints/dev.txt").read_text()
    assert f"\nseaweedfs-bin=={container['image'].rpartition(':')[2]} " in pinned


def section(number: int) -> list[Block]:
    """Return the blocks of a section that are run."""
    [text] = [it for name, it in sections(PAGE).items() if name.startswith(f"{number}. ")]
    return [*blocks(text, "sh")]


class Laptop:
    """The person who follows the page, and what Flux does meanwhile."""

    def __init__(self, folder: Path, names: Mapping[str, str]) -> None:
        self.folder, self.names = folder, names
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environ = {
            **os.environ,
            "PATH": path,
            "KUBERC": "off",
            "EXAMPLES": str(ROOT / "examples/models"),
            "TFS_GITOPS_TOKEN": TOKEN,
        }

    def run(self, shown: Sequence[Block], folder: str = "fleet") -> str:
        """Return what the last block prints; the variables of section 2 are set."""
        here = [*map(self._here, [*section(2), *shown])]
        return walk(here, self.folder / folder, self.environ)

    def _here(self, block: Block) -> Block:
        text = block.text
        for said, is_here in self.names.items():
            text = text.replace(said, is_here)
        return replace(block, text=text)

    def apply(self, pod: Pod) -> list[dict[str, Any]]:
        """Build what is on the branch, as Flux does; let the pod see it; return the objects."""
        self.run([Block("sh", "git pull --quiet\n")])
        found = build(self.folder / "fleet/tf-serving/overlays/dev")
        validate(found)
        files: dict[str, str] = {}
        for name in ("tf-serving-models", "tf-serving-lock"):
            files |= one(found, "ConfigMap", name)["data"]
        pod.swap(files)
        return found


def of_the_agent(found: list[dict[str, Any]]) -> list[str]:
    """Return what its container is told of the store."""
    template = one(found, "Deployment")["spec"]["template"]["spec"]
    [agent] = [it for it in template["initContainers"] if it["name"] == "agent"]
    names = {it["name"]: it["valueFrom"]["secretKeyRef"] for it in agent["env"][:2]}
    assert {it["name"] for it in names.values()} == {"tf-serving-store"}
    assert {*names} == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    return [it for it in agent["args"] if it.startswith(("--endpoint", "--region", "--models-"))]


@pytest.mark.nightly
def test_from_nothing_to_a_prediction_and_to_the_next_version(s3, tmp_path, monkeypatch):
    """Store, sync, overlay, agent, server, prediction: processes all; commands as on the page."""
    monkeypatch.delenv("AWS_REGION")  # the page says none
    (tmp_path / "srv/fleet").mkdir(parents=True)
    Origin.create(tmp_path / "srv/fleet/fleet.git")
    pod = Pod(tmp_path / "pod")
    with git_http(tmp_path / "srv", user=USER, password=TOKEN) as git:
        keys = s3.env
        laptop = Laptop(
            tmp_path,
            {
                "s3://models": s3.url,
                "http://s3.storage.svc:8333": s3.endpoint,
                "127.0.0.1:3000": git.url.removeprefix("http://"),
                "127.0.0.1:8501": f"127.0.0.1:{pod.port}",
                "=laptop-secret": f"={keys['AWS_SECRET_ACCESS_KEY']}",
                "=laptop": f"={keys['AWS_ACCESS_KEY_ID']}",
            },
        )
        laptop.run(section(3), ".")
        laptop.run(section(4))
        manifest = (tmp_path / "fleet/clusters/dev/tf-serving.yaml").read_text()
        assert '  url: "http://gitea.git.svc:3000/fleet/fleet.git"\n' in manifest

        found = laptop.apply(pod)
        pod.options = of_the_agent(found)
        server = container(found)
        try:
            pod.watch()
            pod.serve(flags=known_flags(server["args"]), speed=5)
            pod.in_sync()
            assert json.loads(laptop.run(section(6)))["predictions"] == [2.5, 3.0, 4.5]

            published, asked = section(7)
            laptop.run([published])
            laptop.apply(pod)
            pod.in_sync()
            assert "AVAILABLE" in laptop.run([asked])
            assert pod.loaded("half-plus-two") == {2}
        finally:
            pod.stop()
