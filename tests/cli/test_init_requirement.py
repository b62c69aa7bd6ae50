"""`tfs-gitops init --install`: what a fleet's workflows install."""

import json
from importlib.metadata import PathDistribution

import click
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from generator.cli.init import requirement
from generator.render.fleet.workflows import SYNC, rendered
from tests.kit.fleets import T, init, run
from tests.kit.workflows import bash, script, steps

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GIT = {"vcs_info": {"vcs": "git", "commit_id": COMMIT}}
WORKFLOWS = ("sync.yml", "preview.yml")


def installed(fleet, name="sync.yml"):
    """Return the expression that says what a workflow of *fleet* installs."""
    [found] = [
        step["env"]["REQUIREMENT"]
        for step in steps(fleet / ".github/workflows" / name)
        if step["name"] == "Install"
    ]
    return found


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, "tfs-gitops==1.2.3"),
        ({"url": "https://h.example/a/b", **GIT}, f"git+https://h.example/a/b@{COMMIT}"),
        ({"url": "ssh://git@h.example/a/b", **GIT}, f"git+ssh://git@h.example/a/b@{COMMIT}"),
        ({"url": "https://token@h.example/a/b", **GIT}, None),
        ({"url": "file:///home/ada/clone", **GIT}, None),
        ({"url": "https://h.example/a'b", **GIT}, None),
        ({"url": "file:///home/ada/clone", "dir_info": {"editable": True}}, None),
        ({"url": "file:///wheels/tfs_gitops-1.2.3-py3-none-any.whl", "archive_info": {}}, None),
    ],
)
def test_workflows_install_what_installed_this_program(tmp_path, origin, expected):
    """From an index or by a commit; a file of this machine is nowhere else, nor is a token."""
    (tmp_path / "METADATA").write_text("Name: tfs-gitops\nVersion: 1.2.3\n")
    if origin:
        (tmp_path / "direct_url.json").write_text(json.dumps(origin))

    assert requirement.of_distribution(PathDistribution(tmp_path)) == expected


def test_without_a_release_it_is_said_and_workflows_install_nothing(tmp_path):
    """Whoever takes a name that nobody has published would get the secrets of the job."""
    result = init(tmp_path)
    workflow = tmp_path / ".github/workflows/sync.yml"
    done = bash(script(workflow, "Install"), tmp_path, REQUIREMENT="")

    assert "next: say what workflows install, as no release of tfs-gitops is known" in result.stderr
    assert {installed(tmp_path, name) for name in WORKFLOWS} == {
        "${{ vars.TFS_GITOPS_REQUIREMENT }}"
    }
    assert done.returncode != 0
    assert "set the repository variable TFS_GITOPS_REQUIREMENT" in done.stderr


def test_what_is_asked_for_is_installed_unless_the_variable_says_otherwise(tmp_path):
    """Spaces that pip does not need are gone; a release moves no more, so nothing is said."""
    result = init(tmp_path, "--install", " tfs-gitops == 1.2.3")

    assert {installed(tmp_path, name) for name in WORKFLOWS} == {
        "${{ vars.TFS_GITOPS_REQUIREMENT || 'tfs-gitops==1.2.3' }}"
    }
    assert "install" not in result.stderr


@pytest.mark.parametrize(
    ("text", "is_fixed"),
    [
        ("tfs-gitops>=1", False),
        ("tfs-gitops==1.*", False),
        ("tfs-gitops==1.2.3", True),
        ("git+https://h.example/a/b", False),
        ("git+https://h.example/a/b@main", False),
        ("git+https://h.example/a/b@v1.2.3", False),
        (f"git+https://h.example/a/b@{COMMIT}", True),
        (f"tfs-gitops @ git+https://h.example/a/b@{COMMIT}", True),
        (f"https://h.example/a.whl#sha256={COMMIT}{COMMIT[:24]}", True),
    ],
)
def test_what_may_be_something_else_tomorrow_is_told(text, is_fixed):
    """A branch and a tag can be moved: the job has the rights of the fleet."""
    told = list(requirement.advice(requirement.parse(text), is_asked=True, is_written=True))

    assert not told if is_fixed else "may be something else tomorrow" in told[0]


def test_workflows_that_are_there_stay_and_the_variable_is_named(tmp_path):
    """Nothing is overwritten."""
    init(tmp_path)
    before = installed(tmp_path)
    result = run("init", tmp_path, "--install", "tfs-gitops==1.2.3")

    assert installed(tmp_path) == before
    assert "set the repository variable TFS_GITOPS_REQUIREMENT to tfs-gitops==1.2.3" in (
        result.stderr
    )


@given(st.text("ab1.=@:/#[]-_ ,<>~!%&+'\"$\n{}", min_size=1, max_size=12))
@example("a==1#'${{x}}")
@example("a:b")
@example("a#b")
def test_whatever_is_taken_stands_in_the_workflow_as_it_is(text):
    """One value of YAML, and one text of an expression of GitHub."""
    try:
        parsed = requirement.parse(text)
    except click.BadParameter:
        return
    found = yaml.safe_load(rendered(SYNC, [], (), parsed, T)[".github/workflows/sync.yml"])
    [install] = [it for it in found["jobs"]["sync"]["steps"] if it["name"] == "Install"]

    assert install["env"]["REQUIREMENT"] == f"${{{{ vars.TFS_GITOPS_REQUIREMENT || '{parsed}' }}}}"


@pytest.mark.parametrize("text", ["tfs-gitops", " tfs-gitops[inventory] ", "serving"])
def test_a_name_alone_is_no_requirement(text):
    """Workflows would install, beside their secrets, whatever is published by it."""
    with pytest.raises(click.BadParameter, match="whatever is published by that name"):
        requirement.parse(text)
