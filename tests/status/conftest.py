"""Fixtures of the tests of `tfs-gitops status`."""

import pytest

from tests.kit.project import ProjectFolder
from tests.kit.served_fleet import Fleet


@pytest.fixture
def fleet(tmp_path, origin):
    """Return a fleet whose Git says nothing yet."""
    return Fleet(ProjectFolder.create(tmp_path / "project", str(origin.path)), origin)
