"""What every branch promises: one by path, by file URL, over HTTP, and a plain folder.

Over HTTP it is Git's own server that answers, and what others see is asked of the repository.
"""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pygit2
import pytest

from generator.delivery.commitment import Commitment
from generator.delivery.folder import FolderBranch
from generator.delivery.git import branch as git_branch
from generator.delivery.git import open_branch, open_refs
from generator.delivery.ports import Branch
from generator.environment.delivery import Delivery
from generator.errors import PublishError
from tests.servers.git_http import git_http
from tests.servers.origin import Origin

COMMITS = 10


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to deliver to."""

    origin: Origin
    url: str

    def open(self, name: str = "main") -> Branch:
        """Open the branch as another process would."""
        return open_branch(Delivery(self.url, name), Path("/nowhere"))


@pytest.fixture
def empty(tmp_path: Path) -> Origin:
    """Return a repository without any commit."""
    repo = pygit2.init_repository(tmp_path / "a fleet.git", bare=True, initial_head="trunk")
    repo.config["http.receivepack"] = True
    return Origin(tmp_path / "a fleet.git", repo)


@pytest.fixture(params=["path", "file", "http"])
def empty_place(request: pytest.FixtureRequest, empty: Origin) -> Iterator[Place]:
    """Return each kind of repository, without any commit."""
    if request.param == "http":
        with git_http(empty.path.parent) as server:
            yield Place(empty, f"{server.url}/a%20fleet.git")
    else:
        yield Place(empty, str(empty.path) if request.param == "path" else empty.url)


@pytest.fixture
def place(empty_place: Place) -> Place:
    """Return each kind of repository, with one commit on main."""
    branch = empty_place.open()
    assert branch.commit(Commitment({"README.md": b"of others"}, (), "start"))
    return empty_place


@pytest.fixture(params=["path", "file", "http", "folder"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Branch]]:
    """Return what opens the place once more, for each kind of place."""
    if request.param == "folder":
        (tmp_path / "out").mkdir()
        yield lambda: FolderBranch(tmp_path / "out")
        return
    origin = Origin.create(tmp_path / "origin.git")
    if request.param == "http":
        with git_http(tmp_path) as server:
            yield Place(origin, f"{server.url}/origin.git").open
    else:
        yield Place(origin, str(origin.path) if request.param == "path" else origin.url).open


def test_a_branch_shows_what_was_committed(reopen):
    """Reading takes a file, a folder or the root, and `has` both; nothing else is found."""
    files = {"fleet/base/a.yaml": b"a", "fleet/overlays/prod/generated/b": b"\xff\0", "top": b""}
    branch = reopen()

    assert branch.commit(Commitment(files, (), "ours"))

    for seen in (branch, reopen()):
        assert seen.read("") == files
        assert seen.read("fleet/base") == {"fleet/base/a.yaml": b"a"}
        assert seen.read("top") == {"top": b""}
        assert seen.read("fleet/bas") == seen.read("top/x") == seen.read("fleet/base/x") == {}
        assert seen.has("fleet/base")
        assert seen.has("fleet/base/a.yaml")
        assert not seen.has("fleet/bas")
        assert not seen.has("top/x")


def test_a_commit_adds_updates_and_removes_only_what_it_names(reopen):
    """Files of others stay, also in the folders that the commit changes."""
    branch = reopen()
    branch.commit(
        Commitment({"d/changed": b"1", "d/removed": b"1", "d/theirs": b"1", "e": b"1"}, (), "1")
    )

    branch.commit(Commitment({"d/changed": b"2", "d/added/deep": b"2"}, ["d/removed"], "2"))

    expected = {"d/changed": b"2", "d/added/deep": b"2", "d/theirs": b"1", "e": b"1"}
    assert branch.read("") == reopen().read("") == expected


def test_a_folder_goes_with_its_last_file(reopen):
    """Git has no empty folders, and so a plain folder shows none."""
    branch = reopen()
    branch.commit(Commitment({"a/b/c/d/file": b"", "a/theirs": b""}, (), "1"))

    branch.commit(Commitment({}, ["a/b/c/d/file"], "2"))

    assert branch.read("") == {"a/theirs": b""}
    assert not reopen().has("a/b")


def test_removing_what_is_not_there_changes_nothing(reopen):
    """Somebody else has removed it already; what is a file or a folder now stays."""
    branch = reopen()
    branch.commit(Commitment({"file": b"", "folder/file": b""}, (), "1"))

    branch.commit(Commitment({}, ["no/such", "file/below", "folder"], "2"))

    assert reopen().read("") == {"file": b"", "folder/file": b""}


def test_a_folder_takes_the_place_of_a_file_that_is_removed(reopen):
    """And the other way round: removing comes first."""
    branch = reopen()
    branch.commit(Commitment({"a": b"1", "b/file": b"1"}, (), "1"))

    branch.commit(Commitment({"a/file": b"2", "b": b"2"}, ["a", "b/file"], "2"))

    assert reopen().read("") == {"a/file": b"2", "b": b"2"}


@pytest.mark.parametrize(("path", "why"), [("file/below", "file"), ("folder", "folder")])
def test_what_others_have_in_the_way_is_not_replaced(reopen, path, why):
    """A file where a folder must be, or the other way round: the message names it."""
    branch = reopen()
    branch.commit(Commitment({"file": b"", "folder/theirs": b""}, (), "1"))

    with pytest.raises(PublishError, match=why):
        branch.commit(Commitment({path: b""}, (), "2"))

    assert reopen().read("") == {"file": b"", "folder/theirs": b""}


def test_a_deep_folder_is_delivered(reopen):
    """As deep as one likes."""
    path = "/".join(f"level-{number}" for number in range(40)) + "/file"

    reopen().commit(Commitment({path: b"deep"}, (), "ours"))

    assert reopen().read("level-0/level-1") == {path: b"deep"}


def test_an_empty_repository_gets_its_branch_with_the_first_commit(empty_place):
    """Whatever its HEAD says; the commit has no parent."""
    branch = empty_place.open()
    assert branch.read("") == {}
    assert not branch.has("anything")

    commit = branch.commit(Commitment({"a/b": b"1"}, ["c"], "first"))
    branch.commit(Commitment({"a/c": b"2"}, (), "second"))

    origin = empty_place.origin
    assert list(origin.repo.branches.local) == ["main"]
    assert origin.log() == ["second", "first"]
    assert str(origin.repo.revparse_single("main~1").id) == commit
    assert origin.files() == {"a/b": b"1", "a/c": b"2"}


def test_the_first_commit_may_be_on_the_branch_that_head_names(tmp_path):
    """`git init --bare` makes it so, and a bare repository has nothing checked out."""
    repo = pygit2.init_repository(tmp_path / "new.git", bare=True, initial_head="main")

    origin = Origin(tmp_path / "new.git", repo)

    Place(origin, str(origin.path)).open().commit(Commitment({"a": b""}, (), "first"))

    assert origin.log() == ["first"]


def test_an_empty_repository_that_somebody_else_fills(empty_place):
    """The next fetch shows it, and the commit that was late is made on top."""
    branch, other = empty_place.open(), empty_place.open()
    other.commit(Commitment({"theirs": b""}, (), "theirs"))

    assert branch.commit(Commitment({"ours": b""}, (), "too late")) is None
    branch.fetch()
    assert branch.read("") == {"theirs": b""}
    assert branch.commit(Commitment({"ours": b""}, (), "ours"))

    assert empty_place.origin.log() == ["ours", "theirs"]


def test_a_missing_branch_is_an_error_that_names_the_others(place):
    """It was misspelt, or never pushed: a new root would have no history with the others."""
    place.origin.repo.branches.local.create("release", place.origin.repo.revparse_single("main"))

    with pytest.raises(PublishError, match=r"no branch 'mian'; it has main, release\n") as error:
        place.open("mian")

    assert error.value.hint == "correct spec.delivery.branch, or push the branch first"


def test_a_branch_with_a_slash_is_a_branch_like_any_other(place):
    """Branches are often named by environment."""
    place.origin.repo.branches.local.create("env/prod", place.origin.repo.revparse_single("main"))

    place.open("env/prod").commit(Commitment({"a": b""}, (), "ours"))

    assert place.origin.log("env/prod") == ["ours", "start"]
    assert place.origin.log("main") == ["start"]


def test_a_branch_that_moved_is_fetched_before_the_next_commit(place):
    """The commit that lost the race is not there, and nobody's commit is lost."""
    branch = place.open()
    theirs = place.origin.commit({"README.md": b"2", "theirs": b"2"}, "theirs")

    assert branch.commit(Commitment({"ours": b"1"}, (), "too late")) is None
    assert branch.commit(Commitment({"ours": b"1"}, (), "still too late")) is None
    assert str(place.origin.repo.revparse_single("main").id) == theirs
    branch.fetch()
    assert branch.read("theirs") == {"theirs": b"2"}
    assert branch.commit(Commitment({"ours": b"3"}, (), "ours"))

    assert place.origin.log() == ["ours", "theirs", "start"]
    assert place.origin.files() == {"README.md": b"2", "theirs": b"2", "ours": b"3"}


