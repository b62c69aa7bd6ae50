"""The receipt of a sync that had nothing to do: another sync says the same, and reads no more."""

from datetime import UTC, datetime, timedelta

import pytest

from generator.catalog import cache_file
from generator.catalog.store.folder import FolderStore
from generator.catalog.stored_object import Unreadable
from generator.cli.project import Project
from generator.cli.receipt import inputs
from tests.kit.project import EXAMPLES
from tests.kit.receipts import receipts
from tests.kit.synced import LOCK, served

HOUR = timedelta(hours=1)


def later(monkeypatch, by):
    """Let the clock of the program be ahead."""
    now = datetime.now(UTC) + by
    monkeypatch.setattr(Project, "now", lambda _: now)


@pytest.mark.parametrize(
    "words", [(), ("dev",), ("--format", "json"), ("--strict",), ("--timeout", "5s")]
)
def test_a_sync_after_one_with_nothing_to_do_says_the_same_and_opens_nothing(
    project, opened, words
):
    """Whatever it was asked to print, to the byte, with the same exit code."""
    first = project.run("sync", *words)
    opened.clear()

    second = project.run("sync", *words)

    assert (second.exit_code, second.stdout, second.stderr) == (
        first.exit_code,
        first.stdout,
        first.stderr,
    )
    assert opened == []


def test_a_sync_that_commits_leaves_no_receipt(project, origin):
    """Only one that had nothing to do knows what that rests on."""
    assert receipts() == []

    project.run("sync")
    assert len(receipts()) == 1
    project.publish("b", 1)
    project.run("sync")

    assert receipts() == []
    assert served(origin, "b") == [1]


def _publish(project, _):
    project.publish("b", 1)


def _overwrite(project, _):
    (project.store / "a/1/saved_model.pb").write_bytes(b"garbage")


def _delete_object(project, _):
    (project.store / "a/1/saved_model.pb").unlink()


def _delete_index(project, _):
    for index in project.store.glob("index-*.csv"):
        index.unlink()


def _misname(project, _):
    (project.store / "index-b.CSV").write_text("")


def _edit(project, _):
    project.environment(serving={"replicas": 3})


def _add(project, _):
    project.environment("prod", delivery={"path": "elsewhere"})


def _misplace(project, _):
    (project.root / "environments" / "prod.yml").write_text("kind: Environment")


def _template(project, _):
    (project.root / "templates" / "overlay").mkdir(parents=True)
    (project.root / "templates" / "overlay" / "other").write_text("")


def _person(_, origin):
    origin.commit({LOCK: None}, "a person deletes the lock")


def _elsewhere(_, origin):
    origin.commit({"README.md": b"hello"}, "a person commits elsewhere")


def _head(_, origin):
    origin.repo.branches.create("tfs-gitops/dev", origin.repo.revparse_single("main"))


CHANGES = [
    *(_publish, _overwrite, _delete_object, _delete_index, _misname, _edit, _add, _misplace),
    *(_template, _person, _elsewhere, _head),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda it: it.__name__.strip("_"))
def test_whatever_changes_means_the_whole_run(project, origin, opened, change):
    """All that a sync reads is compared: what it lists, what it is told, and what Git has."""
    project.run("sync")
    change(project, origin)
    opened.clear()

    second = project.run("sync")

    assert "dev" in opened
    again = project.run("sync", "--no-cache")
    assert again.exit_code == second.exit_code


def test_an_edit_while_a_sync_runs_leaves_no_receipt(project, origin, monkeypatch):
    """It has read another policy than the one that it began with, which may come back."""
    project.environment(serving={"replicas": 3})
    project.run("sync")
    project.environment(serving={"replicas": 2})
    plain = Project.environment

    def edited(opener, name):
        project.environment(serving={"replicas": 3})
        return plain(opener, name)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Project, "environment", edited)
        assert "nothing to commit" in project.run("sync").stdout
    project.environment(serving={"replicas": 2})

    assert "committed" in project.run("sync").stdout


def test_another_version_of_a_library_means_the_whole_run(project, opened, monkeypatch, tmp_path):
    """What renders may write other bytes from then on."""
    monkeypatch.setattr(inputs, "_SITE", tmp_path)
    library = tmp_path / "jinja2-3.1.5.dist-info"
    library.mkdir()
    project.run("sync")
    project.run("sync")
    opened.clear()

    library.rename(tmp_path / "jinja2-3.1.6.dist-info")
    project.run("sync")

    assert opened == ["dev"]


def test_what_is_held_for_its_objects_is_looked_for_in_each_run(project, origin):
    """An exporter that uploads an object late changes no index."""
    (project.store / "b/1").mkdir(parents=True)
    project.publish("b", 1)
    moved = project.store / "b/1/saved_model.pb"
    data = moved.read_bytes()
    moved.unlink()
    assert "missing-object" in project.run("sync").stdout
    assert len(receipts()) == 1

    moved.write_bytes(data)
    project.run("sync")

    assert served(origin, "b") == [1]


def test_what_is_proven_and_not_served_is_compared_too(project):
    """Also by the run that proves it for the first time: the next whole run would hold it."""
    project.environment(policy=[{"match": "*", "versions": {"pin": [1]}}])
    project.publish("a", 2)
    assert project.run("sync").exit_code == 0
    assert len(receipts()) == 1

    (project.store / "a/2/saved_model.pb").unlink()

    assert "missing-object" in project.run("sync").stdout


