"""`tfs-gitops rollback` says how long it takes, and how to have it at once."""

import json
import re
import subprocess

import pytest

from tests.kit.committed import served, write_policy
from tests.kit.delivered import GENERATED
from tests.kit.project import ProjectFolder
from tests.kit.schemas import schema


@pytest.fixture
def project(tmp_path, origin):
    """Return a project that serves `a 2` with a label, and served `a 1` before."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    ask(project, "0s")
    project.publish("a", 1)
    project.run("sync")
    project.publish("a", 2)
    for _ in range(3):
        project.run("sync")
    assert served(origin) == [2]
    return project


def ask(project, settle, **sections):
    """Set how far apart steps are."""
    policy = [{"match": "*", "versions": {"latest": 1}, "labels": {"stable": "latest"}}]
    delivery = {"settle": settle} | sections.pop("delivery", {})
    project.environment(policy=policy, delivery=delivery, **sections)


def told(project):
    """Return the lines on the steps, which come last."""
    result = project.run("rollback", "dev", "a", "--write")
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()[-2:]


def test_the_number_of_steps_and_the_time_of_the_last_are_told(project):
    """Add, move the label, drop: ten minutes apart, so twenty from the first to the last."""
    ask(project, "10m")

    steps, _ = told(project)

    assert re.fullmatch(
        r"3 steps, done at (\d{4}-\d\d-\d\d )?\d\d:\d\d UTC \(in (19|20)m\) "
        "if a sync runs whenever one is due",
        steps,
    )


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"settle": "0s"}, "3 steps, one with each sync"),
        (
            {
                "settle": "5m",
                "delivery": {"mode": "pull-request", "forge": {"type": "github"}},
            },
            "3 steps, each a pull request, 5m after the merge of the last",
        ),
    ],
)
def test_without_a_time_the_number_is_told(project, sections, says):
    """A pull request waits for people, and what need not settle for the next sync alone."""
    ask(project, **sections)

    assert told(project)[0] == says


def test_with_an_agent_it_is_one_step(project):
    """The agent takes the others in each pod."""
    ask(project, "10m", serving={"agent": True})

    line = told(project)[-1]

    assert line == "1 step, with the next sync: the agent in each pod goes on from there"


def test_the_reverts_that_are_told_lead_to_what_was_served(project, origin, tmp_path):
    """Newest first they apply without a conflict, and a sync with the edit leaves the model."""
    ask(project, "10m")
    command = re.search(r"`(git revert [^`]*)`", told(project)[-1])[1]
    clone = str(tmp_path / "clone")
    subprocess.run(["git", "clone", "-q", str(origin.path), clone], check=True)

    subprocess.run(command.split(), cwd=clone, check=True)
    subprocess.run(["git", "-C", clone, "push", "-q", "origin", "HEAD:main"], check=True)

    assert served(origin) == [1]
    assert b"versions: 2" not in origin.files()[f"{GENERATED}/models.config"]
    assert "  ~ a" not in project.run("sync").stdout
    assert served(origin) == [1]


def test_reverts_that_would_take_more_back_are_not_told(project, origin):
    """Another model changed by the same commit."""
    write_policy(project)
    project.publish("a", 3)
    project.publish("b", 1)
    project.run("sync")
    project.run("sync")
    ask(project, "10m")

    assert "git revert" not in "".join(told(project))


def test_json_has_the_steps(project):
    """With the time, for a program that waits."""
    ask(project, "10m")

    data = json.loads(project.run("rollback", "dev", "a", "--write", "--format", "json").stdout)

    schema("edit").validate(data)
    assert data["steps"]["count"] == 3
    assert data["steps"]["done"].endswith("Z")
