"""A branch that moves while it is read: another sync, or a person, force-pushes."""

import pygit2
import pytest

from generator.delivery.credentials import Tokens
from generator.delivery.git.transport import Remote

SOMEBODY = pygit2.Signature("Somebody", "s@example.com")


@pytest.fixture
def remote(git_server, origin, tmp_path):
    """Return a remote whose branches were read, and whose `main` may be fetched."""
    origin.commit({"f": b"1"}, "one")
    copy = pygit2.init_repository(tmp_path / "copy", bare=True)
    found = Remote(copy, git_server.url, Tokens({}))
    found.heads()
    return found


def replace_tip(origin) -> pygit2.Oid:
    """Put another commit in the place of the newest one, as a force-push does."""
    repo = origin.repo
    tip = repo.branches["main"].peel(pygit2.Commit)
    parents = list(tip.parent_ids)
    words = f"in place of {tip.id}"
    new = repo.create_commit(None, SOMEBODY, SOMEBODY, words, tip.tree_id, parents)
    repo.references.create("refs/heads/main", new, force=True)
    return new


def test_a_branch_that_was_replaced_since_it_was_read_is_read_again(remote, origin):
    """Its old commit is on no branch any more, so the server gives it to nobody."""
    new = replace_tip(origin)

    assert remote.fetch("main") == new
    assert remote.known["main"] == new


def test_a_branch_that_is_gone_since_it_was_read_is_no_branch(remote, origin):
    """Its request was merged or closed, and another sync has deleted it."""
    origin.repo.branches.create("kept", origin.repo.branches["main"].peel().parents[0])
    origin.repo.references.delete("refs/heads/main")

    assert remote.fetch("main") is None
    assert "main" not in remote.known


def test_a_branch_that_is_gone_while_it_is_fetched_is_no_branch(remote, git_server, tmp_path):
    """Of a branch that the server does not have libgit2 fetches nothing, and says so nowhere."""
    copy = pygit2.init_repository(tmp_path / "another", bare=True)
    late = Remote(copy, git_server.url, Tokens({}))
    late.known = {"gone": remote.known["main"]}

    assert late.fetch("gone") is None
    assert late.known == {}


def test_a_branch_that_never_rests_is_an_error(remote, origin, monkeypatch):
    """After some tries: the next run goes on."""
    heads = remote.heads

    def moved():
        found = heads()
        replace_tip(origin)
        return found

    monkeypatch.setattr(remote, "heads", moved)
    replace_tip(origin)

    with pytest.raises(pygit2.GitError):
        remote.fetch("main")