def test_a_fetch_shows_what_came_since(empty_place):
    """Also when the first one found nothing."""
    branch, other = empty_place.open(), empty_place.open()
    for number in range(3):
        assert other.commit(Commitment({"file": b"%d" % number}, (), "theirs"))
        branch.fetch()
        assert branch.read("") == {"file": b"%d" % number}


def test_a_branch_that_was_rewritten_has_moved_too(place):
    """A person who takes a commit back is not overruled by a process that still has it."""
    branch = place.open()
    assert branch.commit(Commitment({"bad": b""}, (), "bad"))
    repo = place.origin.repo
    repo.references["refs/heads/main"].set_target(repo.revparse_single("main~1").id)

    assert branch.commit(Commitment({"more": b""}, (), "more")) is None

    assert place.origin.log() == ["start"]


def test_a_branch_that_was_deleted_has_moved_too(place):
    """What to do then is for the next fetch to say."""
    repo = place.origin.repo
    repo.branches.local.create("other", repo.revparse_single("main"))
    repo.set_head("refs/heads/other")
    branch = place.open()
    repo.branches.local["main"].delete()

    assert branch.commit(Commitment({"ours": b""}, (), "ours")) is None

    with pytest.raises(PublishError, match=r"no branch 'main'; it has other"):
        branch.fetch()


