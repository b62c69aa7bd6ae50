"""What a person is told when a delivery fails, and that nothing has changed then."""

import os
import socket
import subprocess
from pathlib import Path

import pygit2
import pytest
from pygit2.enums import FileMode

from generator.delivery.commitment import Commitment
from generator.delivery.git import open_branch
from generator.delivery.git.author import identity
from generator.delivery.git.branch import Branch
from generator.delivery.git.errors import library_error
from generator.delivery.git.local import LocalRefs
from generator.environment.delivery import Author, Delivery
from generator.errors import PublishError
from tests.servers.git_http import git_http

NOBODY = 65534


def opened(url, name="main"):
    """Open a branch of any URL or absolute path."""
    return open_branch(Delivery(str(url), name), Path("/nowhere"))


@pytest.fixture
def checkout(tmp_path: Path) -> pygit2.Repository:
    """Return a repository with a working tree, on main."""
    repo = pygit2.init_repository(tmp_path / "checkout", initial_head="main")
    who = pygit2.Signature("Person", "person@example.com")
    repo.create_commit("HEAD", who, who, "start", repo.TreeBuilder().write(), [])
    return repo


def test_a_path_without_a_repository(tmp_path):
    """The next step is the command that makes one."""
    with pytest.raises(PublishError, match=r"no-such: not a Git repository") as error:
        open_branch(Delivery("no-such"), tmp_path)

    assert f"`git init --bare {tmp_path}/no-such`" in error.value.hint
    assert error.value.exit_code == 5


def test_a_folder_inside_a_repository_is_not_that_repository(checkout, tmp_path):
    """Otherwise a misspelt path would deliver into the project's own history."""
    Path(checkout.workdir, "fleet").mkdir()

    with pytest.raises(PublishError, match="not a Git repository"):
        open_branch(Delivery("checkout/fleet"), tmp_path)

    open_branch(Delivery("checkout"), tmp_path)


@pytest.mark.parametrize(
    "url", ["git://h/fleet", "htps://bot:hunter2@h/fleet", "s3://fleet", "file://h/fleet", "file:x"]
)
def test_a_url_that_is_not_for_git(url):
    """It is not taken for a path; the message shows no password."""
    with pytest.raises(PublishError) as error:
        opened(url)

    assert "hunter2" not in str(error.value)
    if "://" in url:
        assert "takes a path, or an https, ssh, http or file:///PATH URL" in error.value.hint


@pytest.mark.parametrize("url", ["https://", "https://[h/fleet", "https://h:port/fleet", "ssh://"])
def test_a_broken_url(url):
    """It is an error of the one who wrote it, and not a traceback."""
    with pytest.raises(PublishError, match=r"cannot be fetched: invalid"):
        opened(url)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_repository_of_somebody_else_is_not_trusted(origin):
    """As in Git: its configuration could run programs. The next step is Git's own."""
    os.chown(origin.path, NOBODY, NOBODY)

    with pytest.raises(PublishError, match="not owned") as error:
        opened(origin.path)

    assert "safe.directory" in error.value.hint


def test_a_repository_that_cannot_be_written(origin):
    """The branch stays where it is. Files stand in the way, since root may write anywhere."""
    subprocess.run(["git", "-C", origin.path, "repack", "-adq"], check=True)
    for number in range(256):
        folder = origin.path / f"objects/{number:02x}"
        if folder.exists():
            folder.rmdir()
        folder.touch()
    before = origin.log()

    with pytest.raises(PublishError, match=r"origin\.git: the commit was not published: .*object"):
        opened(origin.path).commit(Commitment({"a": b""}, (), "ours"))

    assert origin.log() == before


def test_a_lock_that_was_left_behind(origin):
    """It is waited for, but not for ever, and then named."""
    lock = origin.path / "refs/heads/main.lock"
    lock.touch()
    branch = Branch(LocalRefs(origin.path, lock_seconds=0.1), "main")
    branch.fetch()

    with pytest.raises(PublishError, match=r"refs/heads/main\.lock") as error:
        branch.commit(Commitment({"a": b""}, (), "ours"))

    assert "remove the .lock file" in error.value.hint
    assert origin.log() == ["start"]
    lock.unlink()
    assert branch.commit(Commitment({"a": b""}, (), "ours"))


def test_a_lock_that_is_held_for_a_moment_is_waited_for(origin):
    """Another process is writing the branch right now: that is no error."""
    lock = origin.path / "refs/heads/main.lock"
    lock.touch()

    with subprocess.Popen(["sh", "-c", 'sleep 0.2; rm "$0"', lock]):
        assert opened(origin.path).commit(Commitment({"a": b""}, (), "ours"))


