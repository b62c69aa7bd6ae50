"""The command `doctor`: what it prints, and its exit code."""

import json
import os

import pygit2
import pytest

from generator.limits.forge_files import CODE_OWNERS_BYTES
from tests.kit.project import ProjectFolder
from tests.kit.promotion import git
from tests.kit.schemas import schema


@pytest.fixture
def project(tmp_path, origin):
    """Return a project with one environment, whose store has a version."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)
    return project


def doctor(project, *words):
    """Return the checks by environment, as JSON has them, and the exit code."""
    result = project.run("doctor", *words, "--format", "json")
    told = json.loads(result.stdout)
    schema("doctor").validate(told)
    return told, result.exit_code


def levels(told, environment="dev"):
    """Return the worst level of each check of an environment."""
    order = ["ok", "ask", "warn", "fail"]
    found = {}
    for one in told["checks"]:
        if one["environment"] == environment:
            worst = max(found.get(one["check"], "ok"), one["level"], key=order.index)
            found[one["check"]] = worst
    return found


def test_a_project_that_can_be_synced_is_ok_and_nothing_is_changed(project, origin):
    """No commit, no branch, no file."""
    before = origin.log(), sorted(project.root.rglob("*"))

    told, code = doctor(project)

    assert code == 0
    assert told["summary"]["fail"] == 0
    assert levels(told)["push"] == levels(told)["store"] == "ok"
    assert levels(told, None)["python"] == "ok"
    assert (origin.log(), sorted(project.root.rglob("*"))) == before


def test_text_has_a_line_for_each_check_and_the_numbers_last(project):
    """The next step stands below what is not ok."""
    project.environment(source={"endpoint": "http://minio.example"})
    text = project.run("doctor", "dev").stdout

    assert text.startswith("this machine\n  ok    python      Python 3.")
    assert "\ndev\n  ok    policy      environments/dev.yaml: valid\n" in text
    [line] = [line for line in text.splitlines() if line.startswith("  warn  transport")]
    assert text.partition(f"{line}\n")[2].lstrip().startswith("-> use https, or ssh")
    assert text.splitlines()[-1].endswith("0 fail, 3 ask")


def test_the_exit_code_is_that_of_a_sync_and_the_worst_of_all(project, tmp_path):
    """3 for a policy, 4 for a store, 5 for a repository; the store's is the worse."""
    project.environment("far", source={"url": (tmp_path / "gone").as_uri()})
    (project.root / "environments/wrong.yaml").write_text("spec: 7\n")
    project.environment("lost", delivery={"repository": "gone.git"})

    codes = {name: doctor(project, name)[1] for name in ("dev", "far", "wrong", "lost")}

    assert codes == {"dev": 0, "far": 4, "wrong": 3, "lost": 5}
    assert {name: project.run("sync", name).exit_code for name in codes} == codes
    assert doctor(project)[1] == 4


def test_strict_makes_a_warning_exit_7(project):
    """For a job that is to stay as careful as it was set up."""
    project.environment(serving={"image": "tensorflow/serving:latest"})

    assert doctor(project)[1] == 0
    assert doctor(project, "--strict")[1] == 7


def test_git_without_an_identity_and_no_kubectl_are_warnings(project, monkeypatch, tmp_path):
    """A sync works without them."""
    for role in ("NAME", "EMAIL"):
        monkeypatch.delenv(f"GIT_AUTHOR_{role}")
    monkeypatch.setenv("PATH", str(tmp_path))

    told, code = doctor(project)

    assert (levels(told, None)["git"], levels(told, None)["kubectl"], code) == ("warn", "warn", 0)


def test_the_identity_of_the_checkout_is_that_of_commits(project, monkeypatch):
    """Git's own settings are read where there is a repository, as Git reads them."""
    for role in ("NAME", "EMAIL"):
        monkeypatch.delenv(f"GIT_AUTHOR_{role}")
    repository = pygit2.init_repository(project.root)
    repository.config["user.name"], repository.config["user.email"] = "Ada", "ada@example.com"

    [git] = [one for one in doctor(project)[0]["checks"] if one["check"] == "git"]

    assert "Ada <ada@example.com>" in git["message"]


def test_a_clone_is_looked_at_for_owners_and_what_is_not_pushed(project, origin):
    """Other people work on it too."""
    repository = pygit2.init_repository(project.root, initial_head="main")
    repository.remotes.create("origin", str(origin.path))
    git(project, "add", "environments")
    git(project, "commit", "--quiet", "-m", "policy")

    told = levels(doctor(project)[0])
    owners = "/environments/ @acme/leads\n/templates/ @acme/leads\n"
    (project.root / "CODEOWNERS").write_text(owners)

    assert (told["owners"], told["policy"]) == ("warn", "warn")
    assert levels(doctor(project)[0])["owners"] == "ok"


def test_code_owners_that_have_no_end_name_nobody(project, origin):
    """A pipe has no reader's patience, and what is too long no forge reads."""
    repository = pygit2.init_repository(project.root, initial_head="main")
    repository.remotes.create("origin", str(origin.path))
    found = {}
    for kind in ("pipe", "long"):
        path = project.root / "CODEOWNERS"
        path.unlink(missing_ok=True)
        if kind == "pipe":
            os.mkfifo(path)
        else:
            path.write_bytes(b"* @ada\n" * (CODE_OWNERS_BYTES // 7 + 1))
        found[kind] = levels(doctor(project)[0])["owners"]

    assert found == {"pipe": "warn", "long": "warn"}
