"""The scripts of the workflows and of the action, in a real shell, with a stand-in for `gh`."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kit.project import ProjectFolder
from tests.kit.workflows import ACTION, CHECK, ROOT, act, bash, installed, load, script, steps

OURS = ["ours", pytest.param("folder", marks=pytest.mark.slow)]
"""Workflows: of this repository, and as `init` writes them, which is the same script."""

MARKER = "<!-- tfs-gitops preview -->"
# A comment that quotes ours is a person's all the same, and other programs comment too.
OTHERS = [
    {"id": 1, "user": {"type": "User"}, "body": f"{MARKER} is what it starts with"},
    {"id": 2, "user": {"type": "Bot"}, "body": "coverage: 97 %"},
]

GH = """#!{python}
import json, os, pathlib, subprocess, sys
state = pathlib.Path(os.environ["GH_STATE"])
comments = json.loads(state.read_text())
arguments = sys.argv[1:]
if "--jq" in arguments:
    command = ["jq", "--raw-output", arguments[arguments.index("--jq") + 1], state]
    sys.exit(subprocess.run(command).returncode)
body = pathlib.Path(arguments[-1].removeprefix("body=@")).read_text()
target = arguments[arguments.index("--method") + 2]
if "PATCH" in arguments:
    [found] = [one for one in comments if target.endswith(f"/comments/{{one['id']}}")]
    found["body"] = body
else:
    comments.append({{"id": len(comments) + 1, "user": {{"type": "Bot"}}, "body": body}})
state.write_text(json.dumps(comments))
"""


@pytest.mark.parametrize("written", ["ours", "folder"], indirect=True)
@pytest.mark.parametrize(
    ("chosen", "expected"),
    [("", ["dev", "prod"]), ("dev", ["dev"]), ('"; rm -rf *', ['"; rm -rf *'])],
)
def test_the_matrix_has_the_files_of_environments(written, tmp_path, chosen, expected):
    """A new file is synced without an edit of the workflow; a base is none; a choice one text."""
    [path] = [path for path in written if path.name == "sync.yml"]
    project = ProjectFolder.create(tmp_path / "project", "unused")
    project.environment("_base")
    project.environment("dev")
    project.environment("prod")
    out = tmp_path / "output"

    done = bash(script(path, "Find"), project.root, CHOSEN=chosen, GITHUB_OUTPUT=str(out))

    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text().removeprefix("names=")) == expected


@pytest.fixture
def project(tmp_path: Path, origin: Any) -> ProjectFolder:
    """Return a project with a model that no environment serves yet."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment("dev")
    project.environment("prod")
    project.publish("a", 1)
    return project


