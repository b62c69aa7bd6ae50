"""The upstream of a working tree: what other checkouts have of a file."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.delivery.git.upstream import Upstream


def git(folder: Path, *words: str) -> None:
    """Run Git, which works."""
    subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a clone whose origin has `policy.yaml` as it is there."""
    git(tmp_path, "init", "--bare", "-b", "main", "origin.git")
    git(tmp_path, "clone", "origin.git", "clone")
    folder = tmp_path / "clone"
    edit(folder, "first")
    commit(folder)
    git(folder, "push", "origin", "HEAD:main")
    return folder


def edit(folder: Path, text: str) -> None:
    """Write the policy."""
    (folder / "policy.yaml").write_bytes(text.encode())


def commit(folder: Path) -> None:
    """Commit all."""
    git(folder, "add", "--all")
    git(folder, "commit", "--message", "a change")


def others_push(folder: Path, text: str) -> None:
    """Let somebody else push another policy, which the clone has not fetched."""
    git(folder.parent, "clone", "origin.git", "others")
    edit(folder.parent / "others", text)
    commit(folder.parent / "others")
    git(folder.parent / "others", "push", "origin", "HEAD:main")


def found(folder: Path, fetched: Callable[[str], bytes | None] | None = None) -> str | None:
    """Return how the policy differs, in words."""
    upstream = Upstream.of(folder)
    assert upstream is not None
    difference = upstream.difference(folder / "policy.yaml", fetched)
    return difference.what if difference else None


def test_a_file_that_the_upstream_has_does_not_differ(clone: Path) -> None:
    """Whatever else was committed here since."""
    (clone / "other").write_text("mine")
    commit(clone)

    assert found(clone) is None


def test_a_change_is_told_until_it_is_pushed(clone: Path) -> None:
    """With the next step each time: to commit it, to push it, none."""
    told = []
    edit(clone, "second")
    told.append(found(clone))
    git(clone, "add", "policy.yaml")
    told.append(found(clone))
    commit(clone)
    told.append(found(clone))
    git(clone, "push", "origin", "HEAD:main")
    told.append(found(clone))

    changes = "changes that are not committed"
    assert told == [changes, changes, "not pushed to origin/main", None]


def test_a_new_file_is_told_until_it_is_pushed(tmp_path: Path) -> None:
    """Also where the origin has no commit at all, as who has just read it knows."""
    git(tmp_path, "init", "--bare", "-b", "main", "origin.git")
    git(tmp_path, "clone", "origin.git", "clone")
    folder = tmp_path / "clone"
    edit(folder, "first")
    told = [found(folder)]
    commit(folder)
    told.append(found(folder, {}.get))
    git(folder, "push", "origin", "HEAD:main")

    assert [*told, found(folder)] == ["not committed", "not pushed to origin/main", None]


def test_nothing_is_told_of_an_upstream_that_the_checkout_never_saw(clone: Path) -> None:
    """A copier of checkouts into pods keeps no branches of the remote."""
    git(clone, "update-ref", "-d", "refs/remotes/origin/main")

    assert found(clone) is None
    edit(clone, "second")
    assert found(clone) == "changes that are not committed"


def test_a_linked_working_tree_is_a_checkout_too(clone: Path) -> None:
    """It has a HEAD of its own, and the remote of the other."""
    git(clone, "worktree", "add", "--detach", "../linked")
    linked = clone.parent / "linked"

    assert found(linked) is None
    edit(linked, "second")
    assert found(linked) == "changes that are not committed"
    commit(linked)
    assert found(linked) == "not pushed to origin/main"


def test_a_shallow_clone_knows_as_much_as_it_has(clone: Path) -> None:
    """Its newest commit is enough to compare with."""
    git(clone.parent, "clone", "--depth", "1", clone.parent.joinpath("origin.git").as_uri(), "new")
    shallow = clone.parent / "new"

    assert found(shallow) is None
    edit(shallow, "second")
    commit(shallow)
    assert found(shallow) == "not pushed to origin/main"


