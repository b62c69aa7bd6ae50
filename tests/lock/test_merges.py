"""Merges: whichever side a change of the lock came from, it is told once, by who made it."""

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from generator.cli.project import Project
from tests.kit.committed import LOCK, served, write_policy
from tests.kit.project import ProjectFolder


class Clone:
    """A person's clone, which may be behind, and who merges instead of rebasing."""

    def __init__(self, root, origin):
        self.root = root
        subprocess.run(["git", "clone", "-q", str(origin.path), str(root)], check=True)
        self("config", "user.name", "Ann")
        self("config", "user.email", "ann@example.com")
        self("config", "pull.rebase", "false")

    def __call__(self, *words):
        """Run git, and return what it prints."""
        command = ["git", "-C", str(self.root), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def write(self, name="NOTES.md"):
        """Commit a file that is nobody else's."""
        (self.root / name).write_text("notes")
        self("add", ".")
        self("commit", "-q", "-m", f"notes in {name}")


@pytest.fixture
def clone(tmp_path, project, origin):
    """Return a clone that is behind: `a 1` came after it, and then `a 1, 2` and `b 1`."""
    first = origin.repo.revparse_single("main~1").id
    newest = origin.repo.revparse_single("main").id
    origin.repo.references["refs/heads/main"].set_target(first)
    clone = Clone(tmp_path / "annsclone", origin)
    origin.repo.references["refs/heads/main"].set_target(newest)
    project.publish("b", 1)
    project.run("sync")
    return clone


def told(project, *words):
    """Return each entry of the history: what it changed, and by which commit."""
    result = project.run("history", "dev", *words, "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["entries"]


def changes(entries):
    """Return the model and its versions before and after, of each change of each entry."""
    return [
        [(one["model"], one["versions"]["from"], one["versions"]["to"]) for one in entry["changes"]]
        for entry in entries
    ]


ALL = [[("b", [], [1])], [("a", [1], [1, 2])], [("a", [], [1])]]


def pull(clone):
    """Merge the branch into what the clone has, with Git's own message."""
    clone("pull", "-q", "--no-edit")


def merge_with_a_message(clone):
    """The same, and the message does not tell what was merged."""
    clone("fetch", "-q")
    clone("merge", "-q", "-m", "catch up", "origin/main")


def merge_into_what_was_fetched(clone):
    """The other way round: the branch is the first parent, as a forge merges."""
    clone("branch", "-q", "mine")
    clone("fetch", "-q")
    clone("reset", "-q", "--hard", "origin/main")
    clone("merge", "-q", "-m", "mine too", "mine")


def pull_twice(clone):
    """Merge again what was merged before."""
    pull(clone)
    clone.write("more.md")
    clone("commit", "-q", "--amend", "-m", "more")
    clone("merge", "-q", "--no-ff", "-m", "again", "origin/main")


WAYS = [pull, merge_with_a_message, merge_into_what_was_fetched, pull_twice]


@pytest.mark.parametrize("way", WAYS)
def test_a_merge_of_a_stale_clone_hides_no_change(project, origin, clone, way):
    """Each is told by the commit of the sync, at its time, and the merge is none of them."""
    before = told(project)
    clone.write()
    way(clone)
    clone("push", "-q", "origin", "HEAD:main")

    after = told(project)

    assert changes(after) == ALL
    assert after == before


@pytest.mark.parametrize("way", WAYS)
def test_a_rollback_after_such_a_merge_goes_back(project, origin, clone, way):
    """It knows what was served before the last change of the model."""
    clone.write()
    way(clone)
    clone("push", "-q", "origin", "HEAD:main")

    result = project.run("rollback", "dev", "a", "--write")

    assert result.exit_code == 0, result.output
    assert "pin: [1]" in (project.root / "environments/dev.yaml").read_text()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("revert_first", [True, False])
def test_a_revert_on_any_side_of_a_merge_is_respected(project, origin, clone, way, revert_first):
    """Before the merge or after it."""

    def revert():
        other = Clone(clone.root.with_name("other"), origin)
        other("revert", "--no-edit", str(origin.repo.revparse_single("main^{/update a}").id))
        other("push", "-q", "origin", "HEAD:main")

    clone.write()
    if revert_first:
        revert()
    way(clone)
    clone("push", "-q", "origin", "HEAD:main")
    if not revert_first:
        revert()

    result = project.run("sync")

    assert "taken-back" in result.stdout
    assert served(origin) == [1]
    assert changes(told(project)) == [[("a", [1, 2], [1])], *ALL]
    assert told(project)[0]["kind"] == "revert"


def test_a_merge_that_throws_a_change_away_is_the_revert(project, origin, clone):
    """`-s ours` keeps the old lock: the person took it back, and the merge is told for that."""
    clone.write()
    clone("fetch", "-q")
    clone("merge", "-q", "-s", "ours", "-m", "keep mine", "origin/main")
    clone("push", "-q", "origin", "HEAD:main")

    newest, *older = told(project)

    assert (newest["kind"], newest["commit"]) == ("revert", clone("rev-parse", "HEAD"))
    assert changes([newest]) == [[("a", [1, 2], [1]), ("b", [1], [])]]
    assert changes(older) == ALL
    assert "taken-back" in project.run("sync").stdout
    assert (served(origin, "a"), served(origin, "b")) == ([1], None)


def test_two_sides_that_changed_two_models_are_told_by_their_own_commits(project, origin, clone):
    """Git merges them without a conflict, and the merge itself changed nothing."""
    project.publish("b", 2)
    project.run("sync")
    clone("fetch", "-q")
    clone("checkout", "-q", "-B", "main", "origin/main")
    clone("checkout", "-q", "-b", "fix")
    clone("revert", "--no-edit", "HEAD~2")
    clone("checkout", "-q", "main")
    clone("revert", "--no-edit", "HEAD")
    clone("merge", "-q", "-m", "Merge pull request #7 from acme/fix", "fix")
    clone("push", "-q", "origin", "HEAD:main")

    entries = told(project)

    assert sorted(changes(entries)[:2]) == [[("a", [1, 2], [1])], [("b", [1, 2], [1])]]
    assert changes(entries)[2:] == [[("b", [1], [1, 2])], *ALL]
    assert {entry["pullRequest"] for entry in entries if changes([entry])[0][0][0] == "a"} >= {7}
    assert project.run("sync").stdout.count("taken-back") == 2
    assert [changes(told(project, name))[0] for name in "ab"] == [
        [("a", [1, 2], [1])],
        [("b", [1, 2], [1])],
    ]


def test_a_branch_that_was_cut_before_a_revert_does_not_bring_it_back(project, origin, clone):
    """Its merge has the lock of the other side, and is nobody's change."""
    clone("fetch", "-q")
    clone("checkout", "-q", "-B", "feature", "origin/main")
    clone.write()
    clone("checkout", "-q", "-B", "main", "origin/main")
    clone("revert", "--no-edit", "HEAD~1")
    clone("merge", "-q", "--no-ff", "--no-edit", "feature")
    clone("push", "-q", "origin", "HEAD:main")

    assert changes(told(project)) == [[("a", [1, 2], [1])], *ALL]
    assert "taken-back" in project.run("sync").stdout


def test_a_commit_of_a_pull_request_is_told_with_its_number(project, origin, clone):
    """The commit that made it, and the time and the number of the merge that brought it."""
    clone("pull", "-q")
    clone("checkout", "-q", "-b", "tfs-gitops/dev")
    lock = clone.root / LOCK
    data = json.loads(lock.read_text())
    data["models"]["a"]["versions"].pop(0)
    data["models"]["a"]["generation"] += 1
    lock.write_text(json.dumps(data))
    clone("commit", "-qam", "models(dev): a -1", "--date", "2026-01-01T00:00:00Z")
    made = clone("rev-parse", "HEAD")
    clone("checkout", "-q", "main")
    clone("merge", "-q", "--no-ff", "-m", "Merge pull request #12 from acme/x", "tfs-gitops/dev")
    merged = clone("log", "-1", "--format=%ct")
    clone("push", "-q", "origin", "HEAD:main")

    newest, *_ = told(project)

    assert (newest["commit"], newest["pullRequest"], newest["kind"]) == (made, 12, "sync")
    assert datetime.fromisoformat(newest["at"]) == datetime.fromtimestamp(int(merged), UTC)
    assert f"{made[:12]} (#12)" in project.run("history", "dev").stdout


@pytest.mark.parametrize("way", WAYS)
def test_min_age_goes_on_counting_after_a_merge(project, origin, clone, way, monkeypatch):
    """The other environment serves it since the sync's commit, whatever was merged later."""
    policy = [{"match": "*", "versions": {"latest": 1, "from": "dev", "minAge": "1h"}}]
    project.environment("prod", policy=policy, delivery={"settle": "0s"})
    clone.write()
    later = (datetime.now(UTC) + timedelta(minutes=50)).isoformat()
    monkeypatch.setenv("GIT_COMMITTER_DATE", later)
    way(clone)
    clone("push", "-q", "origin", "HEAD:main")
    monkeypatch.setattr(Project, "now", lambda _: datetime.now(UTC) + timedelta(minutes=61))

    result = project.run("sync", "prod")

    assert "+ b: versions none -> 1" in result.stdout, result.output


def test_min_age_counts_from_the_merge_of_a_pull_request(tmp_path, origin, monkeypatch):
    """Before it, the branch did not have the change, however old the commit is."""
    project = ProjectFolder.create(tmp_path / "reviewed", str(origin.path))
    write_policy(project)
    project.publish("a", 1)
    project.run("sync")
    clone = Clone(tmp_path / "annsclone", origin)
    project.publish("a", 2)
    project.run("sync")
    clone("checkout", "-q", "-b", "side", "origin/main")
    clone("fetch", "-q")
    clone("merge", "-q", "--ff-only", "origin/main")
    clone("checkout", "-q", "main")
    clone("push", "-q", "--force", "origin", "main:main")
    later = (datetime.now(UTC) + timedelta(minutes=50)).isoformat()
    monkeypatch.setenv("GIT_COMMITTER_DATE", later)
    clone("merge", "-q", "--no-ff", "-m", "Merge pull request #3 from acme/side", "side")
    clone("push", "-q", "origin", "main:main")
    policy = [{"match": "*", "versions": {"latest": 1, "from": "dev", "minAge": "1h"}}]
    project.environment("prod", policy=policy, delivery={"settle": "0s"})
    monkeypatch.setattr(Project, "now", lambda _: datetime.now(UTC) + timedelta(minutes=61))

    result = project.run("sync", "prod")

    assert "waiting" in result.stdout, result.output
    assert "(minAge)" in result.stdout


def test_behind_a_url_merges_are_told_too(project, origin, clone, git_server):
    """As much of both sides is fetched as that takes, also after many commits of others."""
    before = told(project)
    clone.write()
    pull(clone)
    clone("push", "-q", "origin", "HEAD:main")
    for number in range(60):
        origin.commit({"README.md": str(number).encode()}, "of others")
    project.environment(
        policy=[{"match": "*", "versions": {"latest": 2}}],
        delivery={"settle": "0s", "repository": git_server.url},
    )

    assert told(project) == before
