"""What cannot be used stops no other model and no other environment."""

import json

from generator.catalog.hold import Code
from generator.catalog.store.folder import FolderStore
from tests.kit.savedmodels import constant
from tests.kit.synced import LOCK, served


def test_environments_that_share_a_store_read_it_once(project, origin, monkeypatch):
    """A sync of several costs one listing, and makes one commit for each."""
    project.environment("prod")
    project.publish("a", 1)
    listings = []
    plain = FolderStore.indexes

    def indexes(store):
        listings.append(store)
        return plain(store)

    monkeypatch.setattr(FolderStore, "indexes", indexes)

    result = project.run("sync")

    assert result.exit_code == 0
    assert len(listings) == 1
    assert [message.splitlines()[0] for message in origin.log()[:2]] == [
        "models(prod): a +1",
        "models(dev): a +1",
    ]


def test_one_environment_that_fails_does_not_stop_the_others(project, origin):
    """The exit code is the worst; the good ones are committed."""
    project.environment("broken", source={"url": "file:///nowhere/at/all"})
    (project.root / "environments/invalid.yaml").write_text("kind: Environment\n")
    project.publish("a", 1)

    result = project.run("sync")

    assert result.exit_code == 4
    assert "broken: " in result.stderr
    assert "environments/invalid.yaml" in result.stderr
    assert served(origin) == [1]


def test_junk_named_like_an_index_holds_only_itself(project, origin):
    """Binary junk, a foreign bucket, a path that climbs: one report, the rest is served."""
    project.publish("a", 1)
    (project.store / "index-junk.csv").write_bytes(bytes(range(256)))
    project.claim("foreign", ("s3://other/m", "s3://other/m/1/saved_model.pb", "aa"))
    project.claim("climbs", ("../m", "../m/1/saved_model.pb", "aa"))
    project.claim("empty")
    project.claim("name", project.put('{{ x }}"/1/saved_model.pb', b"x"))

    result = project.run("sync", "--strict")

    assert result.exit_code == 7
    for code in ("not-utf8", "foreign-bucket", "unsafe-path", "empty-index", "unsafe-name"):
        assert f": {code}: " in result.stdout
    assert list(json.loads(origin.files()[LOCK])["models"]) == ["a"]


def test_a_version_out_of_range_is_told_at_every_sync(project, origin):
    """Its index also proves a good version, and is read again for the one that it does not."""
    good = project.put("m/1/saved_model.pb", constant())
    project.claim("m", good, ("m", f"m/{2**63}/saved_model.pb", "00" * 16))

    first, second = project.run("sync"), project.run("sync")

    assert served(origin, "m") == [1]
    assert Code.VERSION_OUT_OF_RANGE in first.stdout
    assert Code.VERSION_OUT_OF_RANGE in second.stdout


def test_a_claim_that_is_not_proven_takes_no_name_and_no_number(project, origin):
    """A bad index holds its own model version and no other."""
    project.publish("a-b", 1)
    project.claim("name", ("a/b", "a/b/1/saved_model.pb", "00" * 16))
    project.claim("number", ("a-b", "a-b/01/saved_model.pb", "00" * 16))

    result = project.run("sync")

    assert served(origin, "a-b") == [1]
    assert Code.NAME_COLLISION not in result.stdout
    assert Code.DUPLICATE_VERSION_DIRECTORY not in result.stdout
    assert result.stdout.count(f": {Code.MISSING_OBJECT}: ") == 2


def test_two_proven_directories_of_one_number_hold_each_other(project, origin):
    """With and without the cache."""
    one = project.put("m/1/saved_model.pb", b"x")
    two = project.put("m/001/saved_model.pb", b"y")
    project.claim("one", one)
    project.claim("two", two)

    first, second = project.run("sync"), project.run("sync")

    for result in (first, second):
        assert result.stdout.count(f": {Code.DUPLICATE_VERSION_DIRECTORY}: ") == 2
    assert len(origin.log()) == 1


def test_a_rule_that_matches_no_model_is_told(project):
    """A misspelt name would else be a promotion that never happens."""
    project.publish("resnet", 1)
    rules = [
        {"match": "*", "versions": {"latest": 1}},
        {"match": "resnett", "labels": {"stable": "latest"}},
        {"match": "bert", "versions": {"pin": [7]}},
    ]
    project.environment(policy=rules)

    plan = json.loads(project.run("plan", "dev", "--format", "json").stdout)

    assert [item["code"] for item in plan["warnings"]] == ["unmatched-rule"] * 2
    assert "did you mean 'resnet'?" in plan["warnings"][0]["message"]
    assert [(hold["model"], hold["version"]) for hold in plan["held"]] == [("bert", 7)]
