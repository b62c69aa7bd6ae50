"""The workflows and the action of this repository, and those that `init` writes.

GitHub is not here: `zizmor` and GitHub's schemas read the files, and their scripts run in a
real shell, with a stand-in for `gh`.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.render.workflows import PINS
from tests.cli.test_init import init
from tests.kit.project import ProjectFolder

ROOT = Path(__file__).parents[2]
ACTION = ROOT / ".github/actions/sync/action.yml"
STORES = {
    "aws": ["--store", "s3://models"],
    "minio": ["--store", "s3://models", "--endpoint", "https://minio.example"],
    "google": ["--store", "gs://models"],
    "folder": [],
}
PINNED = re.compile(r"uses: ([\w-]+/[\w-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)$")
# What a token, a secret or a signed identity needs to be given.
GIVEN = re.compile(r"secrets\.|github\.token|configure-aws-credentials|google-github-actions")
FROM_HERE = "github.event.pull_request.head.repo.full_name == github.repository"
# A schedule is always on the default branch, and its event may not say which that is.
ON_DEFAULT = re.compile(
    r"(^|&& \()github\.event_name == 'schedule' \|\| github\.ref == "
    r"format\('refs/heads/\{0}', github\.event\.repository\.default_branch\)\)?$"
)

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


def files() -> list[Path]:
    """Return ours."""
    return [ACTION, *sorted((ROOT / ".github/workflows").glob("*.yml"))]


@pytest.fixture(scope="module", params=["ours", *STORES])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return our workflows, and those for fleets with each kind of store."""
    if request.param == "ours":
        return files()
    fleet = tmp_path_factory.mktemp("fleet")
    init(fleet, *STORES[request.param], "--repository", "https://github.com/a/b")
    return sorted((fleet / ".github/workflows").glob("*.yml"))


def load(path: Path) -> dict[Any, Any]:
    """Return a workflow or an action."""
    loaded: dict[Any, Any] = yaml.safe_load(path.read_text())
    return loaded


def jobs(path: Path) -> dict[str, Any]:
    """Return the jobs of a workflow, none of an action."""
    found: dict[str, Any] = load(path).get("jobs", {})
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    """Return all steps of a workflow or an action."""
    found: list[dict[str, Any]] = load(path).get("runs", {}).get("steps", [])
    return found + [step for job in jobs(path).values() for step in job["steps"]]


def script(path: Path, name: str) -> str:
    """Return what the step *name* runs."""
    [found] = [step["run"] for step in steps(path) if step.get("name") == name]
    return str(found)


