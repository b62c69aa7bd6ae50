"""The project of a test of a command, where it has none of its own."""

import pytest

from tests.kit.project import ProjectFolder


@pytest.fixture
def project(tmp_path, origin):
    """Return a project whose next sync adds one model and holds another."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)
    project.claim("broken", ("b", "b/1/saved_model.pb", "00" * 16))
    return project
