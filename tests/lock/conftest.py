"""A project with one model, and a clone in which a person works, as fixtures."""

import subprocess

import pytest

from tests.kit.committed import Git, write_policy
from tests.kit.project import ProjectFolder


@pytest.fixture
def project(tmp_path, origin):
    """Return a project whose steps never wait, that serves `a 1` and then `a 1, 2`."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    write_policy(project, latest=2)
    project.publish("a", 1)
    project.run("sync")
    project.publish("a", 2)
    project.run("sync")
    return project


@pytest.fixture
def git(tmp_path, origin) -> Git:
    """Return a function that runs git in a person's clone, which is up to date, and pushes."""
    clone = tmp_path / "clone"
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]

    def run(*words: str) -> str:
        if not clone.exists():
            subprocess.run(["git", "clone", "-q", str(origin.path), str(clone)], check=True)
        command = ["git", "-C", str(clone), *who]
        if words[0] == "revert":
            subprocess.run([*command, "pull", "-q", "--rebase"], check=True)
        done = subprocess.run([*command, *words], check=True, capture_output=True, text=True)
        subprocess.run([*command, "push", "-q", "origin", "HEAD:main"], check=True)
        return done.stdout

    return run
