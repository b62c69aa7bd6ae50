"""Fixtures of what only the whole program shows."""

from pathlib import Path

import pytest

from tests.kit.delivered import served
from tests.kit.fleets import init
from tests.kit.project import ProjectFolder
from tests.kit.workflows import STORES, files
from tests.servers.origin import Origin


@pytest.fixture(scope="module", params=["ours", *STORES])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return our workflows, and those for fleets with each kind of store."""
    if request.param == "ours":
        return files()
    fleet = tmp_path_factory.mktemp("fleet")
    init(fleet, *STORES[request.param], "--repository", "https://github.com/a/b", "--pages")
    return sorted((fleet / ".github/workflows").glob("*.yml"))


@pytest.fixture
def project(tmp_path: Path, origin: Origin) -> ProjectFolder:
    """Return a project that delivers to the origin, with the environment dev."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    return project


@pytest.fixture
def serving(project: ProjectFolder, origin: Origin) -> ProjectFolder:
    """Return a project where dev serves versions 1 of a and b."""
    project.publish("a", 1)
    project.publish("b", 1)
    assert project.run("sync").exit_code == 0
    assert served(origin) == [1]
    return project
