"""`delivery.verified`: what waits for the commit statuses of a forge, in place of time alone."""

import json

import pytest

from tests.kit.receipts import receipts

RULES = [{"match": "*", "versions": {"latest": 1}, "labels": {"stable": "latest"}}]


def words(fleet, good):
    """Return the state of a success, or a failure, as the forge has it."""
    bad = "failure" if fleet.delivery["forge"]["type"] == "github" else "failed"
    return "success" if good else bad


def post(fleet, *, good=True, context="flux/dev/1", said=""):
    """Let somebody tell the forge of the newest commit."""
    fleet.forge.post(fleet.forge.tip("main"), context, words(fleet, good), said)


def tip(fleet):
    """Return the newest commit, as people are told it."""
    return fleet.forge.tip("main")[:12]


def plan(fleet, name="dev"):
    """Return the plan as JSON."""
    return json.loads(fleet.project.run("plan", name, "--format", "json").stdout)


def stable(fleet, name="dev"):
    """Return the version of the label, and the served ones."""
    file = f"tf-serving/overlays/{name}/generated/models.lock.json"
    found = json.loads(fleet.origin.files("main")[file])["models"]["a"]
    return found["labels"].get("stable"), [it["version"] for it in found["versions"]]


@pytest.fixture
def stepping(fleet):
    """Return a fleet whose steps are made in Git, and wait for a status; version 2 is added."""
    fleet.write(*RULES, mode="commit", settle="0s", verified={"context": "flux/dev/*"})
    fleet.sync()
    post(fleet)
    fleet.project.publish("a", 2)
    fleet.sync()
    assert stable(fleet) == (1, [1, 2])
    return fleet


def test_a_step_waits_for_the_status_of_the_last_one(stepping):
    """It waits also where there is none, or one that is pending: `settle` is over for long."""
    for said in ("has no commit status 'flux/dev/*' yet", "is pending"):
        stepping.sync()
        assert stable(stepping) == (1, [1, 2])
        [deferred] = plan(stepping)["deferred"]
        assert deferred["due"] is None
        assert said in deferred["reason"]
        post(stepping, context="lint")
        busy = "pending" if words(stepping, good=False) == "failure" else "running"
        stepping.forge.post(stepping.forge.tip("main"), "flux/dev/1", busy)
    post(stepping)
    stepping.sync()
    assert stable(stepping) == (2, [1, 2])
    stepping.sync()
    assert stable(stepping) == (2, [1, 2])
    post(stepping)
    stepping.sync()
    assert stable(stepping) == (2, [2])


def test_a_success_of_a_later_commit_is_one_of_all_that_it_has(stepping):
    """Servers skip commits: what they are told of is the newest."""
    stepping.origin.commit({"README": b"of another environment"}, "docs: more", "main")
    post(stepping)
    stepping.sync()
    assert stable(stepping) == (2, [1, 2])


def test_a_status_makes_no_step_before_it_can_have_reached_every_pod(stepping):
    """Flux and Argo CD post one when a commit is applied: a node mounts it a minute later."""
    stepping.write(*RULES, mode="commit", settle="1h", verified={"context": "flux/dev/*"})
    post(stepping)
    stepping.sync()
    assert stable(stepping) == (1, [1, 2])
    post(stepping)
    [deferred] = plan(stepping)["deferred"]
    assert deferred["due"] is not None
    assert "verified" not in deferred["reason"]

    stepping.write(*RULES, mode="commit", settle="0s", verified={"context": "flux/dev/*"})
    stepping.sync()
    assert stable(stepping) == (2, [1, 2])


def test_a_step_that_waits_for_a_status_has_no_time_wherever_it_is_told(stepping):
    """Whoever is told of one waits for nothing."""
    stepping.write(*RULES, mode="commit", settle="1h", verified={"context": "flux/dev/*"})
    stepping.sync()
    words = "has no commit status 'flux/dev/*' yet"
    assert f"waits: labels move when their versions are loaded in every pod; {tip(stepping)}" in (
        stepping.project.run("explain", "dev", "a").stdout
    )
    assert "2 stable=2 waits" in stepping.project.run("status", "dev").stdout
    told = json.loads(stepping.project.run("status", "dev", "--format", "json").stdout)
    [step] = told["deferred"]
    assert step["due"] is None
    assert words in step["waits"]


def test_a_rollback_promises_no_time_where_its_steps_wait_for_a_status(stepping):
    """Whoever is called at night is told what they wait for, and how to go without it."""
    post(stepping)
    stepping.sync()
    assert stable(stepping) == (2, [1, 2])
    words = "after a success of the commit status 'flux/dev/*' for the commit before it"
    told = stepping.project.run("rollback", "dev", "a", "--write").stdout
    assert f"2 steps: the first with the next sync, each other one {words}\n" in told
    assert "to have it now: `git revert" in told
    assert "done" not in told

    stepping.write(*RULES, mode="commit", settle="10m", verified={"context": "flux/dev/*"})
    told = stepping.project.run("rollback", "dev", "a", "--write").stdout
    assert f"2 steps, each {words}, and 10m after it\n" in told
    stepping.sync()
    assert stable(stepping) == (2, [1, 2])


