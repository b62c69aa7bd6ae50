"""One flow: a decision is made again only where it lacked a fact, and never more than that."""

from collections import Counter

import pytest

from generator.plan import decide as decision
from tests.kit.project import ProjectFolder
from tests.kit.savedmodels import constant


@pytest.fixture
def project(tmp_path, origin):
    """Return a project of two environments that share a store, with two models."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    for name in ("dev", "prod"):
        project.environment(name, delivery={"settle": "0s"})
    project.publish("a", 1)
    project.publish("b", 1)
    return project


@pytest.fixture
def decided(monkeypatch):
    """Return how often each environment was decided on; clear it to count anew."""
    counts = Counter()
    plain = decision.decide

    def counting(inputs, *known):
        counts[inputs.environment.name] += 1
        return plain(inputs, *known)

    monkeypatch.setattr(decision, "decide", counting)
    return counts


def sync(project, *words):
    """Sync all environments, and return what was said."""
    result = project.run("sync", *words)
    assert result.exit_code == 0, result.output
    return result.stdout


def settled(project):
    """Sync until nothing is left to commit."""
    while "committed" in sync(project):
        pass


def test_a_sync_without_news_decides_once(project, decided):
    """All that it rests on is known: from the lock, and from what the store says anyway.

    With a receipt of the last one, not even that: `-v` asks for the whole run.
    """
    settled(project)
    decided.clear()

    assert sync(project).count("nothing to commit") == 2
    assert decided == {}
    assert sync(project, "-v").count("nothing to commit") == 2

    assert decided == {"dev": 1, "prod": 1}


def test_a_first_sync_decides_twice(project, decided):
    """Once to know what would be served, and once when all of it was looked into."""
    assert "committed" in sync(project)

    assert decided == {"dev": 2, "prod": 2}


@pytest.mark.parametrize("is_remembered", [True, False])
def test_a_sync_with_a_new_version_decides_at_most_twice(project, decided, is_remembered):
    """Also where an earlier run has seen it, and only this one would serve it."""
    settled(project)
    project.publish("a", 2)
    if is_remembered:
        assert project.run("plan", "dev").exit_code == 0
    decided.clear()

    assert "committed" in sync(project)

    assert max(decided.values()) == 2


def test_a_version_that_was_refused_once_costs_no_second_decision(project, decided):
    """What an earlier run found in it is known before anything is decided."""
    settled(project)
    project.publish("c", 1)
    policy = [{"match": "*", "versions": {"latest": 1}, "require": {"maxBytes": 1}}]
    project.environment("dev", policy=policy, delivery={"settle": "0s"})
    assert "requirement-unmet" in sync(project, "dev")
    decided.clear()

    assert "requirement-unmet" in sync(project, "dev", "-v")

    assert decided == {"dev": 1}


def test_a_deleted_index_is_asked_for_before_its_model_goes(project, decided):
    """Whether it is gone, what is decided then, and whether a person took that back before."""
    settled(project)
    index = next(path for path in project.store.glob("index-*.csv") if "a/1/" in path.read_text())
    index.unlink()
    decided.clear()

    assert "committed" in sync(project)

    assert max(decided.values()) == 3


@pytest.mark.parametrize("content", [b"broken", None])
def test_many_broken_versions_take_a_decision_for_each_doubling(project, decided, content):
    """Whoever may upload small indexes makes no sync long: the good one is found below them."""
    settled(project)
    for number in range(2, 62):
        key = f"a/{number}/saved_model.pb"
        project.claim("a", project.put(key, content or constant()))
        if content is None:
            (project.store / key).unlink()
    decided.clear()

    said = sync(project, "dev")

    assert "nothing to commit" in said
    assert decided["dev"] <= 12
