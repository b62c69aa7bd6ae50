"""`--format json` of every command: one value by a schema, for each environment."""

import json

import click
import pytest

from generator.cli import main
from tests.kit.promotion import commit, git
from tests.kit.schemas import schema


def told(project, name, *words):
    """Return the JSON of a command, after its schema has accepted it."""
    data = json.loads(project.run(*words, "--format", "json").stdout)
    schema(name).validate(data)
    return data


def test_every_command_has_json_but_those_whose_output_is_none():
    """A script, a story, a help text; and the agent, which answers at /status."""
    without = {
        name
        for name, command in main.loaded().items()
        if not any(
            isinstance(it.type, click.Choice) and "json" in it.type.choices
            for it in command.params
            if it.name == "form"
        )
    }

    assert without <= {"agent", "completion", "demo", "help"}


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


def test_an_explanation_tells_each_version(project):
    """Of one environment that was named, or of all."""
    project.run("sync")
    project.publish("a", 2)

    data = told(project, "explain", "explain", "dev", "a")
    [everywhere] = told(project, "explain", "explain", "a")

    # The notes tell when the next step is due, which counts from the moment of asking.
    assert everywhere | {"notes": data["notes"]} == data
    assert (data["environment"], data["model"], data["basePaths"]) == ("dev", "a", ["a"])
    assert [(it["version"], it["served"], it["wanted"]) for it in data["versions"]] == [
        (2, False, True),
        (1, True, False),
    ]
    assert all(it["reasons"] for it in data["versions"])


def test_a_rendering_tells_its_plan(project, tmp_path):
    """As `plan` does, of the folder."""
    data = told(project, "plan", "render", "dev", "--output", tmp_path / "out")

    assert data["changed"] is True
    assert (tmp_path / "out/overlays/dev/generated/models.config").exists()


def test_an_index_tells_what_it_declares(project):
    """And what it leaves out."""
    folder = project.export("b", 3)
    (folder / "4").mkdir()
    (folder / "4" / "saved_model.pb").write_bytes(b"cut")

    result = project.run(
        "index", folder, "--store", project.store.as_uri(), "--upload", "--format", "json"
    )
    data = json.loads(result.stdout)

    schema("index").validate(data)
    assert result.exit_code == 3
    assert (data["basePath"], data["versions"]) == ("b", [3])
    assert (project.store / data["index"]).exists()
    assert len(data["refused"]) == 1


def test_a_download_tells_what_is_there_and_what_is_not(project, tmp_path):
    """By model and version."""
    project.run("render", "dev", "--output", tmp_path / "out")
    desired = tmp_path / "out/overlays/dev/generated"
    words = ("pull", "--desired", desired, "--models", tmp_path / "models")

    data = told(project, "pull", *words)
    (project.store / "a/1/saved_model.pb").unlink()
    without = told(project, "pull", *words[:-1], tmp_path / "others")

    [version] = data["versions"]
    assert (version["model"], version["version"]) == ("a", 1)
    assert version["path"] == str(tmp_path / "models/a/1")
    assert data["bytes"] > 0
    assert (without["versions"], len(without["failed"])) == ([], 1)


def test_a_scaffold_tells_its_files_and_what_is_next(project, tmp_path):
    """A second run keeps them."""
    first = told(project, "init", "init", tmp_path / "fleet")
    second = told(project, "init", "init", tmp_path / "fleet")

    assert "environments/dev.yaml" in first["created"]
    assert second["created"] == []
    assert set(second["kept"]) >= {it for it in first["created"] if it.endswith(".yaml")}
    assert any("tfs-gitops" in step for step in first["next"])


def test_the_version_is_a_value_too(project):
    """For the report of a bug."""
    assert told(project, "version", "version")["version"]
