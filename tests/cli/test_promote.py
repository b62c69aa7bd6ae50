"""`tfs-gitops promote`: one environment's file asks for what another one serves."""

import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.kit.project import ProjectFolder
from tests.servers.origin import Origin


def git(project, *arguments):
    """Run Git in the project folder; return what it prints."""
    command = ["git", "-C", str(project.root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def commit(project, message="policy"):
    """Commit the environments."""
    git(project, "add", "environments")
    git(project, "commit", "--quiet", "-m", message)


def promote(project, model, *options, origin="dev", target="prod"):
    """Run the command."""
    return project.run("promote", model, "--from", origin, "--to", target, *options)


def file(project, name="prod"):
    """Return the path of an environment."""
    return project.root / "environments" / f"{name}.yaml"


def policy(project, name="prod", text=None):
    """Return the rules of an environment."""
    return yaml.safe_load(file(project, name).read_text() if text is None else text)["spec"][
        "policy"
    ]


def rewrite(project, rules, name="prod"):
    """Write the policy of an environment as text, and commit it."""
    head = file(project, name).read_text().partition("  policy:")[0]
    file(project, name).write_text(f"{head}  policy:\n{rules}")
    commit(project)


@pytest.fixture
def project(tmp_path, origin):
    """Return a project in Git where dev serves resnet 1 and 2, and prod serves 1."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment("dev", [{"match": "*", "versions": {"all": True}}])
    project.environment("prod", [{"match": "resnet", "versions": {"pin": [1]}}])
    for version in (1, 2):
        project.publish("resnet", version)
    assert project.run("sync").exit_code == 0
    git(project, "init", "--quiet", "--initial-branch", "main")
    commit(project)
    return project


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


def test_writing_needs_no_repository(tmp_path, origin):
    """Without Git there is no branch to make, and the way out is told."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    for name in ("dev", "prod"):
        project.environment(name)
    project.publish("a", 1)
    project.run("sync", "dev")

    refused = promote(project, "a")
    written = promote(project, "a", "--write")

    assert refused.exit_code == 5
    assert "not in the working tree of a Git repository" in refused.stderr
    assert "--write" in refused.stderr
    assert written.exit_code == 0
    assert policy(project)[-1] == {"match": "a", "versions": {"pin": [1]}}


def test_replace_leaves_the_promoted_version_alone(project):
    """Labels that name a version by its number follow it; others stay."""
    rules = (
        "    - match: resnet\n      versions: {pin: [1]}\n      labels: {stable: 1, new: latest}\n"
    )
    rewrite(project, rules)

    result = promote(project, "resnet", "--replace", "--write")

    assert result.exit_code == 0, result.output
    assert policy(project) == [
        {"match": "resnet", "versions": {"pin": [2]}, "labels": {"stable": 2, "new": "latest"}}
    ]


def test_a_label_that_cannot_follow_stops_the_edit(project):
    """`previous` of one version is nothing: the result would not load, so nothing is written."""
    project.publish("resnet", 3)
    project.run("sync", "dev")
    rules = "    - match: resnet\n      versions: {pin: [1, 2]}\n      labels: {old: previous}\n"
    rewrite(project, rules)
    before = file(project).read_bytes()

    result = promote(project, "resnet", "--replace", "--write")

    assert result.exit_code == 3
    assert "nothing was written" in result.stderr
    assert "label 'old' wants the previous version" in result.stderr
    assert file(project).read_bytes() == before


def test_gates_of_the_own_rule_stay(project):
    """`latest` and `all` go; `minAge` and `from` are what a person decided."""
    rules = "    - match: resnet\n      versions: {latest: 1, minAge: 24h, from: dev}\n"
    rewrite(project, rules)

    promote(project, "resnet@2", "--write")

    assert policy(project)[0]["versions"] == {"pin": [1, 2], "minAge": "24h", "from": "dev"}


def test_gates_of_a_general_rule_are_told(project):
    """The pin overrides them for this model, and the operator should know."""
    rewrite(project, '    - match: "*"\n      versions: {latest: 1, from: dev}\n')

    result = promote(project, "resnet@1", "--write")

    assert "note: the pin goes before `latest 1 from dev`" in result.stderr
    assert "environments/prod.yaml:" in result.stderr


def test_a_rule_that_pins_nothing_keeps_what_is_served_now(project):
    """Promoting 1 where 2 is served takes nothing away."""
    rewrite(project, '    - match: "*"\n      versions: {latest: 1}\n')
    project.publish("resnet", 3)
    project.run("sync", "dev")

    promote(project, "resnet@2", "--write")

    assert policy(project) == [
        {"match": "*", "versions": {"latest": 1}},
        {"match": "resnet", "versions": {"pin": [1, 2]}},
    ]


def test_a_later_rule_does_not_take_the_effect_away(project):
    """Then the model gets one more rule, after it."""
    rewrite(project, '    - match: resnet\n    - match: "res*"\n      versions: {latest: 1}\n')

    result = promote(project, "resnet@2", "--write")

    assert result.exit_code == 0, result.output
    assert policy(project)[-1] == {"match": "resnet", "versions": {"pin": [1, 2]}}
    assert len(policy(project)) == 3
    assert policy(project)[0] == {"match": "resnet"}


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


def test_what_an_anchor_shares_stays_what_it_is(project):
    """The rule whose value another one repeats gets a rule after it."""
    rules = (
        "    - match: resnet\n      versions: &one {pin: [1]}\n"
        "    - match: bert\n      versions: *one\n"
    )
    rewrite(project, rules)

    result = promote(project, "resnet", "--write")

    assert result.exit_code == 0, result.output
    added = "    - match: resnet\n      versions: {pin: [1, 2]}\n"
    assert file(project).read_text().endswith(rules + added)


def test_a_policy_that_cannot_be_edited_is_left_to_a_person(project, monkeypatch):
    """With the rule to add, and nothing written."""
    monkeypatch.setattr("generator.environment.edit.rule_edit.in_place", lambda *_: None)
    monkeypatch.setattr("generator.environment.edit.rule_edit.appended", lambda *_: None)
    before = file(project).read_bytes()

    result = promote(project, "resnet", "--write")

    assert result.exit_code == 3
    assert "- {match: resnet, versions: {pin: [1, 2]}}" in result.stderr
    assert file(project).read_bytes() == before


def test_merge_keys_are_refused_as_everywhere(project):
    """An environment has none: `<<` is an unknown key, with its place."""
    rules = "    - &all\n      match: resnet\n    - <<: *all\n      versions: {pin: [1]}\n"
    rewrite(project, rules)

    result = promote(project, "resnet", "--write")

    assert result.exit_code == 3
    assert "'<<'" in result.stderr


def test_a_name_is_not_the_base_path(project):
    """MODEL is what clients ask for; the rule is found by the base path behind it."""
    project.publish("vision", 1)
    (project.store / "index-team.csv").write_text(
        "".join(
            f"team/vision,team/vision/1/{path.relative_to(project.store / 'vision/1')},{digest}\n"
            for path, digest in _copied(project, "vision/1", "team/vision/1")
        )
    )
    named = {"match": "team/vision", "name": "eyes"}
    project.environment("dev", [{"match": "*", "versions": {"all": True}}, named])
    project.environment("prod", [{"match": "resnet"}, {"match": "team-vision", "name": "eyes"}])
    commit(project)
    assert project.run("sync", "dev").exit_code == 0

    result = promote(project, "eyes", "--write")

    assert result.exit_code == 0, result.output
    assert policy(project)[1] == {"match": "team-vision", "name": "eyes", "versions": {"pin": [1]}}
    assert "note" not in result.stderr


def _copied(project, source, target):
    """Copy a version directory in the store; yield each file with its MD5."""
    import hashlib  # noqa: PLC0415

    for path in sorted((project.store / source).rglob("*")):
        if path.is_file():
            copy = project.store / target / path.relative_to(project.store / source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
            yield path, hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def test_another_name_in_the_other_environment_is_told(project):
    """Clients there would ask for the wrong one."""
    rewrite(project, "    - match: resnet\n      name: images\n")

    result = promote(project, "resnet@2", "--write")

    assert result.exit_code == 0
    assert "prod will serve 'resnet' as 'images', dev serves it as 'resnet'" in result.stderr


def test_another_store_is_told(project, tmp_path):
    """The pin waits there until the version is copied."""
    other = tmp_path / "other"
    other.mkdir()
    rules = [{"match": "resnet", "versions": {"pin": [1]}}]
    project.environment("prod", rules, source={"url": other.as_uri()})
    commit(project)

    result = promote(project, "resnet")

    assert result.exit_code == 0, result.output
    assert (
        f"note: dev reads {project.store.as_uri()}, and prod reads {other.as_uri()}, where no "
        "index proves resnet 2: the pin waits until one does"
    ) in result.stderr


def copied(project, tmp_path, *versions: int) -> ProjectFolder:
    """Let prod read another store with these versions of resnet; return its project."""
    other = ProjectFolder.create(tmp_path / "other", "")
    for version in versions:
        other.publish("resnet", version)
    rules = [{"match": "resnet", "versions": {"pin": [1]}}]
    project.environment("prod", rules, source={"url": other.store.as_uri()})
    commit(project)
    return other


def test_a_version_that_the_other_store_has_needs_no_note(project, tmp_path):
    """It was copied with its index, as it is meant."""
    copied(project, tmp_path, 1, 2)

    assert "note" not in promote(project, "resnet").stderr


def test_a_version_that_is_not_there_is_told_with_what_is(project, tmp_path):
    """Also where nothing is left to edit: somebody waits for it."""
    copied(project, tmp_path, 1)
    first, second = (promote(project, "resnet", "--write") for _ in range(2))

    assert "no index proves resnet 2 (of 1 one does)" in first.stderr
    assert "prod asks for resnet 1 and 2 already" in second.stderr
    assert "no index proves resnet 2 (of 1 one does)" in second.stderr


def test_a_version_that_is_held_there_is_told_with_its_reason(project, tmp_path):
    """It is there, and would not be served."""
    other = copied(project, tmp_path, 1, 2)
    (other.store / "resnet/2/saved_model.pb").write_bytes(b"cut")
    result = promote(project, "resnet")

    assert result.exit_code == 0
    assert "which has resnet 2, but held: " in result.stderr


def test_a_version_whose_index_is_gone_from_the_shared_store_is_told(project):
    """It is served elsewhere by the lock, and a new environment could not have it."""
    [key] = [
        path.name for path in project.store.glob("index-*.csv") if "resnet/2/" in path.read_text()
    ]
    (project.store / key).unlink()
    result = promote(project, "resnet")

    assert result.exit_code == 0, result.output
    assert f"prod reads {project.store.as_uri()}, where no index proves resnet 2" in result.stderr


def test_a_store_that_cannot_be_asked_stops_no_edit(project, tmp_path):
    """A laptop may have no credentials for it; the sync will tell."""
    rules = [{"match": "resnet", "versions": {"pin": [1]}}]
    project.environment("prod", rules, source={"url": (tmp_path / "nowhere").as_uri()})
    commit(project)

    result = promote(project, "resnet", "--write")

    assert result.exit_code == 0, result.output
    assert "which cannot be asked: " in result.stderr
    assert policy(project) == [{"match": "resnet", "versions": {"pin": [1, 2]}}]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ('    - {match: "*"}\n    - {match: resnet, exclude: true}\n', "prod excludes resnet"),
        ('    - {match: "*", hold: true}\n', "prod keeps what it serves of resnet"),
    ],
)
def test_a_rule_that_stands_against_it_is_named(project, rules, expected):
    """A pin beside `exclude` or `hold` would have no effect."""
    rewrite(project, rules)

    result = promote(project, "resnet@2", "--write")

    assert result.exit_code == 3
    assert expected in result.stderr
    assert "environments/prod.yaml:" in result.stderr


def test_a_name_that_another_base_path_has_is_taken(project):
    """Both would be held as a collision."""
    rewrite(project, "    - {match: resnet}\n    - {match: bert, name: resnet}\n")
    project.publish("bert", 1)
    project.run("sync", "dev")
    project.environment("test", [{"match": "bert", "name": "resnet"}])
    project.run("sync", "test")

    result = promote(project, "resnet", "--write", target="test")

    assert result.exit_code == 3
    assert "test serves 'bert' as 'resnet'" in result.stderr


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("resnett", "dev serves no model 'resnett'; did you mean 'resnet'?"),
        ("resnet@9", "it serves 1 and 2"),
    ],
)
def test_only_what_is_served_can_be_promoted(project, model, expected):
    """The error names what is."""
    result = promote(project, model)

    assert result.exit_code == 3
    assert expected in result.stderr


@pytest.mark.parametrize("model", ["resnet@x", "resnet@", "@1", "resnet@-1", "resnet@²", ""])
def test_a_version_is_a_number(project, model):
    """Anything else is a mistake on the command line."""
    result = promote(project, model)

    assert result.exit_code == 2
    assert "MODEL@VERSION" in result.stderr


def test_an_unknown_environment_is_told(project):
    """On either side, with what is meant perhaps."""
    for origin, target in (("devv", "prod"), ("dev", "prodd")):
        result = promote(project, "resnet", origin=origin, target=target)

        assert result.exit_code == 3
        assert "did you mean" in result.stderr
    assert promote(project, "resnet", origin="dev", target="dev").exit_code == 2


def test_what_was_promoted_is_served_after_the_sync(project, origin: Origin):
    """The commit of a person, then the sync's: the story that a README tells."""
    promote(project, "resnet")
    git(project, "merge", "--quiet", "tfs-gitops/promote-prod-resnet")

    result = project.run("sync", "prod")

    assert "resnet: versions 1 -> 1,2" in result.stdout
    assert Path(file(project)).read_text().count("pin") == 1
