"""What leaves a store leaves the servers only on evidence, and within limits."""

import json

import pytest

from generator.catalog.hold import Code
from tests.kit.project import ProjectFolder
from tests.kit.synced import LOCK, served


def test_a_served_version_that_breaks_stays_served_and_is_reported(project, origin):
    """An object that was overwritten is an alarm, never a silent change."""
    project.publish("a", 1)
    project.run("sync")
    (project.store / "a/1/saved_model.pb").write_bytes(b"overwritten")

    result = project.run("sync", "--strict")

    assert result.exit_code == 7
    assert "degraded: a 1" in result.stdout
    assert Code.CHECKSUM_MISMATCH in result.stdout
    assert served(origin) == [1]
    assert len(origin.log()) == 2


def test_an_index_that_becomes_unreadable_does_not_withdraw_its_models(project, origin):
    """A bad index holds: it never takes a model away."""
    key = project.publish("a", 1)
    project.run("sync")
    (project.store / key).write_bytes(b"\x00\xff junk")

    result = project.run("sync")

    assert Code.NOT_UTF8 in result.stdout
    assert served(origin) == [1]


def test_a_deleted_index_withdraws_its_version(project, origin):
    """Deleting the index is how an exporter takes a version back."""
    project.publish("a", 1)
    project.publish("b", 1)
    key = project.publish("c", 1)
    project.run("sync")
    (project.store / key).unlink()

    result = project.run("sync")

    assert result.exit_code == 0
    assert served(origin, "c") == []
    assert served(origin, "a") == [1]


def test_more_removals_than_the_limit_are_refused(project, origin):
    """Exit 6 lists what would go, and nothing changes; a flag says that it is meant."""
    keys = [project.publish(model, 1) for model in "abc"]
    project.run("sync")
    for key in keys[:2]:
        (project.store / key).unlink()

    refused = project.run("sync")
    assert refused.exit_code == 6
    assert "  - a" in refused.stderr
    assert "--allow-removals" in refused.stderr
    assert served(origin) == [1]

    allowed = project.run("sync", "--allow-removals")
    assert allowed.exit_code == 0
    assert served(origin) == []
    assert served(origin, "c") == [1]


def test_an_empty_store_removes_nothing(project, origin):
    """A store that suddenly lists no index is a fault until a person says otherwise."""
    key = project.publish("a", 1)
    project.run("sync")
    (project.store / key).unlink()

    result = project.run("sync")

    assert result.exit_code == 6
    assert "lists no index" in result.stderr
    assert served(origin) == [1]


def test_a_store_that_is_gone_changes_nothing(project, origin):
    """Exit 4, with the store's own reason and the next step."""
    project.publish("a", 1)
    project.run("sync")
    project.store.rename(project.store.with_name("moved"))

    result = project.run("sync")

    assert result.exit_code == 4
    assert "does not exist" in result.stderr
    assert "hint:" in result.stderr
    assert served(origin) == [1]


def test_another_store_must_prove_what_is_served(project, origin, tmp_path):
    """New pods would load its bytes under the lock's digest."""
    project.publish("a", 1)
    project.run("sync")
    other = ProjectFolder.create(tmp_path / "other", str(origin.path))
    other.export("a", 1, of="kittens/1")
    other.run("index", other.root / "export/a", "--store", other.store.as_uri(), "--upload")
    project.environment(source={"url": other.store.as_uri()})

    result = project.run("sync")

    assert result.exit_code == 6
    assert "does not prove" in result.stderr
    assert len(origin.log()) == 2


def test_a_store_that_moved_with_its_models_is_taken(project, origin):
    """The same objects, under another URL."""
    project.publish("a", 1)
    project.run("sync")
    moved = project.store.with_name("moved")
    project.store.rename(moved)
    project.environment(source={"url": moved.as_uri()})

    assert project.run("sync").exit_code == 0
    assert json.loads(origin.files()[LOCK])["source"] == moved.as_uri()


@pytest.mark.parametrize("rule", [{"versions": {"pin": [1]}}, {"hold": True}], ids=["pin", "hold"])
def test_a_version_without_its_index_stays_where_it_is_asked_for(project, origin, rule):
    """It is degraded: a fresh pod can still load it, and nobody proves what it loads."""
    project.environment(policy=[{"match": "*"}, {"match": "a", **rule}])
    index = project.publish("a", 1)
    project.publish("b", 1)
    project.environment(policy=[{"match": "*"}])
    project.run("sync")
    project.environment(policy=[{"match": "*"}, {"match": "a", **rule}])
    (project.store / index).unlink()

    result = project.run("sync", "--strict")

    assert result.exit_code == 7
    assert served(origin) == [1]
    assert "degraded: a 1" in result.stdout


@pytest.mark.parametrize("rule", [{"versions": {"pin": [1]}}, {"hold": True}], ids=["pin", "hold"])
def test_a_version_without_its_objects_goes(project, origin, rule):
    """A fresh pod could not load it; and with it the server would not start."""
    project.environment(policy=[{"match": "*"}])
    index = project.publish("a", 1)
    project.publish("b", 1)
    project.run("sync")
    project.environment(policy=[{"match": "*"}, {"match": "a", **rule}])
    (project.store / index).unlink()
    (project.store / "a/1/saved_model.pb").unlink()

    project.run("sync")

    assert list(json.loads(origin.files()[LOCK])["models"]) == ["b"]
