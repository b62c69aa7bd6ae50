"""What a promotion does to the repository of the policies, and to its files."""

import stat
import subprocess

import pytest

from tests.kit.project import ProjectFolder
from tests.kit.promotion import commit, file, git, policy, promote, rewrite


def test_the_newest_version_goes_beside_the_pinned_ones_on_a_branch(project):
    """One commit on HEAD, of one file; HEAD, index and working tree stay; what is next is told."""
    status = git(project, "status", "--porcelain=v2", "--branch")
    branch = "tfs-gitops/promote-prod-resnet"

    result = promote(project, "resnet")

    assert result.exit_code == 0, result.output
    assert f"git push origin {branch}" in result.stderr
    assert git(project, "status", "--porcelain=v2", "--branch") == status
    assert (
        git(project, "rev-parse", f"{branch}^").strip() == git(project, "rev-parse", "main").strip()
    )
    assert git(project, "diff", "--name-only", "main", branch) == "environments/prod.yaml\n"
    text = git(project, "show", f"{branch}:environments/prod.yaml")
    assert policy(project, text=text) == [{"match": "resnet", "versions": {"pin": [1, 2]}}]
    message = git(project, "log", "-1", "--format=%an %ae%n%B", branch)
    assert message.startswith("Test test@example.com\npromote resnet 2 to prod\n\ndev serves it.")


def test_the_mode_of_the_file_is_no_part_of_the_edit(project):
    """A file that Git has as executable stays so in the commit."""
    file(project).chmod(0o755)
    commit(project)

    promote(project, "resnet")

    summary = git(project, "diff", "--summary", "main", "tfs-gitops/promote-prod-resnet")
    assert summary == ""


def test_a_linked_working_tree_has_its_own_head(project, tmp_path):
    """The branch starts where that tree is, and all trees of the repository see it."""
    other = tmp_path / "other"
    git(project, "worktree", "add", "--quiet", "-b", "side", str(other))
    (other / "note").write_text("note")
    subprocess.run(["git", "-C", other, "add", "note"], check=True)
    subprocess.run(["git", "-C", other, "commit", "--quiet", "-m", "note"], check=True)

    linked = ProjectFolder(other, project.store, project.repository)
    result = promote(linked, "resnet")

    assert result.exit_code == 0, result.output
    parent = git(project, "rev-parse", "tfs-gitops/promote-prod-resnet^")
    assert parent == git(project, "rev-parse", "side")


def test_the_diff_on_stdout_is_the_change(project):
    """`git apply` takes it, so it is exactly what was committed."""
    result = promote(project, "resnet")
    (project.root / "change.diff").write_text(result.stdout)

    git(project, "apply", "change.diff")

    assert git(project, "diff", "--stat", "tfs-gitops/promote-prod-resnet") == ""


def test_the_working_tree_is_edited_on_request(project):
    """No commit, no branch; comments and the mode of the file survive."""
    rules = "    # ours\n    - match: resnet   # main model\n      versions: {pin: [1]}  # May\n"
    rewrite(project, rules)
    file(project).chmod(0o640)

    result = promote(project, "resnet@2", "--write")

    assert result.exit_code == 0, result.output
    assert file(project).read_text().endswith(rules.replace("[1]", "[1, 2]"))
    assert stat.S_IMODE(file(project).stat().st_mode) == 0o640
    assert git(project, "branch", "--list", "tfs-gitops/*") == ""
    assert sorted(path.name for path in file(project).parent.iterdir()) == ["dev.yaml", "prod.yaml"]
    assert "wrote environments/prod.yaml" in result.stderr
    assert project.run("check", "prod").exit_code == 0


