"""A version that servers could not load, from command to command: held, told and remembered."""

import json
import os
from pathlib import Path

import pytest

from generator.catalog.store.folder import FolderStore
from tests.kit.delivered import served
from tests.kit.savedmodels import SAVER, constant, info, saved

GRAPH = constant("a graph " * 20_000)
"""Too large to be read whole when its object is looked at."""
LITE = b"\x1c\0\0\0TFL3"


@pytest.fixture
def asked(monkeypatch):
    """Return what is asked of objects of the store; listings are none of it."""
    found = []

    def watch(name):
        plain = getattr(FolderStore, name)

        def call(store, what, *rest):
            keys = [what] if isinstance(what, str) else what
            keys = [key if isinstance(key, str) else key[0].key for key in keys]
            found.extend((name, key) for key in keys)
            return plain(store, what, *rest)

        monkeypatch.setattr(FolderStore, name, call)

    for name in ("look", "range", "read"):
        watch(name)
    return found


def cache():
    """Return the folder of what runs remember."""
    return Path(os.environ["XDG_CACHE_HOME"], "tfs-gitops")


@pytest.mark.parametrize("command", ["plan", "catalog"])
def test_the_first_version_of_a_model_is_held(project, command):
    """Without any rule that requires something; `catalog` tells the same."""
    project.craft("m", 1, {"saved_model.pb": b"version https://git-lfs.github.com/spec/v1\n"})

    (found,) = project.held(command)

    assert (found["model"], found["version"], found["code"]) == ("m", 1, "not-servable")
    assert found["problems"] == ["saved_model.pb is a Git LFS pointer, not a SavedModel"]


def test_the_newest_that_can_be_loaded_is_served(project, origin):
    """Each that cannot makes room for the one before it."""
    project.craft("m", 1, {"saved_model.pb": constant("1")})
    project.craft("m", 2, {"saved_model.pb": saved([info("serve"), SAVER])})
    project.craft("m", 3, {"saved_model.pb": b""})

    result = project.run("sync")

    assert served(origin, "m") == [1]
    assert result.stdout.count("not-servable") == 2


def test_what_is_beside_an_index_is_not_part_of_the_version(project):
    """A shard that came after the index was written was never declared."""
    files = {
        "saved_model.pb": saved([info("serve"), SAVER]),
        "variables/variables.index": b"index",
        "variables/variables.data-00000-of-00002": b"weights",
    }
    project.craft("m", 1, files)
    project.put("m/1/variables/variables.data-00001-of-00002", b"weights")

    (found,) = project.held()

    missing = "variables/variables.data-00001-of-00002 is not in the index"
    assert found["problems"] == [missing]
    assert project.held("catalog")[0]["problems"] == [missing]


def test_what_was_refused_costs_nothing_at_the_next_sync(project, origin, asked):
    """Neither the version nor the one that is served in its place is looked at again."""
    project.craft("m", 1, {"saved_model.pb": GRAPH})
    project.craft("m", 2, {"saved_model.pb": GRAPH[:-1]})
    first = project.run("sync")
    assert ("range", "m/1/saved_model.pb") in asked
    asked.clear()

    second = project.run("sync")

    assert "saved_model.pb: cut or malformed: " in first.stdout
    assert "saved_model.pb: cut or malformed: " in second.stdout
    assert "nothing to commit" in second.stdout
    assert [(how, key) for how, key in asked if "m/2" in key or how == "range"] == []
    assert served(origin, "m") == [1]


def test_a_version_is_looked_into_once_before_it_is_merged(project, asked):
    """A plan that nobody has synced yet knows what the plan before found."""
    project.craft("m", 1, {"saved_model.pb": GRAPH})
    project.held()
    assert ("range", "m/1/saved_model.pb") in asked
    asked.clear()

    project.held()

    assert [key for how, key in asked if how == "range"] == []


def test_a_memory_of_other_settings_is_none(project, origin):
    """With other flags the servers read another graph, or another file."""
    project.craft("m", 1, {"saved_model.pb": saved([info("serve", "gpu")])})
    project.craft("lite", 1, {"model.tflite": LITE})
    assert {hold["model"] for hold in project.held()} == {"m", "lite"}

    flags = {"saved_model_tags": "serve,gpu"}
    project.environment(serving={"tflite": True, "flags": flags})

    assert project.held() == []
    project.run("sync")
    assert served(origin, "m") == served(origin, "lite") == [1]