def test_only_the_newest_commit_is_fetched(place):
    """A repository with years of history costs no more than a new one."""
    for number in range(30):
        place.origin.commit({"file": b"%d" % number}, f"commit {number}")
    refs = open_refs(place.url, Path("/nowhere"))
    branch = git_branch.Branch(refs, "main")
    branch.fetch()

    branch.commit(Commitment({"ours": b""}, (), "ours"))
    theirs = place.origin.commit({"file": b"last"}, "theirs")
    branch.fetch()
    branch.commit(Commitment({"ours": b"2"}, (), "ours again"))

    assert branch.read("file") == {"file": b"last"}
    history = [f"commit {number}" for number in reversed(range(30))]
    assert place.origin.log() == ["ours again", "theirs", "ours", *history, "start"]
    if place.url.startswith("http"):
        assert refs.repository.is_shallow
        assert len(list(refs.repository.walk(pygit2.Oid(hex=theirs)))) == 1


def deliver(url: str, who: str, start: Any) -> None:
    """Make commits, each until it is published, as `pipeline.sync` does."""
    branch = open_branch(Delivery(url), Path("/nowhere"))
    start.wait(30)
    for number in range(COMMITS):
        while not branch.commit(Commitment({f"{who}/{number}": b""}, (), f"{who} {number}")):
            branch.fetch()


def test_two_processes_lose_no_commit(empty_place):
    """Both begin at the same commit, in fact at none: each of theirs is in the history."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(2)
    racers = [
        context.Process(target=deliver, args=(empty_place.url, who, start)) for who in ("a", "b")
    ]

    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)

    assert [racer.exitcode for racer in racers] == [0, 0]
    expected = {f"{who} {number}" for who in ("a", "b") for number in range(COMMITS)}
    assert len(empty_place.origin.log()) == 2 * COMMITS
    assert set(empty_place.origin.log()) == expected
    assert set(empty_place.origin.files()) == {name.replace(" ", "/") for name in expected}


@pytest.mark.parametrize("attempt", range(3))
def test_many_first_commits_are_all_kept(empty_place, attempt):
    """One of them makes the branch, and the others have lost that race."""
    start = threading.Barrier(4)

    def first(who: int) -> None:
        branch = empty_place.open()
        start.wait(30)
        while not branch.commit(Commitment({f"{who}": b""}, (), f"{attempt} {who}")):
            branch.fetch()

    racers = [threading.Thread(target=first, args=(who,)) for who in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)

    assert sorted(empty_place.origin.log()) == [f"{attempt} {who}" for who in range(4)]
