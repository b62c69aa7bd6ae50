"""A sync or a plan of policy that only this checkout has says so, and whether to pull."""

import json
from pathlib import Path

import pytest

from tests.kit.project import ProjectFolder
from tests.kit.promotion import git

CODE = "uncommitted-policy"


@pytest.fixture
def project(tmp_path, origin):
    """Return a project that is a clone of the origin it delivers to, as `init` makes one."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    git(project, "init", "--quiet", "-b", "main")
    git(project, "remote", "add", "origin", str(origin.path))
    git(project, "fetch", "--quiet", "origin")
    git(project, "reset", "--quiet", "origin/main")
    (project.root / ".gitignore").write_text("store/\nexport/\n")
    push(project)
    project.publish("a", 1)
    return project


def push(project):
    """Commit and push all."""
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-m", "a change")
    git(project, "push", "--quiet", "--set-upstream", "origin", "main")


def warned(project, *command):
    """Return the warnings of a plan."""
    words = *(command or ("plan", "dev")), "--format", "json"
    result = project.run(*words)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)["warnings"]
    return [one["message"] for one in found if one["code"] == CODE]


def edit(project, file="environments/dev.yaml"):
    """Change a file, and nothing that it says."""
    path = project.root / file
    path.write_text(path.read_text() + "# a thought\n")


def test_a_policy_that_is_not_committed_is_told_by_plan_and_sync(project):
    """The sync delivers it all the same: whoever runs it may have a reason."""
    assert not warned(project)
    edit(project)

    [message] = warned(project)
    result = project.run("sync", "dev")

    assert message.startswith("environments/dev.yaml: changes that are not committed; commit it")
    assert f"warning: {CODE}: {message}" in result.stdout
    assert "committed" in result.stdout
    assert result.exit_code == 0


def test_what_an_environment_extends_is_its_policy_too(project):
    """And what shadows a template: both are in what is delivered."""
    text = (project.root / "environments/dev.yaml").read_text()
    base = text.replace(" dev\n", " _base\n").partition("  policy:")[0]
    (project.root / "environments/_base.yaml").write_text(base)
    rule = [{"match": "*", "versions": {"latest": 1}}]
    (project.root / "environments/prod.yaml").write_text(
        json.dumps(
            {
                "apiVersion": "tfs-gitops/v1",
                "kind": "Environment",
                "metadata": {"name": "prod"},
                "spec": {"extends": "_base", "policy": rule},
            }
        )
    )
    own = project.root / "templates/report/plan.md"
    own.parent.mkdir(parents=True)
    own.write_text("{{ environment }}\n")
    push(project)
    before = warned(project, "plan", "prod")
    edit(project, "environments/_base.yaml")
    edit(project, "templates/report/plan.md")

    after = [message.partition(":")[0] for message in warned(project, "plan", "prod")]

    assert (before, warned(project, "plan", "dev")[1:]) == ([], [])
    assert after == ["environments/_base.yaml", "templates/report/plan.md"]


def test_what_others_pushed_since_the_last_pull_is_told(project, origin):
    """The branch that is delivered to was just read, and it has the policy of everybody."""
    text = (project.root / "environments/dev.yaml").read_bytes() + b"# another thought\n"
    origin.commit({"environments/dev.yaml": text}, "a thought")

    [message] = warned(project)

    assert "older than that of origin/main; `git pull`, or" in message


def test_in_ci_nothing_is_told(project, monkeypatch):
    """It has what it has checked out: a pull request, a tag, a merge that nobody has."""
    edit(project)
    monkeypatch.setenv("CI", "true")

    assert not warned(project)
    assert "git pull" not in project.run("sync", "dev").stderr


def test_in_no_checkout_nothing_is_told(project):
    """There is no Git that could have it otherwise."""
    (project.root / ".git").rename(project.root.parent / "elsewhere")
    edit(project)

    assert not warned(project)
    assert "git pull" not in project.run("sync", "dev").stderr


def test_a_project_that_was_never_committed_is_told_nothing(project):
    """A trial in a clone of something else: no other sync has its policy."""
    nested = ProjectFolder.create(project.root / "trial", project.repository)
    nested.environment()

    assert not warned(nested)
    git(project, "add", "trial/environments")
    git(project, "commit", "--quiet", "-m", "a trial")
    nested.environment("prod")
    assert [one.partition(":")[0] for one in warned(nested, "plan", "prod")] == [
        "environments/prod.yaml"
    ]


@pytest.mark.parametrize("command", ["check", "catalog", "render"])
def test_commands_that_deliver_nothing_do_not_tell(project, command, tmp_path):
    """`check` is run before each commit, of what is not committed."""
    edit(project)
    more = ["--output", tmp_path / "out"] if command == "render" else []

    assert CODE not in project.run(command, "dev", *more).output


def test_a_sync_into_the_own_origin_says_to_pull(project):
    """The next push would be refused; once for all environments, and not without a commit."""
    project.environment("prod", serving={"namespace": "other"})
    push(project)

    first, second = project.run("sync"), project.run("sync")

    assert first.stderr.count("next: git pull\n") == 1
    assert "git pull" not in second.stderr + project.run("plan").stderr
    git(project, "pull", "--quiet", "--no-rebase")
    assert Path(project.root, "tf-serving/overlays/prod/generated").is_dir()


def test_a_sync_to_another_place_says_nothing_of_a_pull(project, tmp_path):
    """A pull would bring nothing."""
    git(project, "clone", "--quiet", "--bare", str(project.repository), str(tmp_path / "2.git"))
    project.environment(delivery={"repository": str(tmp_path / "2.git")})

    result = project.run("sync", "dev")

    assert "committed" in result.stdout
    assert "git pull" not in result.stderr