def sync(project: ProjectFolder, tmp_path: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the last step of the action."""
    given = {"token": "", "folder": str(project.root)} | inputs
    return act(ACTION, "Sync", tmp_path, **given)


def test_the_action_syncs_what_it_is_given(project, origin, tmp_path):
    """Environments are separated by any space; nothing given means all."""
    first = sync(project, tmp_path, environments="dev")
    second = sync(project, tmp_path, environments=" prod\n dev ")
    third = sync(project, tmp_path)

    assert [done.returncode for done in (first, second, third)] == [0, 0, 0], first.stderr
    assert len(origin.log()) == 3
    assert "committed" not in third.stdout
    assert "prod  nothing to do" in third.stdout


@pytest.mark.parametrize(
    ("inventory", "pins"),
    [("true", ".ci/constraints/inventory.txt"), ("false", "constraints.txt"), ("1", None)],
)
def test_the_action_installs_what_reads_inventories_where_it_is_asked_to(
    tmp_path, monkeypatch, inventory, pins
):
    """Without it a sync with `source.inventory` ends with exit 3."""
    python = tmp_path / "python"
    words = tmp_path / "words"
    python.write_text(
        f'#!/bin/sh\necho "$@" >> {words}\n[ "$2" != venv ] || cp {python} "$3/bin/python"\n'
    )
    python.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("SOURCE", "/action")

    done = act(ACTION, "Install", tmp_path, inventory=inventory)

    assert done.returncode == 0, done.stderr
    [made, fetched, own] = words.read_text().splitlines()
    assert "venv" in made
    assert f"--requirement /action/{pins or 'constraints.txt'} " in fetched
    assert own.endswith(" /action")


def test_the_action_passes_its_switches_on(project, origin, tmp_path):
    """And takes only "true" for true."""
    assert sync(project, tmp_path, **{"dry-run": "true"}).returncode == 0
    assert len(origin.log()) == 1
    project.claim("bad", ("b", "b/1/saved_model.pb", "00" * 16))
    assert sync(project, tmp_path, strict="true").returncode == 7
    assert sync(project, tmp_path, strict="false").returncode == 0
    assert sync(project, tmp_path, environments="--help").returncode == 3
    urls = "http://127.0.0.1:1  http://127.0.0.1:2"
    assert "found 2: dev, prod" in sync(project, tmp_path, servers=urls).stderr
    assert sync(project, tmp_path, servers=urls, environments="dev").returncode == 0


def test_every_output_of_the_action_is_one_of_the_command(project, tmp_path):
    """A name that differs would be an empty text, and nobody would know."""
    sync(project, tmp_path, environments="dev")
    told = set(re.findall(r"^([\w-]+)<<", (tmp_path / "output").read_text(), re.MULTILINE))

    assert told == set(load(ACTION)["outputs"])
    for name, output in load(ACTION)["outputs"].items():
        assert output["value"] == f"${{{{ steps.sync.outputs.{name} }}}}"


def test_the_action_checks_what_it_is_given(project, tmp_path):
    """Names, and paths from the project folder or from the workspace; all without a target."""
    Path(tmp_path / "models.config").write_text("model_config_list {}\n")
    whole = act(CHECK, "Check", tmp_path, folder="project")
    some = act(
        CHECK,
        "Check",
        tmp_path,
        folder="project",
        targets=" prod\nenvironments/dev.yaml  models.config",
        applied="models.config",
    )

    assert [done.returncode for done in (whole, some)] == [0, 0], whole.stderr + some.stderr
    assert whole.stdout == "environments/dev.yaml: ok\nenvironments/prod.yaml: ok\n"
    assert "environments/prod.yaml: ok\nproject/environments/dev.yaml: ok\n" in some.stdout
    assert "models.config: a live server that runs models.config takes it" in some.stdout
    assert act(CHECK, "Check", tmp_path, folder="project", targets="--help").returncode == 3


def test_the_action_writes_sarif_also_where_the_check_fails(project, tmp_path):
    """That is when it is looked at; the annotations and the exit code are those of one run."""
    path = project.root / "environments/dev.yaml"
    path.write_text(path.read_text().replace("  serving:", "  serving:\n    replicas: many"))

    done = act(CHECK, "Check", tmp_path, folder="project", sarif="found.sarif")
    [run] = json.loads((tmp_path / "found.sarif").read_text())["runs"]

    assert done.returncode == 3
    assert done.stderr.count("::error ") == 1
    assert [one["ruleId"] for one in run["results"]] == ["invalid-environment"]


def runner(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a step of a preview, with the program and `gh` in its PATH."""
    programs = tmp_path / "tfs-gitops/bin"
    if not programs.exists():
        gh = installed(tmp_path) / "gh"
        gh.write_text(GH.format(python=sys.executable))
        gh.chmod(0o755)
        (tmp_path / "comments").write_text(json.dumps(OTHERS))
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_REPOSITORY": "acme/fleet",
        "GH_STATE": str(tmp_path / "comments"),
        "NUMBER": "7",
        "RUN": "https://github.com/acme/fleet/actions/runs/1",
    }


def comment(path: Path, project: ProjectFolder, tmp_path: Path) -> list[dict[str, Any]]:
    """Run the last step of a preview; return the comments of the pull request."""
    done = bash(script(path, "Comment"), project.root, **runner(tmp_path))
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads((tmp_path / "comments").read_text())
    return found


