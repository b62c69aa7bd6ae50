"""Pages of one task each: what they say to type does what they say, in a fleet of two."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.kit.pages import blocks
from tests.kit.project import ProjectFolder

ROOT = Path(__file__).parents[2]


def said(page: str) -> list[list[str]]:
    """Return the words of each command that the unmarked blocks of a page of docs/ say."""
    text = (ROOT / "docs" / page).read_text()
    lines = [line for block in blocks(text, "sh") for line in block.text.splitlines()]
    return [shlex.split(line, comments=True) for line in lines]


@pytest.fixture
def project(tmp_path, origin, monkeypatch):
    """Return a project with `dev` and `prod`, which extend a base; a person stands in it."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    for name in ("dev", "prod"):
        project.environment(name)
    own = yaml.safe_load((project.root / "environments/dev.yaml").read_text())
    own["metadata"]["name"], policy = "_base", own["spec"].pop("policy")
    (project.root / "environments/_base.yaml").write_text(yaml.safe_dump(own))
    own["metadata"]["name"] = "dev"
    own["spec"] = {"extends": "_base", "policy": policy}
    (project.root / "environments/dev.yaml").write_text(yaml.safe_dump(own))
    project.publish("a", 1)
    monkeypatch.chdir(project.root)
    return project


def test_each_command_of_the_page_on_check_checks_what_it_says(project):
    """The project, some environments, a base, and configs with what a server does to them."""
    shutil.copy(ROOT / "examples/wedges/before.config", "models.config")
    shutil.copy(ROOT / "examples/wedges/before.config", "old.config")
    shutil.copy(ROOT / "examples/wedges/w5.config", "new.config")
    found = [project.run(*words) for program, *words in said("check.md")]

    assert [it.exit_code for it in found] == [0, 0, 0, 0, 3], [it.output for it in found]
    assert "label 'stable' of model 'resnet' moves" in found[-1].output


def test_each_command_of_the_page_on_doctor_examines(project):
    """A warning is exit 7 for who asks for that."""
    found = [project.run(*words) for program, *words in said("doctor.md")]

    assert [it.exit_code for it in found] in ([0, 0, 0], [0, 0, 7]), [it.output for it in found]
    assert all("prod" in it.output for it in found)


def test_each_command_of_the_page_on_ways_back_goes_one_step_of_the_way(project, origin):
    """The edit of the policy, and the sync that has the version before again."""
    for version in (1, 2):
        project.publish("half-plus-two", version)
        project.run("sync", "prod")
    rollback, sync = (project.run(*words) for program, *words in said("rollback.md"))

    assert (rollback.exit_code, sync.exit_code) == (0, 0), rollback.output + sync.output
    assert "pin: [1]" in (project.root / "environments/prod.yaml").read_text()
    assert "committed" in sync.output
    assert "half-plus-two" in origin.log()[0]


def test_each_command_of_the_page_on_windows_goes_through_a_freeze(project, origin):
    """The plan that a person looks at, and the sync; the commit has the reason."""
    project.freeze()
    assert "deferred until 2999" in project.run("sync", "prod").output
    plan, sync = (project.run(*words) for program, *words in said("windows.md"))

    assert (plan.exit_code, sync.exit_code) == (0, 0), plan.output + sync.output
    assert "Tfs-Override: INC-42: v7 leaks memory" in origin.log()[0]


def test_each_command_of_the_page_on_releases_shows_what_is_to_be_taken_over(project, origin):
    """A base that somebody changed, beside that of a new fleet: nothing is written by it."""
    project.run("sync")
    tip = origin.log()[0]
    mine = project.root
    for path, data in origin.files().items():
        (mine / path).parent.mkdir(parents=True, exist_ok=True)
        (mine / path).write_bytes(data)
    (mine / "tf-serving/base/service.yaml").write_text("mine\n")
    shown = []
    for program, *words in said("upgrade.md"):
        if program == "git":
            ran = subprocess.run(
                [program, *words[: words.index("||")]], stdout=subprocess.PIPE, check=False
            )
            shown.append(ran.stdout.decode())
        else:
            assert project.run(*words).exit_code == 0, words

    base, components = shown
    assert "-mine\n" in base
    assert "networkpolicy" not in base
    assert components == ""
    assert origin.log()[0] == tip


def test_a_health_check_of_flux_has_nothing_that_is_asked_before_a_failure():
    """Of its expressions Flux asks `inProgress` first: a Job that is given up would be at work."""
    page = (ROOT / "docs/verify.md").read_text()
    found = [yaml.safe_load(block.text) for block in blocks(page, "yaml")]
    [[check]] = [it["healthCheckExprs"] for it in found if "healthCheckExprs" in it]

    assert check.keys() == {"apiVersion", "kind", "failed", "current"}
    assert "FailureTarget" in check["failed"]
