"""`plan.withdrawals`: what is served leaves only if the store says that its index is gone."""

import json

import pytest

from generator.catalog.hold import Code
from generator.catalog.store.folder import FolderStore
from generator.catalog.stored_object import Unreadable
from tests.kit.project import ProjectFolder
from tests.servers.flaky import flaky

GENERATED = "tf-serving/overlays/dev/generated"
LOCK = f"{GENERATED}/models.lock.json"


@pytest.fixture
def project(tmp_path, origin):
    """Return a project whose models a, b and c are served; steps need no time."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    policy(project, latest=1)
    for model in "abc":
        project.publish(model, 1)
    assert project.run("sync").exit_code == 0
    return project


def policy(project, **versions):
    """Write the environment with a choice of versions."""
    project.environment(delivery={"settle": "0s"}, policy=[{"match": "*", "versions": versions}])


def served(origin):
    """Return the version numbers of each model that Git says is served."""
    models = json.loads(origin.files()[LOCK])["models"]
    return {name: [line["version"] for line in it["versions"]] for name, it in models.items()}


def index_of(project, model, version=1):
    """Return the file of the index that lists one version."""
    found = (
        path
        for path in project.store.glob("index-*.csv")
        if f"{model}/{version}/saved_model.pb" in path.read_text()
    )
    return next(found)


def publish_alone(project, model, version):
    """Publish a version with an index that lists no other; return its rows."""
    path = project.store / project.publish(model, version)
    rows = [row for row in path.read_text().splitlines() if f"/{version}/" in row]
    path.write_text("".join(f"{row}\n" for row in rows))
    return path.read_text()


def unlisted(monkeypatch, *names):
    """Let listings of folders lack files of these names."""
    plain = FolderStore.indexes
    monkeypatch.setattr(
        FolderStore,
        "indexes",
        lambda store: tuple(item for item in plain(store) if item.key not in names),
    )


def test_a_deleted_index_withdraws_its_model(project, origin):
    """The store is asked for the key, and has none."""
    index_of(project, "a").unlink()

    result = project.run("sync")

    assert result.exit_code == 0
    assert served(origin) == {"b": [1], "c": [1]}


def test_an_index_that_only_the_listing_lacks_withdraws_nothing(project, origin, monkeypatch):
    """It is there when it is asked for: the listing was stale, cut, or of something else."""
    name = index_of(project, "a").name
    unlisted(monkeypatch, name)

    for words in (("sync",), ("sync", "--allow-removals"), ("plan", "dev")):
        result = project.run(*words)

        assert result.exit_code == 4
        assert f"{name!r} is there, and its listing did not have it" in result.stderr
    assert served(origin) == {"a": [1], "b": [1], "c": [1]}


def test_any_other_answer_than_no_such_key_ends_the_run(project, origin, monkeypatch):
    """A key that cannot be read may be there; its name is told, and what to do."""
    name = index_of(project, "a").name
    unlisted(monkeypatch, name)
    plain = FolderStore.read
    monkeypatch.setattr(
        FolderStore,
        "read",
        lambda store, keys: (
            (key, Unreadable("404: Not Found") if key == name else data)
            for key, data in plain(store, keys)
        ),
    )

    result = project.run("sync", "--allow-removals")

    assert result.exit_code == 4
    assert f"{name!r} is not listed, and is not said to be gone: 404: Not Found" in result.stderr
    assert "hint: nothing was changed" in result.stderr
    assert served(origin) == {"a": [1], "b": [1], "c": [1]}


def test_an_answer_that_is_no_index_ends_the_run(project, origin, monkeypatch):
    """A sign-in page says nothing of an index that the listing lacks."""
    name = index_of(project, "a").name
    unlisted(monkeypatch, name)
    (project.store / name).write_text("<html><body>Please sign in</body></html>")

    result = project.run("sync", "--allow-removals")

    assert result.exit_code == 4
    assert f"{name!r} is not listed as it answers now, which is no index: " in result.stderr
    assert served(origin) == {"a": [1], "b": [1], "c": [1]}


def test_an_index_that_was_overwritten_withdraws_nothing(project, origin):
    """Two exporters had one name for it: the model stays served, and is degraded."""
    index_of(project, "b").rename(index_of(project, "a"))

    result = project.run("plan", "dev", "--format", "json")

    plan = json.loads(result.stdout)
    [hold] = [item for item in plan["held"] if item["code"] == Code.INDEX_OVERWRITTEN]
    assert plan["changes"] == []
    assert plan["degraded"] == ["a 1"]
    assert (hold["model"], hold["version"]) == ("a", 1)
    assert hold["problems"] == ["it was overwritten, and lists 'b/1'; 'a/1' is served"]
    assert project.run("sync").exit_code == 0
    assert served(origin) == {"a": [1], "b": [1], "c": [1]}


@pytest.mark.parametrize("text", ["", "no rows at all", "x,y\n", "c,c/1/saved_model.pb,00\n"])
def test_whatever_the_index_says_now_it_withdraws_nothing(project, origin, text):
    """Not even nothing: only a key that is gone does."""
    index_of(project, "a").write_text(text)

    assert project.run("sync", "--allow-removals").exit_code == 0

    assert served(origin) == {"a": [1], "b": [1], "c": [1]}


def test_one_version_of_an_index_that_lists_it_no_more_stays(project, origin):
    """Also beside others of the model, which go on."""
    policy(project, all=True)
    rows = publish_alone(project, "a", 2)
    project.run("sync")
    index_of(project, "a", 1).write_text(rows)

    result = project.run("sync")

    assert result.exit_code == 0
    assert served(origin)["a"] == [1, 2]
    assert Code.INDEX_OVERWRITTEN in result.stdout


def test_what_the_policy_drops_anyway_is_not_asked_for(project, origin, monkeypatch):
    """`latest: 1` has moved on: the old index may be deleted, unreadable or overwritten."""
    publish_alone(project, "a", 2)
    old = index_of(project, "a", 1).name
    unlisted(monkeypatch, old)
    asked = []
    plain = FolderStore.read

    def read(store, keys):
        asked.extend(keys)
        return plain(store, keys)

    monkeypatch.setattr(FolderStore, "read", read)

    results = [project.run("sync") for _ in range(3)]

    assert [result.exit_code for result in results] == [0, 0, 0]
    assert served(origin)["a"] == [2]
    assert old not in asked


def test_a_deleted_index_makes_room_for_the_version_before(project, origin):
    """`latest: 1` of what is left, in a step that keeps the server up."""
    publish_alone(project, "a", 2)
    while "nothing to commit" not in project.run("sync").stdout:
        pass
    index_of(project, "a", 2).unlink()

    while "nothing to commit" not in project.run("sync").stdout:
        pass

    assert served(origin)["a"] == [1]


@pytest.mark.parametrize("rule", [{"versions": {"pin": [1]}}, {"hold": True}])
def test_what_is_pinned_or_on_hold_goes_with_its_index_and_its_objects_only(
    project, origin, monkeypatch, rule
):
    """A listing that lacks both is asked about the index first."""
    project.environment(policy=[{"match": "*", "versions": {"latest": 1}}, {"match": "a", **rule}])
    index = index_of(project, "a")
    unlisted(monkeypatch, index.name)
    (project.store / "a/1/saved_model.pb").rename(project.root / "kept")

    refused = project.run("sync")
    index.unlink()
    (project.root / "kept").rename(project.store / "a/1/saved_model.pb")
    kept = project.run("sync")
    (project.store / "a/1/saved_model.pb").unlink()
    gone = project.run("sync")

    assert (refused.exit_code, kept.exit_code, gone.exit_code) == (4, 0, 0)
    assert "a 1" in kept.stdout or "nothing to commit" in kept.stdout
    assert served(origin) == {"b": [1], "c": [1]}


def test_the_limits_of_removals_stand_on_top(project, origin):
    """All three indexes are gone indeed, and still a person is asked."""
    for model in "ab":
        index_of(project, model).unlink()

    result = project.run("sync")

    assert result.exit_code == 6
    assert served(origin) == {"a": [1], "b": [1], "c": [1]}
    assert project.run("sync", "--allow-removals").exit_code == 0
    assert served(origin) == {"c": [1]}


class TestBucket:
    """A bucket behind a proxy that answers for one key in its own way."""

    @pytest.fixture
    def project(self, tmp_path, origin, s3):
        """Return a project with the models a and b in a bucket, both served."""
        with flaky(s3.endpoint) as proxy:
            project = ProjectFolder.create(tmp_path / "project", str(origin.path))
            store = ("--store", s3.url, "--endpoint", s3.endpoint, "--region", "us-east-1")
            self.keys = {}
            for model in "ab":
                done = project.run("index", project.export(model, 1), *store, "--upload")
                self.keys[model] = done.stdout.strip()
            source = {"url": s3.url, "endpoint": proxy.url, "region": "us-east-1"}
            project.environment(source=source)
            assert project.run("sync").exit_code == 0
            self.proxy = proxy
            yield project

    def test_it_costs_one_request_and_only_when_something_would_go(self, project, origin, s3):
        """Each sync else asks for no index that it knows."""
        self.proxy.requests.clear()
        assert "nothing to commit" in project.run("sync").stdout
        assert not any(self.keys["a"] in request for request in self.proxy.requests)
        s3.delete(self.keys["a"])
        self.proxy.requests.clear()

        assert project.run("sync").exit_code == 0

        asked = [request for request in self.proxy.requests if self.keys["a"] in request]
        assert len(asked) == 1
        assert served(origin) == {"b": [1]}

    def test_a_404_of_a_proxy_is_no_word_of_the_store(self, project, origin, s3):
        """A web page says "not found" of anything."""
        s3.delete(self.keys["a"])
        page = b"<html><head><title>404 Not Found</title></head></html>"
        self.proxy.rewrite = lambda target, body: page if self.keys["a"] in target else body

        result = project.run("sync", "--allow-removals")

        assert result.exit_code == 4
        assert self.keys["a"] in result.stderr
        assert served(origin) == {"a": [1], "b": [1]}
