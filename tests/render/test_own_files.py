"""A person's own base/, components/ and templates/: they stay, and faults are told."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.environment.environment import Environment
from generator.environment.serving import Autoscaling, Gpu, Monitoring, ServiceAccount, Tls
from generator.render import kustomize_build, overlay
from tests.kit.kubernetes import build
from tests.kit.manifests import (
    MODELS,
    a_lock,
    an_environment,
    container,
    objects,
    one,
    rendered,
)
from tests.kit.overlays import T, built
from tests.kit.project import ProjectFolder

COMPONENTS = "components"


def edit(folder: Path, path: str, old: str, new: str) -> None:
    """Replace *old*, which is there once, in a file of the repository."""
    text = (folder / path).read_text()
    assert text.count(old) == 1
    (folder / path).write_text(text.replace(old, new))


def synced(folder: Path, environment: Environment, models: Any = MODELS) -> list[dict[str, Any]]:
    """What a cluster gets after a further sync, which writes `generated` and nothing else."""
    for name, data in overlay.generated(environment, a_lock(models), T).items():
        (folder / name).write_bytes(data)
    return build(folder / "overlays/prod")


def test_what_a_person_changes_survives_every_sync(tmp_path):
    """In base/, in components/ and in the overlay's own kustomization, whatever is released."""
    environment = an_environment(
        autoscaling=Autoscaling(max_replicas=4), gpu=Gpu(), monitoring=Monitoring()
    )
    objects(tmp_path, rendered(environment))
    edit(tmp_path, "base/deployment.yaml", "failureThreshold: 1800", "failureThreshold: 2700")
    scaler = "components/autoscaling/horizontalpodautoscaler.yaml"
    edit(tmp_path, scaler, "averageUtilization: 80", "averageUtilization: 55")
    edit(tmp_path, scaler, "stabilizationWindowSeconds: 900", "stabilizationWindowSeconds: 60")
    edit(tmp_path, "components/gpu/kustomization.yaml", "key: nvidia.com/gpu", "key: mine")
    own = tmp_path / "overlays/prod/kustomization.yaml"
    document = yaml.safe_load(own.read_text())
    operation = [{"op": "add", "path": "/spec/maxReplicas", "value": 77}]
    target = {"kind": "HorizontalPodAutoscaler"}
    document["patches"] = [{"target": target, "patch": yaml.safe_dump(operation)}]
    own.write_text(yaml.safe_dump(document))

    for models in (MODELS, MODELS[1:]):
        found = synced(tmp_path, environment, models)
        pod = one(found, "Deployment")["spec"]["template"]["spec"]
        spec = one(found, "HorizontalPodAutoscaler")["spec"]
        assert container(found)["startupProbe"]["failureThreshold"] == 2700
        assert spec["metrics"][0]["resource"]["target"]["averageUtilization"] == 55
        assert spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 60
        assert spec["maxReplicas"] == 77
        assert [item["key"] for item in pod["tolerations"]] == ["mine"]


@pytest.mark.parametrize(
    ("component", "serving"),
    [
        ("autoscaling", {"autoscaling": Autoscaling(max_replicas=4)}),
        ("monitoring/operator", {"monitoring": Monitoring(service_monitor=True)}),
    ],
)
def test_an_object_that_a_person_took_out_is_not_missed(component, serving, tmp_path):
    """Somebody who scales by KEDA, or has a PodMonitor, puts that in its place."""
    environment = an_environment(**serving)
    objects_before = {item["kind"] for item in built(tmp_path, environment)}
    folder = tmp_path / COMPONENTS / component
    document = yaml.safe_load((folder / "kustomization.yaml").read_text())
    document["resources"] = ["own.yaml"]
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(document))
    (folder / "own.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: own}}")

    left = {item["kind"] for item in synced(tmp_path, environment)}
    (gone,) = objects_before - left
    assert gone in {"HorizontalPodAutoscaler", "ServiceMonitor"}


def test_a_key_that_is_taken_out_leaves_nothing_behind(tmp_path):
    """The component stays in the repository, and is not wired in."""
    keys = {"tls": Tls("x"), "gpu": Gpu(), "service_account": ServiceAccount("me")}
    before = built(tmp_path / "before", an_environment())
    built(tmp_path / "after", an_environment(**keys))

    assert synced(tmp_path / "after", an_environment()) == before


@pytest.mark.parametrize(
    ("path", "data", "told"),
    [
        ("base/kustomization.yaml", b"resources: [gone.yaml]\n", "gone.yaml"),
        ("overlays/dev/kustomization.yaml", b"{", "invalid Kustomization"),
    ],
)
def test_an_overlay_that_a_person_broke_is_told_before_the_commit(
    tmp_path, origin, monkeypatch, path, data, told
):
    """`plan` and `sync` warn: Flux and Argo CD would apply nothing of it."""
    tools = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment(policy=[{"match": "*", "versions": {"latest": 2}}])
    project.publish("a", 1)
    assert "does-not-build" not in project.run("sync").stdout
    origin.commit({f"tf-serving/{path}": data}, "by a person")
    project.publish("a", 2)

    plan, sync = project.run("plan", "dev"), project.run("sync")

    for result in (plan, sync):
        assert (
            "warning: does-not-build: tf-serving/overlays/dev: kubectl kustomize:" in result.stdout
        )
        assert told in result.stdout


def test_without_a_tool_nothing_is_tried(tmp_path, origin, monkeypatch):
    """A machine that only syncs needs no kubectl."""
    monkeypatch.setattr(kustomize_build.shutil, "which", lambda _: None)

    assert kustomize_build.build_problem(pytest.fail, "x") is None


@pytest.mark.parametrize("text", ["hello: [", "", "- a list", "kind: Deployment"])
def test_a_template_that_renders_no_manifest_is_refused(tmp_path, origin, text):
    """Before a commit, also where nothing can build it."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)
    own = project.root / "templates/overlay/generated/deployment.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(text)

    result = project.run("sync")

    assert result.exit_code == 3
    assert "templates/overlay/generated/deployment.yaml" in result.stderr
    assert len(origin.log()) == 1


@pytest.mark.parametrize("make", ["link", "folder"])
def test_an_override_that_cannot_be_read_is_not_passed_over(tmp_path, origin, make):
    """A person's hardening must not vanish from the next commit."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)
    own = project.root / "templates/overlay/generated/deployment.yaml"
    own.parent.mkdir(parents=True)
    if make == "link":
        own.symlink_to("/nonexistent")
    else:
        own.mkdir()

    result = project.run("sync")

    assert result.exit_code == 3
    assert f"{own}: not a file that can be read" in result.stderr
    assert len(origin.log()) == 1
