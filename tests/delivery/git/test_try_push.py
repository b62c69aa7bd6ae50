"""`try_push`: whether a push would be let in, without one."""

from pathlib import Path

import pygit2
import pytest

from generator.delivery.git import open_branch
from generator.environment.delivery import Delivery, Signing
from generator.errors import PublishError
from tests.servers.git_http import git_http
from tests.servers.origin import Origin


def test_a_push_that_is_let_in_leaves_nothing_behind(url: str, origin: Origin) -> None:
    """No commit, no branch, no object."""
    before = [*origin.repo.references], sorted(origin.path.rglob("*"))

    open_branch(Delivery(url), Path("/nowhere")).try_push()

    assert ([*origin.repo.references], sorted(origin.path.rglob("*"))) == before


def test_a_remote_that_takes_no_push_is_told(origin: Origin) -> None:
    """As a forge answers whose token may only read."""
    with git_http(origin.path.parent) as server:
        branch = open_branch(Delivery(f"{server.url}/{origin.path.name}"), Path("/nowhere"))
        origin.repo.config["http.receivepack"] = False

        with pytest.raises(PublishError, match=r"nothing can be pushed to 'main'.*403"):
            branch.try_push()


def test_a_remote_that_asks_who_pushes_is_told(origin: Origin) -> None:
    """Who reads without a token may need one to write."""
    with git_http(origin.path.parent, user="someone", password="secret") as server:
        address = f"{server.url.replace('://', '://someone:secret@')}/{origin.path.name}"
        branch = open_branch(Delivery(address), Path("/nowhere"))
        assert branch.try_push() is None

        with pytest.raises(PublishError, match="credentials"):
            open_branch(Delivery(f"{server.url}/{origin.path.name}"), Path("/nowhere"))


def test_a_branch_that_is_checked_out_takes_no_push(tmp_path: Path) -> None:
    """A sync would be refused there, and so is the trial."""
    repository = pygit2.init_repository(tmp_path / "work", initial_head="main")
    who = pygit2.Signature("Person", "person@example.com")
    tree = repository.TreeBuilder().write()
    repository.create_commit("refs/heads/main", who, who, "start", tree, [])

    with pytest.raises(PublishError, match="checked out there"):
        open_branch(Delivery(str(tmp_path / "work")), Path("/nowhere")).try_push()


@pytest.mark.skipif("__import__('os').geteuid() == 0", reason="root may write everywhere")
def test_a_repository_that_this_user_may_not_write_is_told(origin: Origin) -> None:
    """With the folder that would have to be written."""
    (origin.path / "objects").chmod(0o555)
    try:
        with pytest.raises(PublishError, match="objects: may not be written"):
            open_branch(Delivery(str(origin.path)), Path("/nowhere")).try_push()
    finally:
        (origin.path / "objects").chmod(0o755)


def test_a_key_that_cannot_sign_is_told(url: str, tmp_path: Path) -> None:
    """A commit without its signature would not be published."""
    delivery = Delivery(url, signing=Signing("ssh", str(tmp_path / "no-key")))

    with pytest.raises(PublishError, match="no such key"):
        open_branch(delivery, Path("/nowhere")).try_push()