def test_a_branch_that_is_checked_out(checkout):
    """Its files would show our commit as undone. A branch beside it may be written."""
    checkout.branches.local.create("fleet", checkout.head.peel(pygit2.Commit))

    with pytest.raises(PublishError, match=r"'main' is checked out there") as error:
        opened(checkout.workdir).commit(Commitment({"a": b""}, (), "ours"))

    assert "bare repository" in error.value.hint
    assert checkout.head.peel(pygit2.Commit).message == "start"
    assert opened(checkout.workdir, "fleet").commit(Commitment({"a": b""}, (), "ours"))


def test_a_branch_that_a_worktree_has_checked_out(origin, tmp_path):
    """The repository is bare, and the working tree is elsewhere."""
    subprocess.run(["git", "-C", origin.path, "worktree", "add", "-q", tmp_path / "w"], check=True)

    with pytest.raises(PublishError, match="is checked out there"):
        opened(origin.path, "w").commit(Commitment({"a": b""}, (), "ours"))

    assert opened(origin.path).commit(Commitment({"a": b""}, (), "ours"))


def test_a_branch_that_will_be_the_first_one_of_a_checkout(tmp_path):
    """`git init` has checked out a branch that does not exist yet."""
    pygit2.init_repository(tmp_path / "new", initial_head="main")

    with pytest.raises(PublishError, match="is checked out there"):
        opened(tmp_path / "new").commit(Commitment({"a": b""}, (), "ours"))


@pytest.mark.parametrize("over", ["path", "http"])
def test_a_submodule_where_a_folder_must_be(origin, git_server, over):
    """It belongs to another repository. The message names it, and the next step."""
    tree = origin.repo.TreeBuilder()
    tree.insert("fleet", origin.repo.revparse_single("main").id, FileMode.COMMIT)
    who = pygit2.Signature("Person", "person@example.com")
    parent = origin.repo.revparse_single("main").id
    origin.repo.create_commit("refs/heads/main", who, who, "submodule", tree.write(), [parent])
    branch = opened(origin.path if over == "path" else git_server.url)

    assert branch.has("fleet")
    assert branch.read("fleet") == branch.read("fleet/a") == {}
    with pytest.raises(PublishError, match=r"fleet is not a folder") as error:
        branch.commit(Commitment({"fleet/a": b""}, (), "ours"))

    assert "spec.delivery.path" in error.value.hint
    assert origin.log() == ["submodule", "start"]


@pytest.mark.parametrize("path", ["../a", "a/../b", ".git/config", "a//b", "/a", "a/"])
def test_a_path_that_git_does_not_allow(origin, path):
    """Whatever the templates produce, it stays inside the repository."""
    with pytest.raises(PublishError, match="invalid name for a tree entry"):
        opened(origin.path).commit(Commitment({path: b""}, (), "ours"))

    assert origin.log() == ["start"]


def test_a_branch_name_that_git_does_not_allow(origin):
    """It is a branch that the repository does not have."""
    with pytest.raises(PublishError, match=r"no branch 'a\.\.b'"):
        opened(origin.path, "a..b")


def test_a_branch_that_is_broken(origin):
    """A reference to an object that is gone is an error, and not an empty branch."""
    (origin.path / "refs/heads/main").write_text("1" * 40 + "\n")

    with pytest.raises(PublishError, match=r"origin\.git: 'main' cannot be read"):
        opened(origin.path)


def test_a_hook_that_refuses(origin, git_server):
    """Its words are shown, without their colours, and the push is not tried again."""
    hook = origin.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nprintf '\\033[31mmain is frozen\\nask Ada\\n' >&2\nexit 1\n")
    hook.chmod(0o755)
    branch = opened(git_server.url)

    with pytest.raises(PublishError) as error:
        branch.commit(Commitment({"a": b""}, (), "ours"))

    refused, *said = error.value.problems
    assert refused.startswith(f"{git_server.url}: the push to 'main' was refused: pre-receive hook")
    assert said == ["remote: main is frozen", "remote: ask Ada"]
    assert error.value.exit_code == 5
    assert "protected" in error.value.hint
    assert origin.log() == ["start"]
    assert git_server.requests.count("POST /origin.git/git-receive-pack") == 1


@pytest.mark.parametrize("other", ["tfs-gitops", "tfs-gitops/prod/old"])
@pytest.mark.parametrize("over", ["path", "http"])
def test_a_branch_in_the_way_of_another_is_named(origin, git_server, over, other):
    """Git keeps `a` as a file, and `a/b` in a folder `a`; servers call that a lost race."""
    origin.repo.branches.local.create(other, origin.repo.branches.local["main"].peel())
    branch = opened({"path": origin.path, "http": git_server.url}[over])
    proposal = branch.head_branch("tfs-gitops/prod", "")

    with pytest.raises(PublishError) as error:
        proposal.commit(Commitment({"a": b""}, (), "ours"))

    assert f"branch 'tfs-gitops/prod' cannot be made: {other!r} is a branch" in str(error.value)
    assert error.value.hint == f"delete or rename the branch {other!r} there"
    assert "POST /origin.git/git-receive-pack" not in git_server.requests