def test_what_others_pushed_is_told_once_it_is_known(clone: Path) -> None:
    """By a fetch into the checkout, or by who has just fetched the branch elsewhere."""
    others_push(clone, "second")

    assert found(clone) is None
    assert found(clone, {"policy.yaml": b"second"}.get) == "older than that of origin/main"
    git(clone, "fetch")
    assert found(clone) == "older than that of origin/main"
    edit(clone, "third")
    commit(clone)
    assert found(clone) == "changed here and in origin/main"


@pytest.mark.parametrize("head", ["main", None])
def test_a_branch_of_ones_own_is_compared_with_the_default_branch(
    clone: Path, head: str | None
) -> None:
    """A scheduled run is on that one: what waits for a review is not in it.

    Also where nobody told the clone which it is, as the origin was empty then.
    """
    git(clone, "remote", "set-head", "origin", *([head] if head else ["--delete"]))
    git(clone, "switch", "--create", "mine")
    edit(clone, "second")
    commit(clone)
    git(clone, "push", "--set-upstream", "origin", "mine")

    assert found(clone) == "not pushed to origin/main"


@pytest.mark.parametrize(("trunk", "others"), [("trunk", ()), ("master", ("old",))])
def test_a_branch_that_was_not_pushed_is_compared_with_that_of_the_origin(
    clone: Path, trunk: str, others: tuple[str, ...]
) -> None:
    """It is the only one there, or has a usual name."""
    for branch in (trunk, *others):
        git(clone, "push", "origin", f"HEAD:{branch}")
    git(clone.parent / "origin.git", "symbolic-ref", "HEAD", f"refs/heads/{trunk}")
    git(clone, "push", "origin", "--delete", "main")
    git(clone, "remote", "set-head", "origin", "--delete")
    git(clone, "switch", "--create", "mine")
    edit(clone, "second")
    commit(clone)

    assert found(clone) == f"not pushed to origin/{trunk}"


def test_without_an_origin_a_file_need_only_be_committed(tmp_path: Path) -> None:
    """There is nowhere to push it."""
    git(tmp_path, "init", "-b", "main")
    edit(tmp_path, "first")
    told = [found(tmp_path)]
    commit(tmp_path)

    assert [*told, found(tmp_path)] == ["not committed", None]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_line_ends_that_git_converts_are_no_change(clone: Path, line_end: str) -> None:
    """A checkout may have them as its system likes them."""
    edit(clone, "a\nb\n")
    commit(clone)
    git(clone, "push", "origin", "HEAD:main")
    edit(clone, f"a{line_end}b{line_end}")

    assert found(clone) is None


def test_what_is_ignored_or_elsewhere_is_no_part_of_the_checkout(
    clone: Path, tmp_path: Path
) -> None:
    """A scratch project in a clone of something else is nobody's policy."""
    (clone / ".gitignore").write_text("scratch/\n")
    (clone / "scratch").mkdir()
    edit(clone / "scratch", "first")
    edit(tmp_path, "first")
    upstream = Upstream.of(clone / "scratch")

    assert upstream is not None
    assert upstream.difference(clone / "scratch/policy.yaml") is None
    assert upstream.difference(tmp_path / "policy.yaml") is None
    assert upstream.difference(clone / "gone.yaml") is None


def test_a_folder_in_no_working_tree_has_no_upstream(clone: Path, tmp_path: Path) -> None:
    """Nor has a bare repository, or a folder that is not there."""
    for folder in (tmp_path, clone.parent / "origin.git", tmp_path / "gone"):
        assert Upstream.of(folder) is None


def test_a_pull_brings_what_the_branch_follows(clone: Path) -> None:
    """Of another branch, or with none checked out, it would not."""
    git(clone, "branch", "--set-upstream-to", "origin/main")

    def followed() -> list[bool]:
        upstream = Upstream.of(clone)
        assert upstream is not None
        return [upstream.is_followed("main"), upstream.is_followed("live")]

    assert followed() == [True, False]
    git(clone, "switch", "--create", "mine")
    assert followed() == [False, False]
    git(clone, "switch", "--detach")
    assert followed() == [False, False]
