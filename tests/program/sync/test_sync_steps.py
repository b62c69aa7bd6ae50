"""A sync goes in steps that every pod survives."""

import json
from datetime import UTC, datetime, timedelta

import pygit2

from tests.kit.synced import LOCK, served


def test_the_newest_proven_version_is_added_before_the_old_one_is_dropped(project, origin):
    """`latest: 1` follows the uploads in steps, one for each time that pods need to settle."""
    project.environment(delivery={"settle": "0s"})
    project.publish("a", 9)
    project.run("sync")
    project.publish("a", 10)

    first = project.run("sync")
    between = served(origin)
    second = project.run("sync")

    assert between == [9, 10]
    assert served(origin) == [10]
    assert "versions 9 -> 9,10" in first.stdout
    assert "versions 9,10 -> 10" in second.stdout
    assert "nothing to commit" in project.run("sync").stdout


def test_a_step_waits_until_every_pod_has_settled(project, origin):
    """What waits is in the plan and in the lock, with the time at which it is due in the plan."""
    labels = {"stable": "latest"}
    project.environment(policy=[{"match": "*", "versions": {"latest": 1}, "labels": labels}])
    project.publish("a", 9)
    project.run("sync")
    project.publish("a", 10)
    project.run("sync")
    before = len(origin.log())

    result = project.run("sync")
    plan = json.loads(project.run("plan", "dev", "--format", "json").stdout)

    assert "nothing to commit" in result.stdout
    assert "… a: versions 10, labels stable=10" in result.stdout
    assert len(origin.log()) == before
    lock = json.loads(origin.files()[LOCK])
    assert lock["models"]["a"]["labels"] == {"stable": 9}
    assert lock["models"]["a"]["deferred"] == {"versions": [10], "labels": {"stable": 10}}
    merged = datetime.fromtimestamp(
        origin.repo.references["refs/heads/main"].peel(pygit2.Commit).commit_time, UTC
    )
    assert datetime.fromisoformat(plan["deferred"][0]["due"]) == merged + timedelta(minutes=10)


def test_steps_over_http_read_as_much_history_as_they_need(project, origin, git_server):
    """A shallow copy of the branch is not enough to know what pods may still hold."""
    project.environment(delivery={"repository": git_server.url})
    project.publish("a", 9)
    project.run("sync")
    for number in range(5):
        origin.commit({"other.txt": str(number).encode()}, "somebody else's commit")
    project.publish("a", 10)

    assert project.run("sync").exit_code == 0
    assert "nothing to commit" in project.run("sync").stdout
    assert served(origin) == [9, 10]


def test_prod_takes_only_what_staging_serves(project, origin):
    """`from` reads the other environment's lock out of its delivery repository."""
    project.environment("staging", policy=[{"match": "*", "versions": {"pin": [1]}}])
    rule = {"match": "*", "versions": {"latest": 1, "from": "staging"}}
    project.environment("prod", policy=[rule])
    project.publish("a", 1)
    project.publish("a", 2)

    before = project.run("sync", "prod")
    project.run("sync", "staging")
    project.run("sync", "prod")

    assert "staging was never synced" in before.stdout
    assert "nothing to commit" in before.stdout
    lock = json.loads(origin.files()["tf-serving/overlays/prod/generated/models.lock.json"])
    assert [line["version"] for line in lock["models"]["a"]["versions"]] == [1]


def test_a_model_that_moves_never_has_versions_of_two_base_paths(project, origin):
    """Its labels leave for a step, since a server would refuse to move them."""
    labels = {"stable": "latest"}
    rule = {"versions": {"latest": 1}, "labels": labels, "name": "m"}
    project.environment(policy=[{"match": "a", **rule}], delivery={"settle": "0s"})
    project.publish("a", 1)
    project.run("sync")
    project.publish("b", 2)
    project.environment(policy=[{"match": "b", **rule}], delivery={"settle": "0s"})

    project.run("sync")
    moved = json.loads(origin.files()[LOCK])["models"]["m"]
    project.run("sync")
    settled = json.loads(origin.files()[LOCK])["models"]["m"]

    assert (moved["basePath"], served(origin, "m"), moved["labels"]) == ("b", [2], {})
    assert settled["labels"] == {"stable": 2}


def test_a_renamed_model_is_served_under_both_names_until_the_new_one_is_loaded(project, origin):
    """A rename in one step is an outage for as long as the model loads."""
    project.environment(delivery={"settle": "0s"})
    project.publish("a", 1)
    project.run("sync")
    rule = {"match": "a", "versions": {"latest": 1}, "name": "b"}
    project.environment(policy=[rule], delivery={"settle": "0s"})

    project.run("sync")
    both = list(json.loads(origin.files()[LOCK])["models"])
    project.run("sync")

    assert both == ["a", "b"]
    assert list(json.loads(origin.files()[LOCK])["models"]) == ["b"]


def test_what_waits_is_in_every_form_of_the_plan(project):
    """A reviewer of a promotion sees that it goes on, and when."""
    project.publish("a", 1)
    project.run("sync")
    project.publish("a", 2)
    message = project.run("sync").stdout
    markdown = project.run("plan", "dev", "--format", "markdown").stdout

    assert "1 later (due " in message
    assert "      due " in message
    assert "| waits | versions | labels | due | why |" in markdown
    assert "| a | 2 |" in markdown
    assert project.run("plan", "dev", "--exit-code").exit_code == 10


def test_a_model_that_comes_back_as_it_was_does_not_wait(project, origin):
    """An index that was deleted by mistake is an outage no longer than it must be."""
    project.publish("a", 1)
    project.publish("c", 1)
    key = project.publish("b", 1)
    project.run("sync")
    index = (project.store / key).read_bytes()
    (project.store / key).unlink()
    project.run("sync")
    (project.store / key).write_bytes(index)

    project.run("sync")

    assert served(origin, "b") == [1]
