"""The workflows and the actions of this repository, and those that `init` writes.

GitHub is not here: `zizmor` and GitHub's schemas read the files.
"""

import json
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml

from generator.catalog import cache_file
from generator.render.fleet.workflows import PINS
from tests.kit.fleets import init, run
from tests.kit.workflows import ACTION, CHECK, STORES, jobs, load, steps

PINNED = re.compile(r"uses: ([\w-]+/[\w-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)$")
SHARED = {
    *("actions/cache", "actions/checkout", "actions/setup-python"),
    *("aws-actions/configure-aws-credentials", "google-github-actions/auth"),
}
"""The actions that fleets use as well."""
# What a token, a secret or a signed identity needs to be given.
GIVEN = re.compile(r"secrets\.|github\.token|configure-aws-credentials|google-github-actions")
FROM_HERE = "github.event.pull_request.head.repo.full_name == github.repository"
# A schedule is always on the default branch, and its event may not say which that is.
ON_DEFAULT = re.compile(
    r"(^|&& \()github\.event_name == 'schedule' \|\| github\.ref == "
    r"format\('refs/heads/\{0}', github\.event\.repository\.default_branch\)\)?$"
)


def test_zizmor_finds_nothing(written):
    """Not a token that stays, a permission too many, or a text that becomes code."""
    program = Path(sysconfig.get_path("scripts"), "zizmor")
    command = [program, "--offline", "--no-progress", "--strict-collection", "--persona", "auditor"]
    done = subprocess.run([*command, *written], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.no_cover
def test_they_follow_githubs_schemas(written):
    """GitHub refuses a file that does not, when it is too late."""
    actions = [path for path in written if path in (ACTION, CHECK)]
    workflows = [path for path in written if path not in actions]
    assert workflows
    for kind, paths in (("actions", actions), ("workflows", workflows)):
        schema = ["--builtin-schema", f"vendor.github-{kind}"]
        command = [sys.executable, "-m", "check_jsonschema", *schema, *paths]
        if paths:
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
    used = {(found[1], found[2]) for found in pins if found}
    assert len(used) == len({name for name, _ in used})
    assert {pin for name, pin in used if name in SHARED} <= set(PINS.values())


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


def test_a_sync_brings_back_the_cache_of_its_own_environment(written, monkeypatch, tmp_path):
    """Else it is a whole run each time; `prod` never gets what `prod-eu` has left."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    [path] = [path for path in written if path.name == "sync.yml"]
    [kept] = [it["with"] for it in steps(path) if "actions/cache" in it.get("uses", "")]
    ours = kept["restore-keys"].replace("${{ matrix.environment }}", "prod")
    others = kept["key"].replace("${{ matrix.environment }}", "prod-eu")

    assert kept["key"].startswith(kept["restore-keys"])
    assert not others.startswith(ours)
    assert cache_file.path("receipt").parent == Path(kept["path"]).expanduser()


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


def test_the_page_is_published_on_request_alone(tmp_path):
    """Its names are for those who may read the page; what else is there stays as it is."""
    init(tmp_path, "--no-workflows")
    init(tmp_path, "--pages")

    assert [path.name for path in (tmp_path / ".github/workflows").iterdir()] == ["pages.yml"]


def test_a_dashboard_on_request_has_its_key_and_the_permission(tmp_path):
    """No other fleet lets its job write issues; where no environment is new, it says so."""
    init(tmp_path / "plain", "--repository", "https://github.com/a/b")
    init(tmp_path / "told", "--repository", "https://github.com/a/b", "--dashboard")

    for name, has_it in (("plain", False), ("told", True)):
        rights = jobs(tmp_path / name / ".github/workflows/sync.yml")["sync"]["permissions"]
        assert ("issues" in rights) is has_it
        base = load(tmp_path / name / "environments/_base.yaml")
        assert base["spec"]["delivery"].get("dashboard", False) is has_it
    again = run("init", tmp_path / "told", "--dashboard")
    assert again.exit_code == 2
    assert "no environment is new" in again.stderr