def test_writing_and_a_dry_run_need_no_repository(tmp_path, origin):
    """Without Git there is no branch to make, and the way out is told."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    for name in ("dev", "prod"):
        project.environment(name)
    project.publish("a", 1)
    project.run("sync", "dev")

    shown = promote(project, "a", "--dry-run")
    refused = promote(project, "a")
    written = promote(project, "a", "--write")

    assert shown.exit_code == 0, shown.output
    assert "\n+  - match: a\n" in shown.stdout
    assert refused.exit_code == 5
    assert "not in the working tree of a Git repository" in refused.stderr
    assert "--write" in refused.stderr
    assert written.exit_code == 0
    assert policy(project)[-1] == {"match": "a", "versions": {"pin": [1]}}


@pytest.mark.parametrize("where", [(), ("--write",)])
def test_a_dry_run_shows_the_edit_and_the_plan_of_the_next_sync_and_writes_nothing(project, where):
    """Neither a branch nor the file; the plan is the one with the edit."""
    before = file(project).read_text()

    result = promote(project, "resnet@2", "--dry-run", *where)

    assert result.exit_code == 0, result.output
    diff, _, plan = result.stdout.partition("\n\n")
    assert diff.startswith("--- a/environments/prod.yaml\n")
    assert "resnet: versions " in plan
    assert "plan of prod: " in plan
    assert "dry run: nothing is written" in result.stderr
    assert "next:" not in result.stderr
    assert file(project).read_text() == before
    assert git(project, "branch", "--list", "tfs-gitops/*") == ""


def test_nothing_to_change_makes_no_commit(project):
    """It says so, and that is no failure."""
    result = promote(project, "resnet@1")

    assert result.exit_code == 0
    assert result.stdout == ""
    assert "nothing to change" in result.stderr
    assert git(project, "branch", "--list", "tfs-gitops/*") == ""


def test_a_branch_with_the_same_content_is_the_result(project):
    """Running it twice is running it once."""
    promote(project, "resnet")
    tip = git(project, "rev-parse", "tfs-gitops/promote-prod-resnet")

    again = promote(project, "resnet")

    assert again.exit_code == 0
    assert "has this already" in again.stderr
    assert git(project, "rev-parse", "tfs-gitops/promote-prod-resnet") == tip


def test_a_branch_with_other_content_is_somebodys(project):
    """It is named, with the way out, and stays where it is."""
    git(project, "branch", "tfs-gitops/promote-prod-resnet")
    tip = git(project, "rev-parse", "main")

    result = promote(project, "resnet")

    assert result.exit_code == 5
    assert "'tfs-gitops/promote-prod-resnet' is there already" in result.stderr
    assert "git branch -D tfs-gitops/promote-prod-resnet" in result.stderr
    assert git(project, "rev-parse", "tfs-gitops/promote-prod-resnet") == tip


@pytest.mark.parametrize("staged", [False, True])
def test_changes_that_are_not_committed_are_not_lost_and_not_taken_along(project, staged):
    """The commit is HEAD's file and the edit; a file that differs needs a person."""
    file(project).write_text(file(project).read_text() + "# mine\n")
    if staged:
        git(project, "add", "environments")

    result = promote(project, "resnet")

    assert result.exit_code == 5
    assert "has changes that are not committed" in result.stderr
    assert "--write" in result.stderr
    assert promote(project, "resnet", "--write").exit_code == 0
    assert file(project).read_text().endswith("# mine\n")


def test_a_file_that_was_never_committed_is_told(project):
    """HEAD has nothing to edit."""
    git(project, "rm", "--quiet", "--cached", "environments/prod.yaml")
    git(project, "commit", "--quiet", "-m", "without")

    result = promote(project, "resnet")

    assert result.exit_code == 5
    assert "environments/prod.yaml is not committed" in result.stderr


def test_a_repository_without_a_commit_is_told(project):
    """There is no HEAD to build on."""
    git(project, "checkout", "--quiet", "--orphan", "fresh")

    result = promote(project, "resnet")

    assert result.exit_code == 5
    assert "no commit yet" in result.stderr


def test_the_project_may_be_a_folder_of_its_repository(project, tmp_path):
    """The commit has the path in the repository; other files are not touched."""
    git(project, "init", "--quiet", "--initial-branch", "main", str(tmp_path))
    (project.root / ".git").rename(tmp_path / "was")
    subprocess.run(["git", "-C", tmp_path, "add", "project/environments"], check=True)
    subprocess.run(["git", "-C", tmp_path, "commit", "--quiet", "-m", "all"], check=True)

    result = promote(project, "resnet")

    assert result.exit_code == 0, result.output
    branch = "tfs-gitops/promote-prod-resnet"
    changed = git(project, "diff", "--name-only", "main", branch)
    assert changed == "project/environments/prod.yaml\n"


def test_line_breaks_that_git_converts_are_no_change(project):
    """The commit has the line breaks of the repository, the working tree those of the person."""
    (project.root / ".gitattributes").write_text("*.yaml text eol=crlf\n")
    file(project).write_bytes(file(project).read_bytes().replace(b"\n", b"\r\n"))

    on_branch = promote(project, "resnet")
    written = promote(project, "resnet", "--write")

    assert on_branch.exit_code == written.exit_code == 0, on_branch.output
    text = git(project, "show", "tfs-gitops/promote-prod-resnet:environments/prod.yaml")
    assert "\r" not in text
    data = file(project).read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n")


def test_a_symbolic_link_is_followed(project):
    """What it leads to is edited, on the branch and in the working tree; the link stays."""
    shared = project.root / "environments/shared"
    shared.mkdir()
    file(project).rename(shared / "prod.yaml")
    file(project).symlink_to("shared/prod.yaml")
    git(project, "add", "environments")
    git(project, "commit", "--quiet", "-m", "link")
    branch = "tfs-gitops/promote-prod-resnet"

    assert promote(project, "resnet").exit_code == 0
    assert promote(project, "resnet", "--write").exit_code == 0

    assert git(project, "diff", "--name-only", "main", branch) == "environments/shared/prod.yaml\n"
    assert file(project).is_symlink()
    assert git(project, "diff", "--name-only") == "environments/shared/prod.yaml\n"


def test_a_link_out_of_the_environments_is_not_followed(project, tmp_path):
    """Whoever may write the link need not see what it leads to."""
    file(project).rename(tmp_path / "prod.yaml")
    file(project).symlink_to(tmp_path / "prod.yaml")
    commit(project)

    result = promote(project, "resnet")

    assert result.exit_code == 3
    assert f"leads out of {project.root / 'environments'}" in result.stderr


def test_a_read_only_file_stays(project):
    """A person made it so."""
    file(project).chmod(0o444)
    before = file(project).read_bytes()

    result = promote(project, "resnet", "--write")

    assert result.exit_code == 5
    assert "read-only" in result.stderr
    assert file(project).read_bytes() == before