def test_a_branch_of_a_similar_name_is_in_nobodys_way(origin):
    """`a-b` and `a/c` stand beside `a/b`."""
    for name in ("tfs-gitops-prod", "tfs-gitops/production", "tfs-gitops/dev"):
        origin.repo.branches.local.create(name, origin.repo.branches.local["main"].peel())

    branch = opened(origin.path).head_branch("tfs-gitops/prod", "")

    assert branch.commit(Commitment({"a": b""}, (), "ours"))


def test_a_server_that_takes_no_pushes(origin, git_server):
    """403 is an answer about rights, and the next step says so."""
    origin.repo.config["http.receivepack"] = False
    branch = opened(git_server.url)

    with pytest.raises(PublishError, match="403") as error:
        branch.commit(Commitment({"a": b""}, (), "ours"))

    assert "may write it" in error.value.hint


def test_a_repository_that_the_server_does_not_have(tmp_path):
    """Forges say the same where the token may not look."""
    with git_http(tmp_path) as server, pytest.raises(PublishError, match="404") as error:
        opened(f"{server.url}/none.git")

    assert "check that the repository exists" in error.value.hint


def test_nobody_is_listening():
    """The message names the address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(PublishError, match=rf"127\.0\.0\.1:{port}/fleet: cannot be fetched") as e:
        opened(f"http://127.0.0.1:{port}/fleet")

    assert "check the address" in e.value.hint


def test_what_the_library_says_is_shown_without_passwords():
    """Whichever of its messages names the URL."""
    error = library_error("place", "failed", ValueError("no https://bot:hunter2@h/fleet"))

    assert error.problems == ("place: failed: no https://h/fleet",)


def committer(origin, author=None):
    """Deliver a commit, and return who made it."""
    assert opened(origin.path).commit(Commitment({"a": b""}, (), "ours", author))
    commit = origin.repo.revparse_single("main").peel(pygit2.Commit)
    assert (commit.author.name, commit.author.email) == (
        commit.committer.name,
        commit.committer.email,
    )
    return commit.author.name, commit.author.email


def test_who_commits(origin, monkeypatch):
    """The environment's author, else GIT_AUTHOR_*, else Git's own identity, else the tool."""
    assert committer(origin, Author("Ada", "ada@example.com")) == ("Ada", "ada@example.com")
    assert committer(origin) == ("Test", "test@example.com")

    monkeypatch.delenv("GIT_AUTHOR_NAME")
    monkeypatch.delenv("GIT_AUTHOR_EMAIL")
    config = Path(os.environ["HOME"]) / ".gitconfig"
    assert committer(origin) == ("tfs-gitops", "tfs-gitops@example.com")
    config.write_text("[user]\n\tname = Grace\n")
    assert committer(origin) == ("tfs-gitops", "tfs-gitops@example.com")
    config.write_text("[user]\n\tname = Grace\n\temail = grace@example.com\n")
    assert committer(origin) == ("Grace", "grace@example.com")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Alan")
    assert committer(origin) == ("Alan", "grace@example.com")


@pytest.mark.parametrize(
    ("place", "server", "is_bot"),
    [
        ("https://github.com/acme/fleet.git", None, True),
        ("https://github.com/acme/fleet.git", "https://github.com", True),
        ("ssh://git@github.com:22/acme/fleet", None, True),
        ("git@github.com:acme/fleet.git", None, True),
        ("https://ghe.example/acme/fleet", "https://ghe.example", False),
        ("https://github.com/acme/fleet", "https://ghe.example", False),
        ("https://gitlab.com/github.com/fleet", None, False),
        ("https://github.com.example/acme/fleet", None, False),
        ("/srv/github.com/fleet.git", None, False),
    ],
)
def test_a_workflow_commits_as_the_bot_of_its_forge(checkout, monkeypatch, place, server, is_bot):
    """Where its address is known, for what is there; whoever is named comes first."""
    who = identity(None, checkout, place)
    assert who.name == "Test"
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    assert identity(None, checkout, place).name == "tfs-gitops"

    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    if server:
        monkeypatch.setenv("GITHUB_SERVER_URL", server)
    who = identity(None, checkout, place)

    bot = "github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com"
    fixed = "tfs-gitops", "tfs-gitops@example.com"
    assert (who.name, who.email) == (bot if is_bot else fixed)
    assert identity(Author("Ada", "ada@example.com"), checkout, place).name == "Ada"


def test_an_author_that_git_does_not_allow(origin):
    """It would break the commit."""
    with pytest.raises(PublishError, match="angle brackets"):
        committer(origin, Author("<Ada>", "ada@example.com"))
