"""The component of the agent: a sidecar, the lock that it reads, and room for what it downloads."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from msgspec.structs import replace

from generator import __version__
from generator.cli import main
from generator.environment import load
from generator.environment.environment import Pull
from generator.environment.project_folder import texts
from generator.render import overlay
from generator.render.scaffold import scaffold_of
from tests.kit.kubernetes import build, validate
from tests.kit.manifests import (
    SOURCES,
    a_lock,
    an_environment,
    container,
    objects,
    one,
    rendered,
    volumes,
)
from tests.kit.overlays import T
from tests.kit.project import ProjectFolder

ROOT = Path(__file__).parents[2]


def with_agent(folder: Path, access: str = "mount", **source: Any) -> list[dict[str, Any]]:
    """Return what Kustomize makes of an environment whose servers have an agent beside them."""
    plain = an_environment("s3-csi")
    where = replace(plain.source, access=access, **source)
    serving = replace(plain.serving, agent=True)
    return objects(folder, rendered(replace(plain, source=where, serving=serving)))


def test_an_agent_stands_between_git_and_the_server(tmp_path):
    """It is there before the server starts, and the server polls what it writes."""
    pod = one(found := with_agent(tmp_path), "Deployment")["spec"]["template"]["spec"]
    [agent], server = pod["initContainers"], container(found)

    assert agent["restartPolicy"] == "Always"
    assert agent["args"][0] == "agent"
    assert "--models=/models" not in agent["args"]
    assert agent["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert agent["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert "--model_config_file=/config/served/models.config" in server["args"]
    served = {"name": "served", "mountPath": "/config/served", "readOnly": True}
    assert served in server["volumeMounts"]
    assert {"name": "served", "mountPath": "/config/served"} in agent["volumeMounts"]
    # Where the store is mounted, it reads the probes of versions.
    assert "--mounted=/models" in agent["args"]
    assert {"name": "store", "mountPath": "/models", "readOnly": True} in agent["volumeMounts"]


def test_the_agent_gets_the_lock_by_a_config_map_of_its_own(tmp_path):
    """With a stable name: a change of it must not roll the pods."""
    found = with_agent(tmp_path)
    names = {item["metadata"]["name"] for item in found if item["kind"] == "ConfigMap"}
    pod = one(found, "Deployment")["spec"]["template"]["spec"]
    [desired] = [volume for volume in pod["volumes"] if volume["name"] == "desired"]

    mounted = {source["configMap"]["name"] for source in desired["projected"]["sources"]}
    assert mounted == {"tf-serving-models", "tf-serving-lock"} <= names


def test_an_agent_that_pulls_has_room_and_credentials(tmp_path):
    """The server sees what is downloaded, read-only; the Secret is named and never rendered."""
    secret = {"credentials_secret": "store", "endpoint": "https://minio.example"}
    found = with_agent(tmp_path, "pull", mount=None, **secret)
    [agent] = one(found, "Deployment")["spec"]["template"]["spec"]["initContainers"]
    server = container(found)

    assert {"--models=/models", "--endpoint=https://minio.example"} <= set(agent["args"])
    assert {"name": "models", "mountPath": "/models"} in agent["volumeMounts"]
    assert {"name": "models", "mountPath": "/models", "readOnly": True} in server["volumeMounts"]
    secrets = {item["valueFrom"]["secretKeyRef"]["name"] for item in agent["env"]}
    assert secrets == {"store"}


@pytest.mark.parametrize("version", ["1.29", "1.30", "1.33", "1.35"])
def test_the_manifests_are_valid_from_the_release_that_runs_native_sidecars(tmp_path, version):
    """1.28 knows the key, and drops it unless a feature gate is on."""
    found = objects(tmp_path, rendered(an_environment("s3-pull")))

    validate(found, version=version)
    with pytest.raises(AssertionError, match="restartPolicy"):
        validate(found, version="1.27")
    assert "Kubernetes 1.29" in (ROOT / "templates/components/agent/kustomization.yaml").read_text()


@pytest.mark.parametrize("size", ["10Gi", 10 * 2**30])
def test_a_download_has_room_on_the_node_unless_a_storage_class_is_named(tmp_path, size):
    """Each pod has a volume of its own: one agent removes what another pod still serves."""
    source = replace(SOURCES["s3-pull"], pull=Pull(size=size))
    environment = replace(an_environment("s3-pull"), source=source)
    found = objects(tmp_path, rendered(environment))

    [own] = [item for item in volumes(found) if item["name"] == "models"]
    assert own == {"name": "models", "emptyDir": {"sizeLimit": size}}


def test_the_page_on_clusters_turns_the_agent_on(tmp_path):
    """What it says, done to what `init` wrote: `check` takes it, and pods have that image."""
    page = (ROOT / "docs/cluster.md").read_text().partition("## 7.")[2].partition("\n## ")[0]
    images, spec = (
        yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    )
    fleet = tmp_path / "fleet"
    CliRunner().invoke(
        main, ["init", str(fleet), "--store", "s3://models", "--region", "eu-west-1"]
    )
    file = fleet / "environments/dev.yaml"
    written = yaml.safe_load(file.read_text())
    for key in ("source", "serving"):
        written["spec"][key] = written["spec"].get(key, {}) | spec["spec"][key]
    file.write_text(yaml.safe_dump(written))

    checked = CliRunner().invoke(main, ["-C", str(fleet), "check", "dev"])
    environment = load.load(texts(fleet), "dev")
    files = {
        path: data for unit in scaffold_of(environment, T).values() for path, data in unit.items()
    }
    component = yaml.safe_load(files["components/agent/kustomization.yaml"])
    files["components/agent/kustomization.yaml"] = yaml.safe_dump(component | images).encode()
    files |= overlay.generated(environment, a_lock(), T)
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    found = build(tmp_path / "overlays/dev")

    assert checked.exit_code == 0
    assert checked.stdout.splitlines()[0] == "environments/dev.yaml: ok"
    [agent] = one(found, "Deployment")["spec"]["template"]["spec"]["initContainers"]
    assert agent["image"] == f"registry.example/tfs-gitops:{__version__}"
    [own] = [item for item in volumes(found) if item["name"] == "models"]
    assert own["emptyDir"] == {"sizeLimit": "50Gi"}


def test_with_an_agent_a_sync_commits_what_is_wanted_in_one_step(tmp_path, origin):
    """The steps are the agent's: Git holds the wanted state."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment(serving={"agent": True})
    project.publish("a", 1)
    project.run("sync")
    project.publish("a", 2)

    result = project.run("sync")

    assert "versions 1 -> 2" in result.stdout
    assert "deferred" not in result.stdout


def test_without_an_agent_there_is_none(tmp_path):
    """Its component is scaffolded and not used."""
    found = objects(tmp_path, rendered(an_environment("s3-csi")))

    assert "initContainers" not in one(found, "Deployment")["spec"]["template"]["spec"]
    assert "tf-serving-lock" not in {item["metadata"]["name"] for item in found}
