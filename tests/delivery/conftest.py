"""A fleet that is delivered by pull request, on both forges, as a fixture."""

import gc

import pytest

from tests.kit.project import ProjectFolder
from tests.kit.reviewed_fleet import Fleet
from tests.servers.forge import TOKEN
from tests.servers.git_http import git_http
from tests.servers.github import github
from tests.servers.gitlab import gitlab
from tests.servers.origin import Origin


@pytest.fixture(params=["github", pytest.param("gitlab", marks=pytest.mark.slow)])
def fleet(request, tmp_path, monkeypatch):
    """Return a fleet with one published version and nothing delivered yet."""
    root = tmp_path / "git"
    (root / "acme").mkdir(parents=True)
    origin = Origin.create(root / "acme" / "fleet.git")
    monkeypatch.setenv("TFS_GITOPS_TOKEN", TOKEN)
    kind = {"github": github, "gitlab": gitlab}[request.param]
    with git_http(root) as server, kind(origin) as forge:
        delivery = {
            "repository": f"{server.url}/acme/fleet.git",
            "mode": "pull-request",
            "settle": "0s",
            "forge": {"type": request.param, "apiUrl": forge.api_url},
        }
        project = ProjectFolder.create(tmp_path / "project", "")
        found = Fleet(project, origin, forge, delivery)
        found.write()
        project.publish("a", 1)
        yield found
        gc.collect()  # the client's connections, before their server is gone