@pytest.mark.parametrize("written", OURS, indirect=True)
def test_there_is_one_comment_however_often(written, project, tmp_path):
    """It is updated in place, and those of others stay."""
    [path] = [path for path in written if path.name == "preview.yml"]
    bash(script(path, "Plan"), project.root, **runner(tmp_path))
    before = comment(path, project, tmp_path)
    project.run("sync")
    bash(script(path, "Plan"), project.root, **runner(tmp_path))
    after = comment(path, project, tmp_path)

    assert before[:2] == after[:2] == OTHERS
    assert len(before) == len(after) == 3
    assert "1 to add" in before[2]["body"]
    assert "1 to add" not in after[2]["body"]


@pytest.mark.parametrize("written", OURS, indirect=True)
def test_what_the_check_found_takes_the_place_of_an_old_plan(written, project, tmp_path):
    """A person would read a plan of what they pushed before."""
    [path] = [path for path in written if path.name == "preview.yml"]
    environ = runner(tmp_path)
    for name in ("Check", "Plan"):
        assert bash(script(path, name), project.root, **environ).returncode == 0
    comment(path, project, tmp_path)
    (tmp_path / "summary").unlink()  # each step has one of its own
    (project.root / "environments/dev.yaml").write_text("spec: <b>\n")
    checked = bash(script(path, "Check"), project.root, **environ)
    comments = comment(path, project, tmp_path)

    assert checked.returncode == 3
    assert len(comments) == 3
    assert comments[2]["body"].startswith(f"{MARKER}\nThere is no plan of this push")
    assert "### `dev`: failed, exit code 3" in comments[2]["body"]
    assert "### `prod`: ok" in comments[2]["body"]
    assert "to add" not in comments[2]["body"]
    [last] = [step for step in steps(path) if step["name"] == "Comment"]
    assert "!cancelled() && steps.check.outcome != 'skipped'" in last["if"]


def test_an_environment_without_a_plan_is_told_and_fails_the_run(project, tmp_path):
    """The plans of the others are there all the same."""
    path = ROOT / ".github/workflows/preview.yml"
    (project.root / "environments/broken.yaml").write_text("spec: 7\n")
    (project.root / "environments/_base.yaml").write_text("spec: 7\n")
    done = bash(script(path, "Plan"), project.root, **runner(tmp_path))
    body = comment(path, project, tmp_path)[-1]["body"]

    assert done.returncode == 1
    assert "### `broken`: there is no plan" in body
    assert "_base" not in body
    assert body.count("1 to add") == 2


def test_a_plan_that_a_guard_refuses_is_in_the_comment_and_fails_the_run(project, tmp_path):
    """A reviewer is to see what would go."""
    project.run("sync")
    for key in project.store.glob("index-*.csv"):
        key.unlink()
    path = ROOT / ".github/workflows/preview.yml"
    done = bash(script(path, "Plan"), project.root, **runner(tmp_path))
    body = comment(path, project, tmp_path)[-1]["body"]

    assert done.returncode == 1
    assert body.count("**Refused** (`empty-store`)") == 2
    assert body.count("1 to remove") == 2
    assert "there is no plan" not in body


def test_a_plan_that_is_too_long_for_a_comment_leads_to_the_summary(project, tmp_path):
    """GitHub would refuse it, and the comment of the last push would stay."""
    path = ROOT / ".github/workflows/preview.yml"
    (tmp_path / "preview.md").write_text(f"{MARKER}\n" + "x" * 65_537)

    bodies = [one["body"] for one in comment(path, project, tmp_path)]

    assert len(bodies) == 3
    assert bodies[2].startswith(f"{MARKER}\n")
    assert "[it is in the summary](https://github.com/acme/fleet/actions/runs/1)" in bodies[2]


def test_a_token_that_may_not_comment_fails_nothing(project, tmp_path):
    """The plan is in the summary."""
    path = ROOT / ".github/workflows/preview.yml"
    environ = runner(tmp_path)
    (tmp_path / "preview.md").write_text(f"{MARKER}\n")
    gh = tmp_path / "tfs-gitops/bin/gh"
    gh.write_text('#!/bin/sh\ncase "$*" in *--method*) exit 1;; esac\n')

    done = bash(script(path, "Comment"), project.root, **environ)

    assert done.returncode == 0
    assert "::warning title=preview::cannot comment" in done.stdout
