"""Limits of what a Git server sends: bytes and objects of a fetch, and words of a push."""

from itertools import count

import pygit2
import pytest

from generator.delivery.commitment import Commitment
from generator.delivery.credentials import Tokens
from generator.delivery.git import memory, open_branch
from generator.delivery.git.transport import Remote
from generator.environment.delivery import Delivery
from generator.errors import PublishError
from generator.limits.git import FETCHED_BYTES, FETCHED_OBJECTS, SAID_CHARACTERS
from generator.limits.limit import Limit


@pytest.fixture
def remote(git_server, origin, tmp_path):
    """Return what opens a remote whose branch has a few files."""
    open_branch(Delivery(str(origin.path)), tmp_path).commit(
        Commitment({f"f/{number}": b"x" * 99 for number in range(20)}, (), "files")
    )
    copies = count()

    def opened():
        copy = pygit2.init_repository(tmp_path / f"copy-{next(copies)}", bare=True)
        found = Remote(copy, git_server.url, Tokens({}))
        found.heads()
        return found

    return opened


def test_a_fetch_of_more_bytes_than_any_repository_has_is_given_up(remote):
    """It goes to the disk, which may be full."""
    with pytest.raises(PublishError, match="it sends more than 100 bytes"):
        remote().fetch("main", most=Limit(100, "bytes", "a fetch", reason="r", told="t"))

    assert remote().fetch("main", most=FETCHED_BYTES)


def test_a_fetch_of_more_objects_than_any_repository_has_is_given_up(remote):
    """libgit2 has the bound, of this process; each takes memory."""
    memory.limit(fetched_objects=2)
    try:
        with pytest.raises(pygit2.GitError):
            remote().fetch("main")
    finally:
        memory.limit()

    assert pygit2.settings.pack_max_objects == FETCHED_OBJECTS
    assert remote().fetch("main")


def test_of_what_a_hook_says_the_end_is_told(origin, git_server, tmp_path):
    """The last lines have the reason, whatever was written before them."""
    hook = origin.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\nseq -f 'line %.0f of many that nobody reads' 20000 >&2\n"
        "echo main is frozen >&2\nexit 1\n"
    )
    hook.chmod(0o755)

    with pytest.raises(PublishError) as error:
        open_branch(Delivery(git_server.url), tmp_path).commit(Commitment({"a": b""}, (), "ours"))

    _, *said = error.value.problems
    assert said[-1] == "remote: main is frozen"
    assert 0 < sum(len(line.removeprefix("remote: ")) + 1 for line in said) <= SAID_CHARACTERS + 1
