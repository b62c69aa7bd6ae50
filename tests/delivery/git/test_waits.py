"""A Git server that does not answer ends what was asked of it, and is named with the wait."""

import time
from contextlib import contextmanager
from functools import partial

import pytest

from generator.delivery.commitment import Commitment
from generator.delivery.credentials import Tokens
from generator.delivery.git.branch import Branch
from generator.delivery.git.remote import RemoteRefs
from generator.errors import PublishError
from tests.kit.waiting import until
from tests.servers.idle import idle

SECONDS = 0.5
CALLS = {
    "fetch": lambda branch: branch.fetch(),
    "try_push": lambda branch: branch.try_push(),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", ["silent", "drip", "close"])
@pytest.mark.parametrize("scheme", ["http", "ssh"])
def test_a_server_that_does_not_answer(scheme, kind, call):
    """In silence, with a byte now and then, or with its back turned."""
    with idle(kind, scheme) as port:
        url = f"{scheme}://git@127.0.0.1:{port}/fleet"
        branch = Branch(RemoteRefs(url, Tokens({}), timeout=SECONDS), "main")
        started = time.monotonic()
        with pytest.raises(PublishError) as error:
            CALLS[call](branch)

    assert time.monotonic() - started < 10
    [problem] = error.value.problems
    assert problem.startswith(f"{scheme}://127.0.0.1:{port}/fleet: ")
    if kind != "close":
        assert problem.endswith(f"no answer of {scheme}://127.0.0.1:{port} within 0.5 s")
        assert "check the address" in error.value.hint


def test_all_branches_of_a_silent_server_are_one_wait():
    """A fleet of ten environments waits once; each of them is told."""
    with idle("silent") as port:
        url = f"http://127.0.0.1:{port}/"
        started = time.monotonic()
        for name in range(10):
            refs = RemoteRefs(f"{url}{name}", Tokens({}), timeout=2)
            with pytest.raises(PublishError, match=rf"/{name}: cannot be fetched: no answer"):
                partial(Branch(refs, "main").fetch)()

    assert time.monotonic() - started < 10


@contextmanager
def slow_hook(origin, git_server):
    """Let a push take until the end of the context; yield the branch, which waits SECONDS."""
    go_on = origin.path / "go-on"
    hook = origin.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nuntil [ -e {go_on} ]; do sleep 0.05; done\n")
    hook.chmod(0o755)
    refs = RemoteRefs(git_server.url, Tokens({}))
    branch = Branch(refs, "main")
    branch.fetch()
    refs._remote._timeout = SECONDS
    try:
        yield branch
    finally:
        go_on.touch()


def test_a_push_that_nobody_answers_may_arrive_later(origin, git_server):
    """A hook of the server takes its time: nobody says that the commit was not published."""
    before = origin.repo.revparse_single("main").id
    with slow_hook(origin, git_server) as branch:
        with pytest.raises(PublishError, match="nobody knows whether the commit was published"):
            branch.commit(Commitment({"a": b"1"}, (), "a"))
        assert origin.repo.revparse_single("main").id == before

    until(lambda: origin.repo.revparse_single("main").id != before)


def test_a_deletion_that_nobody_answers_may_be_done_later(origin, git_server):
    """Nobody says that the branch stays."""
    tip = origin.repo.revparse_single("main").id
    origin.repo.references.create("refs/heads/proposal", tip)
    with slow_hook(origin, git_server) as branch:
        with pytest.raises(PublishError, match="nobody knows whether 'proposal' was deleted"):
            branch.head_branch("proposal", "").delete()
        assert "refs/heads/proposal" in origin.repo.references

    until(lambda: "refs/heads/proposal" not in origin.repo.references)
