"""Fresh folders in ordinary states: what a person is told who has just begun."""

import pygit2
import pytest

from tests.kit.forges import STAND_INS
from tests.kit.project import ProjectFolder
from tests.servers.forge import TOKEN
from tests.servers.git_http import git_http
from tests.servers.origin import Origin


def test_an_empty_repository_gets_its_branch_by_the_first_commit(tmp_path):
    """Nothing is there that could be read."""
    project = ProjectFolder.create(tmp_path / "project", str(tmp_path / "fleet.git"))
    pygit2.init_repository(tmp_path / "fleet.git", bare=True)
    project.environment()

    told = project.run("doctor")

    assert told.exit_code == 0, told.output
    assert "it is empty: the first sync that commits makes main" in told.stdout


def test_an_empty_repository_takes_no_pull_request_which_a_sync_would_fail_on(
    tmp_path, monkeypatch
):
    """It is told before, with the next step, and with the exit code of that sync."""
    (tmp_path / "git" / "acme").mkdir(parents=True)
    path = tmp_path / "git" / "acme" / "fleet.git"
    origin = Origin(path, pygit2.init_repository(path, bare=True, initial_head="main"))
    origin.repo.config["http.receivepack"] = True
    monkeypatch.setenv("TFS_GITOPS_TOKEN", TOKEN)
    with git_http(tmp_path / "git") as server, STAND_INS["github"](origin) as forge:
        project = ProjectFolder.create(tmp_path / "project", f"{server.url}/acme/fleet.git")
        delivery = {"mode": "pull-request", "forge": {"type": "github", "apiUrl": forge.api_url}}
        project.environment(delivery=delivery)
        project.publish("a", 1)

        told, synced = project.run("doctor"), project.run("sync")

    assert told.exit_code == synced.exit_code == 5
    assert "it is empty, so no pull request can be made into it" in told.stdout
    assert "-> push a first commit to 'main'" in told.stdout


def test_a_store_that_is_a_file_is_told_as_one(tmp_path, origin):
    """To create the folder would not help."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    (tmp_path / "store").write_text("")
    project.environment(source={"url": (tmp_path / "store").as_uri()})

    assert "it is a file, not a folder" in project.run("doctor").stdout


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (None, "environments: no environments, which are NAME.yaml there"),
        ("_base.yaml", "environments: no environments: _base.yaml is a base alone, by its `_`"),
    ],
)
def test_a_folder_without_environments_says_what_it_has_instead(tmp_path, file, said):
    """Whoever begins with what all share has none yet."""
    project = ProjectFolder.create(tmp_path / "project", "fleet.git")
    if file:
        (project.root / "environments" / file).write_text("")

    told = project.run("doctor")

    assert told.exit_code == 3
    assert said in told.stderr
