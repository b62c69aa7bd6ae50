"""A project with nothing left to do, and the branches that its syncs open."""

import pytest

from generator.cli.project import Project
from tests.kit.project import ProjectFolder


@pytest.fixture
def project(tmp_path, origin):
    """Return a project with two versions of a model, which is synced: nothing is left to do."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)
    assert project.run("sync").exit_code == 0
    return project


@pytest.fixture
def opened(monkeypatch):
    """Return a list that gets an entry for each branch that is opened: by whole runs alone."""
    found = []
    plain = Project.branch

    def branch(project, environment):
        found.append(environment.name)
        return plain(project, environment)

    monkeypatch.setattr(Project, "branch", branch)
    return found