def test_an_answer_is_forgotten_with_its_version(project):
    """The file of the cache does not grow for ever."""
    project.craft("m", 1, {"saved_model.pb": b""})
    project.held()
    (project.store / "index-m-1.csv").unlink()
    project.craft("m", 2, {"saved_model.pb": b""})
    project.held()

    (file,) = cache().glob("*-inspected.json")
    _, answers = json.loads(file.read_text())
    assert len(answers) == 1


def test_another_program_judges_anew_what_one_before_it_has_judged(project, origin, monkeypatch):
    """Of the same version: each commit can be installed. Without a cache it would do so too."""
    project.craft("m", 1, {"saved_model.pb": constant()})
    with monkeypatch.context() as stricter:
        stricter.setattr("generator.catalog.savedmodel.servable.problems", lambda *_: ("bad",))
        stricter.setattr("generator.catalog.rules.digest", str)
        assert [it["code"] for it in project.held()] == ["not-servable"]

    project.run("sync")
    assert served(origin, "m") == [1]


def test_what_was_served_before_stays_whatever_is_wrong_with_it(project, origin, monkeypatch):
    """An upgrade takes nothing away: a server has it, or will say so."""
    project.craft("m", 1, {"saved_model.pb": b"of an older release"})
    with monkeypatch.context() as older:
        older.setattr("generator.catalog.savedmodel.servable.problems", lambda *_: ())
        project.run("sync")
    for path in cache().glob("*"):
        path.unlink()

    assert "nothing to commit" in project.run("sync").stdout
    assert served(origin, "m") == [1]
    project.craft("m", 2, {"saved_model.pb": constant()})
    project.run("sync")
    assert served(origin, "m") == [1, 2]


def test_a_model_that_gets_another_name_is_not_judged_anew(project, origin, monkeypatch):
    """It is served, if under another name: a rule of names must not be an outage."""
    project.craft("m", 1, {"saved_model.pb": b"of an older release"})
    with monkeypatch.context() as older:
        older.setattr("generator.catalog.savedmodel.servable.problems", lambda *_: ())
        project.run("sync")
    rule = {"match": "m", "versions": {"latest": 1}, "name": "better"}
    project.environment(policy=[rule])

    project.run("sync", "--allow-removals")

    assert served(origin, "better") == [1]


def test_a_file_that_is_withheld_holds_its_version_and_is_asked_for_again(project, monkeypatch):
    """What could not be read is no verdict, and is not remembered as one."""
    project.craft("m", 1, {"saved_model.pb": GRAPH})
    with monkeypatch.context() as short:
        short.setattr(FolderStore, "range", lambda *_: b"")
        (found,) = project.held()

    assert found["code"] == "missing-object"
    assert found["problems"][0].startswith("'m/1/saved_model.pb' cannot be read: it has 0 of ")
    assert project.held() == []


def test_a_served_tflite_model_gets_its_next_version(project, origin):
    """What is not read is said, and holds nothing: nobody could ever mend it."""
    policy = [{"match": "*", "versions": {"latest": 1}, "require": {"signatures": "compatible"}}]
    project.environment(policy=policy, serving={"tflite": True})
    project.craft("m", 1, {"model.tflite": LITE})
    project.run("sync")
    project.craft("m", 2, {"model.tflite": LITE})

    result = project.run("sync")

    assert served(origin, "m") == [1, 2]
    assert "they are those of model.tflite, which is not read" in result.stdout


def test_servers_are_not_started_so_that_they_cannot_load_what_they_serve(project, origin):
    """The pods that the commit rolls would not come up: it is refused, and not made."""
    project.environment(serving={"tflite": True})
    project.craft("m", 1, {"model.tflite": LITE})
    assert project.run("sync").exit_code == 0
    before = origin.log()
    project.environment(serving={"replicas": 3})

    refused = project.run("sync", "--allow-removals")

    assert refused.exit_code == 6
    assert "could not load what they serve:\n  - m 1: " in refused.output
    assert origin.log() == before


def test_servers_may_be_started_otherwise_where_that_loads_what_they_serve(project):
    """A flag that what is served does not depend on is a change like any other."""
    project.environment()
    project.craft("m", 1, {"saved_model.pb": constant()})
    assert project.run("sync").exit_code == 0
    project.environment(serving={"warmup": False, "tflite": True})

    result = project.run("sync")

    assert result.exit_code == 0, result.output
    assert "committed" in result.output
