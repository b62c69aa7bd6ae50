"""`tfs-gitops history`: what was promoted, told by the locks on the branch, not by messages."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from generator.lock.commit import Commit
from generator.lock.history import Kind, LockRevision, newest
from generator.lock.lock import Lock
from tests.kit.project import ProjectFolder
from tests.kit.schemas import schema
from tests.kit.strategies import URL, model, version

LOCK = "tf-serving/overlays/dev/generated/models.lock.json"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def project(tmp_path, origin):
    """Return a project with two syncs: `a 1` was added, and then `a 2` beside it, and `b`."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    policy = [{"match": "*", "versions": {"latest": 2}}]
    project.environment(policy=policy, delivery={"settle": "0s"})
    project.publish("a", 1)
    project.run("sync")
    project.publish("a", 2)
    project.publish("b", 1)
    project.run("sync")
    return project


def told(project, *words):
    """Return the entries as JSON, which follows its schema."""
    result = project.run("history", "dev", *words, "--format", "json")
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    schema("history").validate(data)
    return data["entries"]


def changed(entry):
    """Return the versions of each changed model, before and after."""
    return {
        one["model"]: (one["versions"]["from"], one["versions"]["to"]) for one in entry["changes"]
    }


def test_each_commit_that_changed_models_is_listed_newest_first(project, origin):
    """With its id, and from what to what it went; what changed no model is left out."""
    origin.commit({"README.md": b"x"}, "of others")

    second, first = told(project)

    assert changed(second) == {"a": ([1], [1, 2]), "b": ([], [1])}
    assert changed(first) == {"a": ([], [1])}
    assert second["commit"] == str(origin.repo.revparse_single("main~1").id)
    assert (second["kind"], second["pullRequest"]) == ("sync", None)
    assert second["subject"].startswith("models(dev): ")


def test_one_model_has_its_own_history(project):
    """The commits that left it alone are not in it."""
    [entry] = told(project, "b")

    assert changed(entry) == {"b": ([], [1])}


def test_the_text_is_for_a_terminal(project):
    """When, by which commit, by whom, from what to what."""
    lines = project.run("history", "dev", "a").stdout.splitlines()

    assert lines[1] == "    update a: 1 -> 1,2"
    assert lines[3] == "    add a: none -> 1"
    assert lines[0].endswith("  sync by Test")


@pytest.fixture
def replicas(project):
    """Return the project after a commit that changed the number of replicas alone."""
    path = project.root / "environments/dev.yaml"
    path.write_text(path.read_text().replace("  serving:\n", "  serving:\n    replicas: 3\n"))
    assert project.run("sync").exit_code == 0
    return project


def test_a_commit_that_changed_settings_alone_is_listed(replicas):
    """What servers are, and not only what they serve; it is no part of a model's history."""
    newest, *others = told(replicas)

    assert newest["changes"] == []
    assert newest["settings"] == [{"key": "serving.replicas", "from": 2, "to": 3}]
    assert newest["kind"] == "sync"
    assert [one["settings"] for one in others] == [[], []]
    assert len(told(replicas, "a")) == 2
    lines = replicas.run("history", "dev").stdout.splitlines()
    assert lines[1] == "    update serving.replicas 2 -> 3"


def test_a_revert_of_settings_is_a_persons(replicas, origin, tmp_path):
    """The lock counts them too."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(origin.path), str(clone)], check=True)
    for words in (["revert", "--no-edit", "HEAD"], ["push", "-q"]):
        subprocess.run(["git", "-C", str(clone), *words], check=True, capture_output=True)

    newest, before, *_ = told(replicas)

    assert (newest["kind"], before["kind"]) == ("revert", "sync")
    assert newest["settings"] == [{"key": "serving.replicas", "from": 3, "to": 2}]


def test_a_limit_is_kept(project):
    """The newest count."""
    [entry] = told(project, "--limit", "1")

    assert changed(entry)["a"] == ([1], [1, 2])


def test_a_model_that_was_never_served_is_an_error(project):
    """A misspelt name has no silent empty answer."""
    result = project.run("history", "dev", "c")

    assert result.exit_code == 3
    assert "dev has never served 'c'" in result.stderr


def test_before_the_first_sync_there_is_no_history(tmp_path, origin):
    """That is no error."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()

    result = project.run("history", "dev")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "nothing was ever committed for dev" in result.stderr


