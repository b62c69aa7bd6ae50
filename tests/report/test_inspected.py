"""The report tells of new versions what was read of them."""

import gc

import pytest
from msgspec.structs import replace

from generator.catalog.savedmodel.differences import differences
from generator.catalog.savedmodel.signatures import Signature, Tensor
from tests.kit.project import ProjectFolder
from tests.servers.forge import TOKEN
from tests.servers.git_http import git_http
from tests.servers.github import github
from tests.servers.origin import Origin


def test_signatures_differ_in_words():
    """A name, what it was and what it is; what is alike is not told."""
    x, y = Tensor("DT_FLOAT", (-1, 4)), Tensor("DT_STRING", None)
    before = {"b": Signature({}, {}), "s": Signature({"x": x, "z": y}, {"o": x, "p": x})}
    after = {
        "c": Signature({}, {}),
        "s": Signature(
            {"x": replace(x, shape=(-1, 8)), "y": y}, {"o": replace(x, dtype="DT_HALF"), "p": x}
        ),
    }

    assert differences(before, after) == (
        "signature b is gone",
        "signature c is new",
        "s: input x: float32[?,4] -> float32[?,8]",
        "s: input y: string of any rank is new",
        "s: input z: string of any rank is gone",
        "s: output o: float32[?,4] -> float16[?,4]",
    )
    assert differences(after, after) == ()


@pytest.fixture
def project(tmp_path, origin):
    """Return a project that serves version 1 of an example."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment(policy=[{"match": "*", "versions": {"latest": 2}}])
    project.publish("half", 1)
    project.run("sync")
    return project


def test_real_signatures_are_compared_when_the_plan_is_printed(project):
    """Version 2 of the example takes vectors."""
    folder = project.export("half", 2, of="half-plus-two/2")
    project.run("index", folder, "--store", project.store.as_uri(), "--upload")

    result = project.run("plan", "dev", "--format", "markdown")

    text = result.stdout.replace("\\", "")
    assert "| half | 1 -> 2 | serving_default: input x: float32" in text
    assert "differences of signatures from 1" in text


def test_a_pull_request_has_the_same_report(tmp_path, monkeypatch):
    """With what was read of the new version."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", TOKEN)
    root = tmp_path / "git"
    (root / "acme").mkdir(parents=True)
    origin = Origin.create(root / "acme" / "fleet.git")
    project = ProjectFolder.create(tmp_path / "project", "")
    project.publish("half", 1)
    folder = project.export("half", 2, of="half-plus-two/2")
    with git_http(root) as server, github(origin) as forge:
        delivery = {"repository": f"{server.url}/acme/fleet.git"}
        project.environment(delivery=delivery)
        project.run("sync")
        project.run("index", folder, "--store", project.store.as_uri(), "--upload")
        asked = {"mode": "pull-request", "forge": {"type": "github", "apiUrl": forge.api_url}}
        policy = [{"match": "*", "versions": {"latest": 2}}]
        project.environment(policy=policy, delivery=delivery | asked)
        text = project.run("plan", "dev", "--format", "markdown").stdout.rstrip()
        result = project.run("sync")
        gc.collect()  # the client's connections, before their server is gone

    assert result.exit_code == 0, result.output
    body, _, mark = forge.pulls[0].body.rstrip().rpartition("\n<!-- tfs-gitops")
    assert body.rstrip() == text
    assert mark
    assert "#### Signatures that differ" in text


def test_at_most_so_many_versions_are_read_for_a_report(project, monkeypatch):
    """The rest is counted."""
    monkeypatch.setattr("generator.catalog.savedmodel.inspect.MOST", 1)
    project.publish("half", 2)
    project.publish("other", 1)

    text = project.run("plan", "dev", "--format", "markdown").stdout

    assert "The objects of 1 new version were not looked into: a report reads those of 1." in text
