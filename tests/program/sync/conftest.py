"""Fixtures of syncs: a project that delivers to an origin."""

import pytest

from tests.kit.project import ProjectFolder


@pytest.fixture
def project(tmp_path, origin):
    """Return a project that delivers to the origin, with the environment dev."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    return project