def test_a_revert_is_a_persons(project, origin, tmp_path):
    """Also when it comes without a word of Git's own."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(origin.path), str(clone)], check=True)
    git = ["git", "-C", str(clone)]
    subprocess.run([*git, "revert", "--no-commit", "HEAD"], check=True)
    subprocess.run(
        [*git, "commit", "-q", "--author", "Ann <ann@example.com>", "-m", "oh no"], check=True
    )
    subprocess.run([*git, "push", "-q", "origin", "HEAD:main"], check=True)

    newest_one, *_ = told(project)

    assert (newest_one["kind"], newest_one["author"]) == ("revert", "Ann")
    assert changed(newest_one) == {"a": ([1, 2], [1]), "b": ([1], [])}
    assert "    oh no\n" in project.run("history", "dev").stdout


def test_a_revert_of_a_revert_is_a_persons_too(project, origin, tmp_path):
    """Though the numbers of the lock go up with it, as with a sync."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(origin.path), str(clone)], check=True)
    git = ["git", "-C", str(clone)]
    subprocess.run([*git, "revert", "--no-edit", "HEAD"], check=True)
    subprocess.run([*git, "revert", "--no-edit", "HEAD"], check=True)
    subprocess.run([*git, "push", "-q", "origin", "HEAD:main"], check=True)

    assert [entry["kind"] for entry in told(project)] == ["revert", "revert", "sync", "sync"]


def test_a_lock_that_a_person_edits_is_an_edit(project, origin):
    """Its generation is that of the lock it was edited from."""
    lock = json.loads(origin.files()[LOCK])
    del lock["models"]["a"]["versions"][0]
    origin.commit({LOCK: json.dumps(lock).encode()}, "without 1")

    entry, *_ = told(project)

    assert (entry["kind"], entry["author"]) == ("edit", "Person")
    assert changed(entry) == {"a": ([1, 2], [2])}


def test_a_broken_lock_that_was_mended_is_left_out(project, origin):
    """No server ever read it."""
    good = origin.files()[LOCK]
    origin.commit({LOCK: b"{"}, "broken")
    origin.commit({LOCK: good}, "mended")

    assert [changed(entry)["a"] for entry in told(project)] == [([1], [1, 2]), ([], [1])]


def test_over_http_the_past_is_fetched(project, origin, git_server):
    """A fetched branch has its tip alone; also after many commits of others."""
    for number in range(60):
        origin.commit({"README.md": str(number).encode()}, "of others")
    policy = [{"match": "*", "versions": {"latest": 2}}]
    delivery = {"settle": "0s", "repository": git_server.url}
    project.environment(policy=policy, delivery=delivery)

    assert [list(changed(entry)) for entry in told(project)] == [["a", "b"], ["a"]]


def test_a_commits_text_cannot_reach_the_terminal(project, origin):
    """An escape sequence in a subject is written out."""
    lock = json.loads(origin.files()[LOCK])
    del lock["models"]["b"]
    origin.commit({LOCK: json.dumps(lock).encode()}, "\x1b[31mred")

    assert "\\x1b[31mred" in project.run("history", "dev").stdout


# --- values -----------------------------------------------------------------------------


def commit(number, message="subject"):
    """Return a commit."""
    return Commit(f"{number:040}", NOON - timedelta(hours=number), "Ann", message)


def lock(generation, *models):
    """Return a lock."""
    return Lock("prod", URL, tuple(models), own_generation=generation)


def test_no_more_of_the_past_is_read_than_is_told():
    """The last commit that is told, and nothing older."""
    read = []
    locks = [lock(3, model("a", version("a", 2))), lock(2, model("a", version("a", 1))), lock(1)]

    def past():
        for number, (after, before) in enumerate(pairwise(locks)):
            read.append(number)
            yield LockRevision(commit(number), before, after)

    assert len(newest(past(), 1)) == 1
    assert read == [0]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (1, 2, Kind.SYNC),
        (1, 5, Kind.SYNC),
        (0, 0, Kind.SYNC),
        (2, 2, Kind.EDIT),
        (2, 1, Kind.REVERT),
    ],
)
def test_the_generation_tells_who_changed_the_lock(before, after, kind):
    """Locks of releases before generations count as ours."""
    old = lock(before, model("a", version("a", 2)))
    new = lock(after, model("a", version("a", 1)))

    assert newest([LockRevision(commit(0), old, new)], 1)[0].kind is kind


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("models(prod): a +1 (#12)\n\nbody (#13)", 12),
        ("models(prod): a +1 (!12)", 12),
        ("Merge pull request #12 from acme/tfs-gitops/prod\n\nmodels(prod): a +1", 12),
        ("Merge branch 'x' into 'main'\n\nmodels\n\nSee merge request acme/fleet!12", 12),
        ("Merged in x (pull request #12)", 12),
        ('Revert "models(prod): a +1 (#12)" (#15)', 15),
        ('Revert "models(prod): a +1 (#12)"\n\nThis reverts commit x.', None),
        ("models(prod): a +1\n\nadd a (#12)", None),
        ("see #12", None),
        ("", None),
    ],
)
def test_the_pull_request_is_the_one_that_was_merged(message, number):
    """As forges word it; a number that is only mentioned is none."""
    assert commit(0, message).pull_request == number