def test_a_failure_holds_the_step(stepping):
    """With what the status says of it, until a success comes."""
    post(stepping, good=False, said="failed-in-pods: dev {a 2 (tf-serving-x)}")
    stepping.sync()
    assert stable(stepping) == (1, [1, 2])
    step, version = plan(stepping)["held"]
    assert {it["code"] for it in (step, version)} == {"failed-in-pods"}
    assert (step["version"], version["version"]) == (None, 2)
    assert "failed-in-pods: dev {a 2 (tf-serving-x)}" in step["problems"][0]
    assert "pod tf-serving-x tells that it fails" in version["problems"][0]


def test_a_failure_after_a_success_is_seen_by_the_next_sync(fleet):
    """A receipt rests on what the forge said of the newest commit, and on nothing older."""
    fleet.write(*RULES, mode="commit", settle="0s", verified={"context": "flux/dev/*"})
    fleet.sync()
    post(fleet)
    fleet.sync()
    assert len(receipts()) == 1
    fleet.sync()
    post(fleet, good=False, said="failed-in-pods: dev {a 1 (tf-serving-x)}")
    told = fleet.sync()
    assert "failed-in-pods" in told.stdout
    assert "was a success" in told.stdout
    assert receipts() == []


def test_a_forge_that_does_not_answer_moves_nothing(stepping):
    """It is no error of the sync either: nothing else waits for it."""
    stepping.forge.token = "another"
    done = stepping.sync()
    assert done.exit_code == 0
    assert stable(stepping) == (1, [1, 2])
    assert "401" in plan(stepping)["deferred"][0]["reason"]


@pytest.fixture
def fed(fleet):
    """Return a fleet whose `prod` takes what `dev` serves, once that is verified."""
    fleet.write(mode="commit", verified={"context": "flux/dev/*"})
    taken = [{"match": "*", "versions": {"latest": 1, "from": "dev"}}]
    fleet.project.environment("prod", taken, delivery=fleet.delivery | {"mode": "commit"})
    fleet.sync("dev")
    return fleet


def prod(fleet):
    """Return what `prod` holds, by code, and the versions that it serves."""
    fleet.sync("prod")
    held = {hold["code"]: hold["problems"][0] for hold in plan(fleet, "prod")["held"]}
    files = fleet.origin.files("main")
    lock = json.loads(files.get("tf-serving/overlays/prod/generated/models.lock.json", b"{}"))
    model = lock.get("models", {}).get("a", {"versions": []})
    return held, [it["version"] for it in model["versions"]]


def test_a_version_is_taken_from_an_environment_that_is_verified(fed):
    """No receipt keeps a sync from asking again: a status comes without a commit."""
    held, served = prod(fed)
    assert [*held] == ["unverified"]
    assert "has no commit status 'flux/dev/*' yet" in held["unverified"]
    assert served == []
    post(fed)
    assert prod(fed) == ({}, [1])


def test_contexts_that_two_environments_may_take_for_their_own_are_told(fleet):
    """By `check`: a status of one would be taken for one of the other."""
    keys = {"mode": "commit", "verified": {"context": "flux/dev/*"}}
    fleet.write(**keys)
    for name, context in (("prod", "flux/*"), ("other", "flux/other/*")):
        delivery = fleet.delivery | keys | {"verified": {"context": context}}
        fleet.project.environment(name, RULES, delivery=delivery, serving={"namespace": name})
    told = fleet.project.run("check").stderr
    assert told.count("shared-context") == 2
    assert "'flux/*' may match a commit status of 'dev'" in told


def test_a_version_whose_commit_failed_is_not_taken(fed):
    """One that a failure does not name is not blamed for it, and waits."""
    post(fed, good=False)
    held, served = prod(fed)
    assert [*held] == ["failed-in-pods"]
    assert served == []
    post(fed, good=False, said="failed-in-pods: dev {b 7}")
    assert [*prod(fed)[0]] == ["unverified"]
    post(fed, good=False, said="failed-in-pods: dev {a 1}")
    assert [*prod(fed)[0]] == ["failed-in-pods"]


def test_doctor_tells_whether_anybody_posts_what_is_waited_for(stepping):
    """By the newest commits, before a step waits for ever; the branch's own are asked once."""

    def told():
        result = stepping.project.run("doctor", "dev")
        assert result.exit_code == 0, result.output
        return [" ".join(it.split()) for it in result.stdout.splitlines() if " verified " in it]

    assert told()[0] == (
        "ok verified 1 of the newest 2 commits of main has a status that "
        "spec.delivery.verified.context 'flux/dev/*' matches: 'flux/dev/1' by flux"
    )
    stepping.write(*RULES, mode="commit", verified={"context": "argo/*", "by": ["argo"]})
    [warned] = told()
    assert warned.startswith(
        "warn verified the newest 2 commits of main have 'flux/dev/1' by flux, and nothing that "
        "spec.delivery.verified.context 'argo/*' matches; "
    )