def bash(text: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a step as a runner does."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def installed(folder: Path) -> Path:
    """Put the program where the action's first steps would; return that folder."""
    program = folder / "tfs-gitops/bin/tfs-gitops"
    program.parent.mkdir(parents=True)
    line = f'exec env PYTHONPATH={ROOT} {shlex.quote(sys.executable)} -m generator "$@"\n'
    program.write_text(f"#!/bin/sh\n{line}")
    program.chmod(0o755)
    return program.parent


# --- the files --------------------------------------------------------------------------


def test_zizmor_finds_nothing(written):
    """Not a token that stays, a permission too many, or a text that becomes code."""
    program = Path(sysconfig.get_path("scripts"), "zizmor")
    command = [program, "--offline", "--no-progress", "--strict-collection"]
    done = subprocess.run([*command, *written], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_they_follow_githubs_schemas(written):
    """GitHub refuses a file that does not, when it is too late."""
    for path in written:
        schema = "vendor.github-actions" if path == ACTION else "vendor.github-workflows"
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, path]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_what_they_use_is_pinned_and_the_same_everywhere(written):
    """By the commit, with the version for people and bots; `$/` is this very commit."""
    lines = [
        line.strip().removeprefix("- ")
        for path in written
        for line in path.read_text().splitlines()
        if line.strip().removeprefix("- ").startswith("uses:")
    ]
    pins = [PINNED.fullmatch(line) for line in lines if not line.startswith("uses: $/")]

    assert pins
    assert all(pins), lines
    assert {found[2] for found in pins if found} <= set(PINS.values())


def test_permissions_are_given_job_by_job_and_a_job_ends(written):
    """The default is none; and a run that hangs does not hold its group for six hours."""
    for path in written:
        for job in jobs(path).values():
            assert load(path)["permissions"] == {}
            assert job["permissions"]
            assert job["timeout-minutes"] <= 60


def test_a_checkout_leaves_no_token_behind(written):
    """Whatever a later step runs could read it."""
    found = [step for path in written for step in steps(path) if "checkout@" in str(step)]

    assert found
    assert all(step["with"]["persist-credentials"] is False for step in found)


def test_no_expression_is_part_of_a_script(written):
    """A value reaches a script in its environment, where it is no code."""
    assert not [step for path in written for step in steps(path) if "${{" in step.get("run", "")]


def test_a_sync_is_never_cancelled_and_one_of_an_environment_at_a_time(written):
    """Two environments do not wait for each other."""
    [path] = [path for path in written if path.name == "sync.yml"]
    job = jobs(path)["sync"]

    assert job["concurrency"]["cancel-in-progress"] is False
    assert job["concurrency"]["group"].endswith("${{ matrix.environment }}")
    assert job["strategy"]["fail-fast"] is False


def test_a_fork_gets_no_secret_and_no_token(written):
    """What a stranger sent is checked; whatever needs a credential is for our own branches."""
    [path] = [path for path in written if path.name == "preview.yml"]
    given = [step for step in steps(path) if GIVEN.search(json.dumps(step))]

    assert set(load(path)[True]) == {"pull_request"}
    assert "Plan" in [step["name"] for step in given]
    assert "Comment" in [step["name"] for step in given]
    assert all(FROM_HERE in step["if"] and "||" not in step["if"] for step in given)


def test_a_sync_is_of_what_is_on_the_default_branch(written):
    """Whoever may start a run may name any branch, and nobody has reviewed what is there."""
    [path] = [path for path in written if path.name == "sync.yml"]
    guarded, *rest = jobs(path).items()

    assert ON_DEFAULT.search(guarded[1]["if"])
    assert all(job["needs"] == guarded[0] and "if" not in job for _, job in rest)


@pytest.mark.parametrize(
    ("store", "signs_in"),
    [
        ("aws", {"AWS_ROLE_TO_ASSUME", "AWS_REGION"}),
        ("minio", {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}),
        ("google", {"GOOGLE_CREDENTIALS"}),
        ("folder", set()),
    ],
)
def test_a_fleet_signs_in_to_its_own_kind_of_store(tmp_path, store, signs_in):
    """And its file says at the top what to set."""
    init(tmp_path / "fleet", *STORES[store])
    text = (tmp_path / "fleet/.github/workflows/sync.yml").read_text()
    of_all = {"TFS_GITOPS_TOKEN", "TFS_GITOPS_TOKEN_HOSTS", "TFS_GITOPS_REQUIREMENT"}
    asked = set(re.findall(r"(?:secrets|vars)\.(\w+)", text)) - of_all
    job = yaml.safe_load(text)["jobs"]["sync"]

    assert asked == signs_in
    assert all(name in text.partition("name: sync")[0] for name in signs_in)
    assert ("id-token" in job["permissions"]) == (store == "aws")


def test_a_schedule_waits_for_what_a_runner_can_reach(tmp_path):
    """Otherwise the first push of a try would fail four times an hour."""
    init(tmp_path / "folder")
    init(tmp_path / "bucket", *STORES["aws"], "--repository", "https://github.com/a/b")

    def triggers(name: str) -> set[str]:
        return set(load(tmp_path / name / ".github/workflows/sync.yml")[True])

    assert triggers("folder") == {"workflow_dispatch"}
    assert triggers("bucket") == {"schedule", "workflow_dispatch"}


def test_workflows_are_left_out_on_request(tmp_path):
    """Not every fleet is on GitHub."""
    init(tmp_path, "--no-workflows", "--owner", "prod=@ann")

    assert not (tmp_path / ".github").exists()
    assert ".github" not in (tmp_path / "README.md").read_text()
    assert ".github" not in (tmp_path / "CODEOWNERS").read_text()


# --- their scripts ----------------------------------------------------------------------


@pytest.mark.parametrize("written", ["ours", "folder"], indirect=True)
@pytest.mark.parametrize(
    ("chosen", "expected"),
    [("", ["dev", "prod"]), ("dev", ["dev"]), ('"; rm -rf *', ['"; rm -rf *'])],
)
def test_the_matrix_has_the_files_of_environments(written, tmp_path, chosen, expected):
    """A new file is synced without an edit of the workflow; a choice stays one text."""
    [path] = [path for path in written if path.name == "sync.yml"]
    project = ProjectFolder.create(tmp_path / "project", "unused")
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
    if not (tmp_path / "tfs-gitops").exists():
        installed(tmp_path)
    [step] = [step for step in steps(ACTION) if step.get("id") == "sync"]
    names = {key: value for key, value in step["env"].items() if "inputs." in str(value)}
    defaults = {name: str(one["default"]) for name, one in load(ACTION)["inputs"].items()}
    given = defaults | {"token": "", "folder": str(project.root)} | inputs
    environ = {key: given[value.split("inputs.")[1].split()[0]] for key, value in names.items()}
    return bash(
        step["run"],
        tmp_path,
        **environ,
        RUNNER_TEMP=str(tmp_path),
        GITHUB_ACTIONS="true",
        GITHUB_OUTPUT=str(tmp_path / "output"),
    )


def test_the_action_syncs_what_it_is_given(project, origin, tmp_path):
    """Environments are separated by any space; nothing given means all."""
    first = sync(project, tmp_path, environments="dev")
    second = sync(project, tmp_path, environments=" prod\n dev ")
    third = sync(project, tmp_path)

    assert [done.returncode for done in (first, second, third)] == [0, 0, 0], first.stderr
    assert len(origin.log()) == 3
    assert "committed" not in third.stdout
    assert "prod  nothing to do" in third.stdout


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


@pytest.mark.parametrize("written", ["ours", "folder"], indirect=True)
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


@pytest.mark.parametrize("written", ["ours", "folder"], indirect=True)
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
    done = bash(script(path, "Plan"), project.root, **runner(tmp_path))
    body = comment(path, project, tmp_path)[-1]["body"]

    assert done.returncode == 1
    assert "### `broken`: there is no plan" in body
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
