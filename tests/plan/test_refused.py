"""A plan that a guard refuses is printed, with the refusal in it, and nothing is changed."""

import json

import pytest

from generator.errors import Refusal
from tests.kit.project import ProjectFolder
from tests.kit.schemas import schema

CONFIG = "tf-serving/overlays/dev/generated/models.config"


@pytest.fixture
def project(tmp_path, origin):
    """Return a project whose models a, b and c are served; the keys of their indexes by name."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    return project


@pytest.fixture
def keys(project):
    """Serve three models; return the keys of their indexes."""
    found = {model: project.publish(model, 1) for model in "abc"}
    assert project.run("sync").exit_code == 0
    return found


def withdraw(project, *keys: str) -> None:
    """Delete indexes."""
    for key in keys:
        (project.store / key).unlink()


def planned(project, *words: str):
    """Return the JSON of a plan that is refused, by its schema."""
    result = project.run("plan", "dev", "--format", "json", *words)
    assert result.exit_code == 6, result.output
    found = json.loads(result.stdout)
    schema("plan").validate(found)
    return found


def test_a_refused_plan_tells_what_would_go_and_why_it_does_not(project, keys):
    """On stdout in each form, also with switches that would choose another exit code."""
    withdraw(project, keys["a"], keys["b"])

    found = planned(project, "--exit-code", "--strict")
    text = project.run("plan", "dev")
    markdown = project.run("plan", "dev", "--format", "markdown").stdout

    assert [(it["model"], it["action"]) for it in found["changes"]] == [
        ("a", "remove"),
        ("b", "remove"),
    ]
    assert found["changed"] is False
    assert found["refused"]["code"] == "removals"
    assert "this would remove 2 of 3 models" in found["refused"]["message"]
    assert "--allow-removals" in found["refused"]["hint"]
    assert text.exit_code == 6
    assert text.stdout.startswith("dev: 2 to remove, 1 unchanged, 0 held, refused\n  - a: ")
    assert "refused: removals: a sync does none of this" in text.stdout
    assert "error: dev: this would remove 2 of 3 models" in text.stderr
    assert "**Refused** (`removals`): a sync does none of this." in markdown
    assert "| a | remove |" in markdown
    assert markdown.index("this would remove 2 of 3") < markdown.index("| a | remove |")


def test_a_plan_that_nobody_refuses_says_so(project, keys):
    """The key is always there."""
    result = project.run("plan", "dev", "--format", "json")

    assert json.loads(result.stdout)["refused"] is None
    assert "efused" not in project.run("plan", "dev", "--format", "markdown").stdout


def test_a_refused_sync_prints_the_plan_too(project, keys, origin):
    """And commits nothing; the others are synced."""
    withdraw(project, keys["a"], keys["b"])
    project.environment("prod")
    before = origin.log()

    result = project.run("sync", "dev", "prod")

    assert result.exit_code == 6
    assert "dev: 2 to remove, 1 unchanged, 0 held, refused" in result.stdout
    assert "nothing was committed" in result.stdout
    assert "dev   refused, exit code 6\nprod  committed" in result.stdout
    assert len(origin.log()) == len(before) + 1


def test_an_empty_store_is_planned_and_refused(project, keys):
    """More likely it is another bucket: what is served is listed once as what would go."""
    withdraw(project, *keys.values())

    found = planned(project)

    assert found["refused"]["code"] == "empty-store"
    assert len(found["changes"]) == 3


def test_another_store_is_planned_and_refused(project, keys, tmp_path):
    """Its versions have the numbers of those that are served, and other bytes."""
    other = ProjectFolder.create(tmp_path / "other", "")
    other.export("a", 1, of="kittens/1")
    words = ["--store", other.store.as_uri(), "--upload"]
    assert other.run("index", other.root / "export/a", *words).exit_code == 0
    project.environment(source={"url": other.store.as_uri()}, delivery={"limits": {"removals": 9}})

    assert planned(project)["refused"]["code"] == "other-store"


def test_what_a_person_wrote_into_the_config_leaves_nothing_to_plan_from(project, keys, origin):
    """The plan has the refusal, and no change: nobody knows what servers have."""
    text = origin.files()[CONFIG].replace(b'name: "a"', b'name: "z"')
    origin.commit({CONFIG: text}, "by hand")

    found = planned(project)

    assert (found["refused"]["code"], found["changes"]) == ("edited-config", [])
    assert "model 'z' is not in the lock" in found["refused"]["message"]


def test_a_runner_shows_the_plan_that_is_refused(project, keys, tmp_path, monkeypatch):
    """In the summary beside the annotation; nothing has changed."""
    withdraw(project, keys["a"], keys["b"])
    for name in ("SUMMARY", "OUTPUT"):
        variable = "GITHUB_STEP_SUMMARY" if name == "SUMMARY" else "GITHUB_OUTPUT"
        monkeypatch.setenv(variable, str(tmp_path / name))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    result = project.run("sync", "dev")

    summary = (tmp_path / "SUMMARY").read_text()
    assert "**Refused** (`removals`)" in summary
    assert "| a | remove |" in summary
    assert (tmp_path / "OUTPUT").read_text().startswith("changed<<")
    assert '"changed": false' in (tmp_path / "OUTPUT").read_text()
    assert "::error title=dev::dev: this would remove 2 of 3 models" in result.stderr


def test_the_schema_has_every_reason_to_refuse():
    """A reader may switch on the code."""
    assert schema("plan").schema["$defs"]["plan"]["properties"]["refused"]["properties"]["code"][
        "enum"
    ] == [*Refusal]
