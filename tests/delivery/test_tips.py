"""The tips of branches, asked for before libgit2 is loaded, by the rules of a whole run."""

from pathlib import Path

import pytest

from generator.delivery import git
from generator.delivery import tips as asked
from generator.delivery.tips import tips
from generator.errors import PublishError
from tests.kit.waiting import until
from tests.servers.git_http import basic, git_http

BRANCHES = ("main", "tfs-gitops/dev")


@pytest.fixture
def tip(origin):
    """Return the newest commit of an origin that has another branch whose name ends alike."""
    commit = origin.repo.revparse_single("main")
    origin.repo.branches.create("other/refs/heads/tfs-gitops/dev", commit)
    return str(commit.id)


def test_a_branch_is_where_it_is_and_one_that_is_missing_is_none(origin, tip, git_server):
    """By path, as a file URL and over HTTP; libgit2 says the same."""
    for url in (str(origin.path), origin.url, git_server.url):
        found = tips(Path("/"), url, BRANCHES)

        assert found == {"main": tip, "tfs-gitops/dev": None}
        assert git.tips(url, Path("/"), BRANCHES) == found


def test_a_relative_path_is_from_the_project(origin, tip):
    """As the environment means it."""
    assert tips(origin.path.parent, origin.path.name, ["main"]) == {"main": tip}


def test_where_there_is_no_git_libgit2_is_asked(origin, tip, monkeypatch, tmp_path):
    """As in the image, which has none."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert tips(Path("/"), str(origin.path), ["main"]) == {"main": tip}


def test_the_token_is_sent_to_its_host(origin, tip, monkeypatch):
    """A loopback address is a home of our own token."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", "secret")
    with git_http(origin.path.parent, user="x-access-token", password="secret") as server:
        found = tips(Path("/"), f"{server.url}/{origin.path.name}", ["main"])

    assert found == {"main": tip}
    assert server.authorizations[-1] == basic("x-access-token", "secret")


def test_no_token_goes_where_a_redirect_leads(origin, git_server, monkeypatch):
    """Nor is it followed: the whole run tells what is wrong."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", "secret")
    with git_http(origin.path.parent) as elsewhere:
        moved = f"{elsewhere.url}/{origin.path.name}"
        git_server.moved[f"/{origin.path.name}"] = moved
        with pytest.raises(PublishError):
            tips(Path("/"), git_server.url, ["main"])

    assert elsewhere.requests == []


@pytest.mark.parametrize("url", ["gone.git", "http://127.0.0.1:9/x.git", "ext::sh -c id", "-x"])
def test_no_answer_is_no_tip(url, tmp_path):
    """Not even an empty one."""
    with pytest.raises(PublishError):
        tips(tmp_path, url, ["main"])


def test_settings_of_git_in_the_environment_change_nothing(origin, tip, monkeypatch, tmp_path):
    """Such as those of a hook that started this."""
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_TRACE", "1")
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "https")

    assert tips(Path("/"), str(origin.path), ["main"]) == {"main": tip}


def test_nothing_goes_on_after_git_took_too_long(tmp_path, monkeypatch):
    """Git asks by programs of its own: with the token, and for as long as a server has bytes."""
    started = tmp_path / "started"
    git_here = tmp_path / "git"
    git_here.write_text(f"#!/bin/sh\n/bin/sleep 60 & echo $! >{started}\nwait\n")
    git_here.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(asked, "_TIMEOUT", 0.1)
    communicate = asked.subprocess.Popen.communicate

    def begun(git, timeout):
        until(lambda: started.exists() and started.read_text().endswith("\n"))
        return communicate(git, timeout=timeout)

    monkeypatch.setattr(asked.subprocess.Popen, "communicate", begun)

    with pytest.raises(PublishError):
        tips(Path("/"), "https://git.example/fleet.git", ["main"])

    process = int(started.read_text())
    until(lambda: _has_ended(process))


def test_an_interruption_stays_one(origin, monkeypatch):
    """Also where Git has just ended by itself: a whole run would begin otherwise."""

    def interrupted(git, timeout):
        git.wait(timeout)
        raise KeyboardInterrupt

    monkeypatch.setattr(asked.subprocess.Popen, "communicate", interrupted)

    with pytest.raises(KeyboardInterrupt):
        tips(Path("/"), str(origin.path), ["main"])


def _has_ended(process: int) -> bool:
    """Whether *process* has ended; nobody may have waited for it yet."""
    try:
        return "Z" in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
