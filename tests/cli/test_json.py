"""`--format json` of the commands that act: one value by a schema, for each environment."""

import json

import pytest

from tests.kit.project import ProjectFolder
from tests.kit.promotion import commit, git
from tests.kit.schemas import schema


@pytest.fixture
def project(tmp_path, origin):
    """Return a project with a good and a broken model."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)
    project.claim("broken", ("b", "b/1/saved_model.pb", "00" * 16))
    return project


def told(project, name, *words):
    """Return the JSON of a command, after its schema has accepted it."""
    data = json.loads(project.run(*words, "--format", "json").stdout)
    schema(name).validate(data)
    return data


def test_a_sync_tells_what_became_of_the_environment_and_its_plan(project, origin):
    """What the text says, for a script."""
    planned = told(project, "plan", "plan", "dev")

    trial = told(project, "sync", "sync", "dev", "--dry-run")
    done = told(project, "sync", "sync", "dev", "--strict")
    again = told(project, "sync", "sync", "dev")

    assert (trial["result"], trial["commit"]) == ("pending", None)
    assert trial["plan"] == done["plan"] == planned
    assert (done["result"], done["exitCode"], done["branch"]) == ("committed", 7, "main")
    assert str(origin.repo.branches.local["main"].target) == done["commit"]
    assert (again["result"], again["commit"], again["plan"]["changed"]) == (
        "unchanged",
        None,
        False,
    )


def test_a_sync_of_several_is_a_list_in_which_a_failed_one_has_its_error(project):
    """What is not there was not asked for."""
    project.environment("far", source={"url": "file:///nowhere/at/all"})

    result = project.run("sync", "--format", "json")
    data = json.loads(result.stdout)

    schema("sync").validate(data)
    assert result.exit_code == 4
    assert [entry["environment"] for entry in data] == ["dev", "far"]
    assert data[0]["result"] == "committed"
    assert data[1]["error"]["exitCode"] == 4


def test_a_refused_sync_has_its_plan_with_the_refusal(project):
    """The exit code is that of the guard."""
    project.run("sync")
    for index in project.store.glob("index-*.csv"):
        index.unlink()

    data = told(project, "sync", "sync", "dev")

    assert (data["result"], data["exitCode"], data["commit"]) == ("refused", 6, None)
    assert data["plan"]["refused"]["code"] == "empty-store"


@pytest.fixture
def policy_project(project):
    """Return the project in Git, in which dev has served two versions one after the other."""
    rule = {"match": "a", "versions": {"pin": [1]}}
    project.environment("dev", [rule], delivery={"settle": "0s"})
    project.run("sync", "dev")
    project.publish("a", 2)
    project.environment("dev", [rule | {"versions": {"pin": [1, 2]}}], delivery={"settle": "0s"})
    project.environment("prod", [{"match": "*", "versions": {"latest": 1, "from": "dev"}}])
    project.run("sync", "dev")
    git(project, "init", "--quiet", "--initial-branch", "main")
    commit(project)
    return project


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("promote", "a@1", "--to", "prod"), "prod"),
        (("label", "dev", "a", "stable=2"), "dev"),
        (("rollback", "dev", "a"), "dev"),
    ],
)
def test_an_edit_of_the_policy_tells_its_diff_and_where_it_went(policy_project, words, environment):
    """On a branch, or in the working tree; and that there was nothing to edit."""
    committed = told(policy_project, "edit", *words)
    written = told(policy_project, "edit", *words, "--write")
    commit(policy_project)
    again = told(policy_project, "edit", *words)

    file = f"environments/{environment}.yaml"
    for data in (committed, written, again):
        assert (data["environment"], data["model"], data["file"]) == (environment, "a", file)
        assert (data["plan"] is not None) == (words[0] == "rollback")
    assert committed["diff"] == written["diff"]
    assert committed["diff"].startswith(f"--- a/{file}\n")
    assert git(policy_project, "rev-parse", committed["branch"]).strip() == committed["commit"]
    assert (written["changed"], written["branch"], written["commit"]) == (True, None, None)
    assert (again["changed"], again["diff"], again["branch"]) == (False, "", None)
