"""`tfs-gitops label`: labels of a model are moved by an edit of its rule."""

import pytest

from tests.kit.project import ProjectFolder
from tests.kit.promotion import commit, file, git, policy, rewrite

PINNED = "    - match: resnet\n      versions: {pin: [1, 2]}\n      labels: {stable: 1}  # why\n"


@pytest.fixture
def project(tmp_path, origin):
    """Return a project in Git that serves resnet 1 and 2, and bert 1."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment("prod", [{"match": "*", "versions": {"latest": 2}}])
    for model, version in (("resnet", 1), ("resnet", 2), ("bert", 1)):
        project.publish(model, version)
    assert project.run("sync").exit_code == 0
    git(project, "init", "--quiet", "--initial-branch", "main")
    commit(project)
    return project


def label(project, *words):
    """Run the command."""
    return project.run("label", "prod", *words)


def test_a_label_moves_and_all_else_stays(project):
    """Versions, other labels, and comments."""
    rewrite(project, PINNED)

    result = label(project, "resnet", "canary=2", "--write")

    assert result.exit_code == 0, result.output
    assert "labels: {stable: 1, canary: 2}  # why" in file(project).read_text()
    assert policy(project)[0]["versions"] == {"pin": [1, 2]}


def test_several_labels_are_one_edit(project):
    """One goes, one moves, one comes."""
    rewrite(project, PINNED.replace("stable: 1", "stable: 1, old: 1"))

    label(project, "resnet", "stable=latest", "old-", "last=previous", "--write")

    assert policy(project)[0]["labels"] == {"stable": "latest", "last": "previous"}


def test_the_last_label_that_goes_takes_the_key_with_it(project):
    """No empty mapping stays behind."""
    rewrite(project, PINNED)

    label(project, "resnet", "stable-", "--write")

    assert policy(project) == [{"match": "resnet", "versions": {"pin": [1, 2]}}]


def test_a_model_without_a_rule_of_its_own_gets_one(project):
    """Which says labels alone: its versions are chosen as before."""
    result = label(project, "bert", "stable=1", "--write")

    assert result.exit_code == 0, result.output
    assert policy(project) == [
        {"match": "*", "versions": {"latest": 2}},
        {"match": "bert", "labels": {"stable": 1}},
    ]


def test_the_branch_is_of_the_policy_repository(project):
    """As with promote and rollback."""
    result = label(project, "resnet", "stable=2")

    branch = "tfs-gitops/label-prod-resnet"
    assert f"next: `git push origin {branch}`, then open a pull request" in result.stderr
    assert git(project, "log", "-1", "--format=%s", branch) == "label resnet in prod: stable=2\n"
    assert git(project, "diff", "HEAD", "--name-only") == ""


def test_what_is_so_already_is_no_edit(project):
    """And says so; a label that is taken away where there is none, too."""
    rewrite(project, PINNED)

    for words in (["stable=1"], ["nope-"]):
        result = label(project, "resnet", *words)
        assert result.exit_code == 0
        assert "already: nothing to change" in result.stderr
        assert result.stdout == ""


def test_a_version_that_is_not_served_yet_is_told(project):
    """The label waits for it, which is no error."""
    result = label(project, "resnet", "stable=3", "--write")

    assert result.exit_code == 0
    assert "serves 1 and 2 of it: the label 'stable' waits until resnet 3 is served" in (
        result.stderr
    )


def test_a_version_that_the_pin_leaves_out_is_refused_with_the_way_in(project):
    """Nothing is written."""
    rewrite(project, PINNED)
    before = file(project).read_bytes()

    result = label(project, "resnet", "stable=3", "--write")

    assert result.exit_code == 3
    assert "prod pins 1 and 2 of resnet, and not 3 (environments/prod.yaml:" in result.stderr
    assert "hint: add 3 to that pin first" in result.stderr
    assert file(project).read_bytes() == before


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("      exclude: true\n", "prod excludes resnet"),
        ("      hold: true\n", "prod keeps what it serves of resnet"),
    ],
)
def test_a_model_that_its_rules_keep_as_it_is_is_refused(project, rule, why):
    """A label would have no effect."""
    rewrite(project, f"    - match: resnet\n{rule}")

    result = label(project, "resnet", "stable=1", "--write")

    assert result.exit_code == 3
    assert why in result.stderr


def test_a_model_that_there_is_not_is_refused(project):
    """With the one that was meant perhaps."""
    result = label(project, "resnett", "stable=1")

    assert result.exit_code == 3
    assert "did you mean 'resnet'?" in result.stderr


@pytest.mark.parametrize("word", ["stable", "stable=", "stable=x", "=1", "stable=-1", "-", "a b=1"])
def test_a_word_that_is_no_label_is_a_usage_error(project, word):
    """The form is told."""
    result = label(project, "resnet", "--", word)

    assert result.exit_code == 2
    assert "expected NAME=VERSION" in result.stderr
