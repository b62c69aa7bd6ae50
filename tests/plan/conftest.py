"""The project that most gates are tried on."""

import pytest

from tests.kit.project import ProjectFolder


@pytest.fixture
def project(tmp_path, origin):
    """Return a project that delivers to the origin."""
    return ProjectFolder.create(tmp_path / "project", str(origin.path))
