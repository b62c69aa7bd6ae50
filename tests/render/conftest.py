"""The project that renders of a Compose project are tried on."""

import pytest

from tests.kit.compose_projects import unversioned


@pytest.fixture
def project(tmp_path):
    """A project with one published model, and no repository at all."""
    return unversioned(tmp_path / "project")
