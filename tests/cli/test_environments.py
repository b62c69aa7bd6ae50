"""None, one or several environments: what every command that takes them does alike."""

import json

import pytest

from generator.catalog import store
from tests.kit.project import ProjectFolder
from tests.kit.schemas import schema

COMMANDS = ["plan", "catalog", "history"]


@pytest.fixture
def project(tmp_path, origin):
    """Return a project where dev and prod serve the model a, and nothing was synced to new."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment("dev")
    project.environment("prod")
    project.publish("a", 1)
    assert project.run("sync").exit_code == 0
    project.environment("new")
    return project


def listed(project, *words):
    """Return the JSON that a command prints, after its schema has accepted it."""
    data = json.loads(project.run(*words, "--format", "json").stdout)
    schema(words[0]).validate(data)
    return data


@pytest.mark.parametrize("command", COMMANDS)
def test_one_named_environment_is_an_object_and_several_or_none_are_a_list(project, command):
    """A script that names one reads what it always did; without a name it is all of them."""
    assert listed(project, command, "dev")["environment"] == "dev"
    both = listed(project, command, "prod", "dev")
    assert {one["environment"] for one in both} == {"dev", "prod"}
    assert len(listed(project, command)) == 3


@pytest.mark.parametrize("command", COMMANDS)
def test_an_environment_that_fails_has_its_entry_and_stops_no_other(project, command):
    """What is missing in a list could be taken for nothing to tell."""
    (project.root / "environments/bad.yaml").write_text("kind: 7\n")

    result = project.run(command, "--format", "json")
    found = {one["environment"]: one for one in listed(project, command)}

    assert result.exit_code == 3
    assert "error: environments/bad.yaml:1" in result.stderr
    assert found["bad"]["error"]["exitCode"] == 3
    assert "error" not in found["dev"]


@pytest.mark.parametrize("command", ["plan", "catalog"])
def test_an_environment_that_is_named_twice_is_meant_once(project, command):
    """As `sync dev dev` makes one commit."""
    assert listed(project, command, "dev", "dev")["environment"] == "dev"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_failure_of_the_only_environment_is_told_on_stderr_alone(project, command):
    """Stdout is what was asked for, or nothing."""
    (project.root / "environments/bad.yaml").write_text("kind: 7\n")

    result = project.run(command, "bad", "--format", "json")

    assert (result.exit_code, result.stdout) == (3, "")
    assert "error: environments/bad.yaml:1" in result.stderr


@pytest.mark.parametrize("command", ["plan", "catalog", "sync", "status"])
def test_an_environment_that_there_is_none_of_is_named_once(project, command):
    """Where the message names it, nothing is put before it."""
    result = project.run(command, "dev", "nope")

    assert "error: no environment 'nope': environments/nope.yaml does not exist" in result.stderr


@pytest.mark.parametrize("command", ["plan", "catalog", "sync", "explain"])
def test_texts_of_several_environments_are_parted_by_a_blank_line(project, command):
    """Where one ends and the next begins is seen at once."""
    printed = project.run(command, *(["a"] if command == "explain" else [])).stdout

    assert not printed.startswith("\n")
    for name in ("dev", "prod"):
        assert f"\n\n{name}: " in f"\n\n{printed}"


@pytest.mark.parametrize("command", COMMANDS)
def test_an_environment_comes_after_those_that_it_takes_versions_from(project, command):
    """As a sync goes through them."""
    taking = {"match": "*", "versions": {"latest": 1, "from": "prod"}}
    project.environment("dev", policy=[taking])

    assert [one["environment"] for one in listed(project, command)] == ["new", "prod", "dev"]


def test_plans_of_several_environments_end_with_a_line_for_each(project):
    """Also for one that failed; a single one has its counts already."""
    (project.root / "environments/bad.yaml").write_text("kind: 7\n")

    last = project.run("plan").stdout.split("\n\n")[-1].splitlines()

    assert last[:2] == ["bad   failed", "dev   no change, 1 unchanged, 0 held"]
    assert last[2].startswith("new   1 to add, 0 unchanged, 0 held")
    assert last[3:] == ["prod  no change, 1 unchanged, 0 held"]
    assert project.run("plan", "dev").stdout == "dev: no change, 1 unchanged, 0 held\n"


def test_a_diff_is_text_and_no_part_of_another_format(project):
    """It shows what the rendered files become, but for the lock."""
    shown = project.run("plan", "new", "--diff").stdout
    refused = project.run("plan", "new", "--diff", "--format", "json")

    assert "+++ b/tf-serving/overlays/new/generated/models.config" in shown
    assert "+  config {" in shown
    assert "+++ b/tf-serving/overlays/new/generated/models.lock.json" not in shown
    assert refused.exit_code == 2
    assert "--diff is for text: --format json excludes it" in refused.stderr


def test_a_store_that_fails_is_asked_once_for_all_that_share_it(project, monkeypatch):
    """It may take a minute to fail; each environment is told of it."""
    asked = []
    opened = store.open_store
    monkeypatch.setattr(store, "open_store", lambda it: asked.append(it) or opened(it))
    project.store.rename(project.root / "moved")

    result = project.run("catalog")

    assert result.exit_code == 4
    assert result.stderr.count("the folder does not exist") == 3
    assert len(asked) == 1


def test_the_last_word_of_history_is_a_model_where_no_environment_has_its_name(project):
    """Or where it was named before: a model may be called as its environment is."""
    by_model = listed(project, "history", "a")
    assert {one["environment"]: one["model"] for one in by_model} == {
        **dict.fromkeys(("dev", "new", "prod"), "a")
    }
    assert listed(project, "history", "prod", "dev", "a")[0]["model"] == "a"
    assert listed(project, "history", "dev")["model"] is None

    project.publish("dev", 1)
    assert project.run("sync", "dev").exit_code == 0
    entries = listed(project, "history", "dev", "dev")
    assert (entries["model"], len(entries["entries"])) == ("dev", 1)


def test_history_without_an_environment_tells_each_under_its_name(project):
    """And says of which there is none."""
    result = project.run("history")

    assert [line for line in result.stdout.splitlines() if line.endswith(":")] == ["dev:", "prod:"]
    assert result.stderr == "nothing was ever committed for new\n"


def test_a_word_that_is_neither_environment_nor_model_is_told_with_what_is_like_it(project):
    """A slip in the name of an environment reads as a model."""
    result = project.run("history", "prodd")

    assert result.exit_code == 3
    assert "'prodd' is no environment, and none has ever served such a model" in result.stderr
    assert "did you mean 'prod'?" in result.stderr
    assert "has never served" not in result.stderr


def test_explain_without_an_environment_tells_where_the_model_is_unknown(project):
    """That is an answer; it is an error where no environment knows it, or one was named."""
    project.environment("other", source={"url": (project.root / "empty").as_uri()})
    (project.root / "empty").mkdir()

    everywhere = project.run("explain", "a")
    named = project.run("explain", "other", "a")
    nowhere = project.run("explain", "b")

    assert everywhere.exit_code == 0
    assert "dev: a (a)\n" in everywhere.stdout
    assert "other: a\n  ! no model 'a' in file:///" in everywhere.stdout
    assert (named.exit_code, nowhere.exit_code) == (3, 3)
    assert nowhere.stdout == ""
    for name in ("dev", "new", "other", "prod"):
        assert f"{name}: no model 'b' in file:///" in nowhere.stderr