@pytest.mark.parametrize(
    "uploads", [["good", "bad", "good"], [["bad"] * 3 + ["good", *["bad"] * 5]]]
)
def test_what_was_refused_is_told_alike_without_a_cache(project, uploads):
    """Neither what a newer version has overtaken, nor what was looked at ahead of its turn."""
    model = EXAMPLES / "half-plus-two/1"
    files = {it.relative_to(model).as_posix(): it.read_bytes() for it in model.rglob("*.*")}
    number = 0
    for upload in uploads:
        for kind in [upload] if isinstance(upload, str) else upload:
            number += 1
            spoilt = {"saved_model.pb": b"garbage"} if kind == "bad" else {}
            project.craft("b", number, files | spoilt)
        project.run("sync")

    assert project.run("sync").stdout == project.run("sync", "--no-cache").stdout


def test_what_a_store_withheld_is_asked_for_in_each_run(project, origin, monkeypatch):
    """Whoever gives the job read access changes no listing."""
    plain = FolderStore.checksums

    def withheld(store, wanted):
        for (key, kind), found in plain(store, wanted):
            yield (key, kind), Unreadable("denied") if key.startswith("b/") else found

    project.publish("b", 1)
    with monkeypatch.context() as denied:
        denied.setattr(FolderStore, "checksums", withheld)
        assert "cannot be read: denied" in project.run("sync").stdout

    project.run("sync")

    assert served(origin, "b") == [1]


@pytest.mark.parametrize("words", [("sync", "--reprove"), ("-v", "sync")])
def test_what_a_proof_finds_is_told_by_the_next_sync_too(project, monkeypatch, words):
    """It is not well again because an earlier run, which saw less, has left a receipt."""
    project.run("sync")
    project.run("sync", "dev")
    plain = FolderStore.look

    def withheld(store, items):
        return ((item, Unreadable("denied")) for item, _ in plain(store, items))

    monkeypatch.setattr(FolderStore, "look", withheld)
    assert "degraded: a 1" in project.run(*words).stdout

    assert "degraded: a 1" in project.run("sync").stdout
    if "--reprove" in words:
        assert "degraded: a 1" in project.run("sync", "dev").stdout


def test_a_gate_that_opens_by_itself_ends_the_receipt(project, origin, monkeypatch, opened):
    """`minAge` is due to the second; before that, nothing is read."""
    project.environment(policy=[{"match": "*", "versions": {"latest": 1, "minAge": "2h"}}])
    project.publish("b", 1)
    assert project.run("sync").exit_code == 0
    assert project.run("sync").exit_code == 0
    opened.clear()

    later(monkeypatch, HOUR)
    project.run("sync")
    assert opened == []

    later(monkeypatch, 2 * HOUR + timedelta(seconds=5))
    project.run("sync")
    assert served(origin, "b") == [1]


def test_served_objects_are_looked_at_again_within_reprove(project, monkeypatch, opened):
    """A listing does not tell whether an object is handed out: a whole run looks, in time."""
    project.run("sync")
    opened.clear()

    later(monkeypatch, timedelta(hours=5))
    project.run("sync")
    assert opened == []

    later(monkeypatch, timedelta(hours=7))
    project.run("sync")
    assert opened == ["dev"]


@pytest.mark.parametrize(
    "words", [("--no-cache",), ("--reprove",), ("--dry-run",), ("--retake", "a")]
)
def test_a_sync_that_is_asked_for_more_is_a_whole_run(project, opened, words):
    """It is not the sync that the receipt is of."""
    project.run("sync")
    opened.clear()

    project.run("sync", *words)

    assert opened == ["dev"]


def test_without_a_cache_nothing_is_kept(project):
    """Nor read, nor is the cache of proofs."""
    folder = cache_file.path("x").parent
    for file in folder.iterdir():
        file.unlink()

    assert project.run("sync", "--no-cache").exit_code == 0

    assert [*folder.iterdir()] == []


def test_a_store_that_is_gone_is_told_as_ever(project):
    """No answer confirms nothing."""
    project.run("sync")
    project.store.rename(project.store.with_name("moved"))

    result = project.run("sync")

    assert result.exit_code == 4
    assert "the folder does not exist" in result.stderr


def test_a_repository_that_is_gone_is_told_as_ever(project, origin):
    """Likewise of Git."""
    project.run("sync")
    origin.path.rename(origin.path.with_name("moved"))

    assert project.run("sync").exit_code == 5


def test_a_clock_that_went_back_is_no_proof(project, monkeypatch, opened):
    """Nobody knows what was due when."""
    project.run("sync")
    opened.clear()

    later(monkeypatch, -HOUR)
    project.run("sync")

    assert opened == ["dev"]


def test_what_a_runner_of_github_is_told_is_told_again(project, monkeypatch, tmp_path):
    """Annotations, summary and outputs; the next job has files of its own."""
    (project.store / "index-broken.csv").write_text("a\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    told = []
    for number in range(3):
        files = {
            "GITHUB_STEP_SUMMARY": tmp_path / f"s{number}",
            "GITHUB_OUTPUT": tmp_path / f"o{number}",
        }
        for name, file in files.items():
            monkeypatch.setenv(name, str(file))
        result = project.run("sync", "dev")
        told.append([result.stderr, *(file.read_text() for file in files.values())])

    assert "::warning" in told[0][0]
    assert told[1] == told[2] == told[0]
