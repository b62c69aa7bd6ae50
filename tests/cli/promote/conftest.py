"""Fixtures of the tests of `tfs-gitops promote`."""

import pytest

from tests.kit.project import ProjectFolder
from tests.kit.promotion import commit, git


@pytest.fixture
def project(tmp_path, origin):
    """Return a project in Git where dev serves resnet 1 and 2, and prod serves 1."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment("dev", [{"match": "*", "versions": {"all": True}}])
    project.environment("prod", [{"match": "resnet", "versions": {"pin": [1]}}])
    for version in (1, 2):
        project.publish("resnet", version)
    assert project.run("sync").exit_code == 0
    git(project, "init", "--quiet", "--initial-branch", "main")
    commit(project)
    return project
