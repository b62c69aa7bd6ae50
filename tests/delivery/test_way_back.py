"""A version that failed in pods: held, and back to what was served before, once and for all."""

import json
import random
from contextlib import contextmanager

import pytest

from tests.kit.project import ProjectFolder
from tests.kit.reviewed_fleet import BRANCH
from tests.kit.schemas import schema
from tests.servers.agent_page import answer, page

LOCK = "tf-serving/overlays/dev/generated/models.lock.json"
RULES = [{"match": "*", "versions": {"latest": 1}, "labels": {"stable": "latest"}}]


def lock_of(origin, branch="main"):
    """Return the lock on a branch."""
    found = json.loads(origin.files(branch)[LOCK])
    schema("lock").validate(found)
    return found


def served(origin, branch="main"):
    """Return the versions of the model `a`."""
    return [it["version"] for it in lock_of(origin, branch)["models"]["a"]["versions"]]


@contextmanager
def failing(origin, *numbers, **others):
    """Run an agent of a pod that has what the branch says, in which versions of `a` failed."""
    lock = lock_of(origin)
    count = sum(it["generation"] for it in (*lock["models"].values(), *lock.get("removed", ())))
    models = {
        name: {"versions": [it["version"] for it in one["versions"]], "labels": one["labels"]}
        for name, one in lock["models"].items()
    }
    failed = [{"model": "a", "version": it, "error": "no such op"} for it in numbers]
    told = answer(
        environment="dev",
        generation=lock["generation"] + count,
        wanted={"digest": "d", "models": models},
        failed=failed,
        **others,
    )
    with page(told) as http:
        yield http.url


def sync(project, *words):
    """Sync, and return the plan that comes after it."""
    result = project.run("sync", "dev", *words)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def project(tmp_path, origin):
    """Return a project that went from version 1 to 2, and goes back by a commit."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    write(project, "commit")
    project.publish("a", 1)
    sync(project)
    project.publish("a", 2)
    sync(project)
    assert served(origin) == [2]
    return project


def write(project, on_failure, serving=None):
    """Write the environment."""
    serving = {"agent": True} | (serving or {"replicas": 1})
    project.environment(policy=RULES, delivery={"onFailure": on_failure}, serving=serving)


def test_a_version_that_failed_goes_back_once_and_the_next_one_comes(project, origin):
    """The lock remembers it, with pods and reason: no sync brings it again, asked or not."""
    with failing(origin, 2) as url:
        told = sync(project, "--agent", url)
    assert served(origin) == [1]
    [failed] = lock_of(origin)["failed"]
    assert (failed["model"], failed["version"], failed["error"]) == ("a", 2, "no such op")
    assert "back to what was served before" in told.stdout
    for _ in range(2):
        sync(project)
        assert served(origin) == [1]
    [held] = project.held()
    assert (held["code"], held["version"]) == ("failed-in-pods", 2)
    assert "no such op" in held["problems"][0]
    told = project.run("explain", "dev", "a").stdout + project.run("status", "dev").stdout
    assert "no such op" in told
    assert "failed-in-pods" in told

    project.publish("a", 3)
    sync(project)
    assert served(origin) == [3]


def test_what_one_pod_says_takes_nothing_back_that_another_serves_well(project, origin):
    """Neither where pods that have to be there were not heard; it is held, and the lock forgets."""
    with failing(origin, 2) as bad, failing(origin, inSync=True, ready=True) as good:
        told = sync(project, "--agent", bad, "--agent", good)
        assert served(origin) == [2]
        assert "serves it well" in told.stdout
        project.publish("b", 1)
        sync(project, "--agent", bad, "--agent", good)
    assert "failed" not in lock_of(origin)
    write(project, "commit", serving={"replicas": 3})
    sync(project)
    with failing(origin, 2) as bad:
        told = sync(project, "--agent", bad)
    assert served(origin) == [2]
    assert "2 of 3 pods were not heard" in told.stdout


def test_by_default_it_is_held_and_stays(project, origin):
    """Nothing is undone by itself; what is to be done is told."""
    write(project, "hold")
    sync(project)  # the key is a setting
    with failing(origin, 2) as url:
        sync(project, "--agent", url)
        found = json.loads(project.run("plan", "dev", "--agent", url, "--format", "json").stdout)
    assert served(origin) == [2]
    [held] = found["held"]
    assert (held["code"], held["version"]) == ("failed-in-pods", 2)
    assert found["degraded"] == ["a 2"]
    assert not found["changed"]


def test_an_agent_of_another_commit_or_environment_takes_nothing_back(project, origin):
    """It tells of something else; and one that does not answer tells of nothing."""
    with failing(origin, 2) as late:
        project.publish("a", 3)
        sync(project)
        sync(project, "--agent", late)
    sync(project, "--agent", late)  # by now nobody is there
    assert served(origin) == [3]


def test_a_person_who_takes_the_way_back_back_is_respected(project, origin):
    """By a revert of that commit, until the model is asked for again."""
    with failing(origin, 2) as url:
        sync(project, "--agent", url)
    before = origin.files("main~1")
    files = {it: data for it, data in before.items() if "/generated/" in it}
    origin.commit(files, 'Revert "models(dev): a"')
    assert served(origin) == [2]
    with failing(origin, 2) as url:
        sync(project, "--agent", url)
        assert served(origin) == [2]
        [held] = _held(project, url)
        assert "a person has taken its last change back" in held["problems"][0]


def _held(project, url):
    told = project.run("plan", "dev", "--agent", url, "--format", "json").stdout
    return json.loads(told)["held"]


def test_who_says_retake_gets_it_again(project, origin):
    """What failed may have been the node."""
    with failing(origin, 2) as url:
        sync(project, "--agent", url)
    sync(project, "--retake", "a")
    assert served(origin) == [2]
    assert "failed" not in lock_of(origin)


def test_a_failure_of_what_stays_served_is_forgotten_by_a_commit_of_its_own(project, origin):
    """Or each sync would meet it in the lock again. Who still tells of it is told in turn."""
    write(project, "hold")
    project.publish("b", 1)
    with failing(origin, 2) as url:
        sync(project, "--agent", url)
    assert [it["version"] for it in lock_of(origin)["failed"]] == [2]
    told = sync(project, "--retake", "b")
    assert "nothing-taken-back: --retake b" in told.stdout
    with failing(origin, 2) as url:
        told = sync(project, "--retake", "a", "--agent", url)
    assert "still-failing: --retake a: " in told.stdout
    assert "failed" not in lock_of(origin)
    assert origin.log()[0].startswith("models(dev): forget that a 2 failed\n")
    commits = len(origin.log())
    sync(project)
    assert (len(origin.log()), project.held()) == (commits, [])


def test_what_was_changed_since_is_not_undone(project, origin):
    """Whoever moved a label after that came meant something by it."""
    project.environment(
        policy=[{"match": "*", "versions": {"latest": 1}, "labels": {"live": "latest"}}],
        delivery={"onFailure": "commit"},
        serving={"agent": True},
    )
    sync(project)
    with failing(origin, 2) as url:
        sync(project, "--agent", url)
        [held] = _held(project, url)
    assert served(origin) == [2]
    assert "it was changed since that version came" in held["problems"][0]


def test_a_way_back_may_go_out_by_a_pull_request_beside_commits(fleet):
    """What is new goes out by commits meanwhile; a status tells, where it names the version."""
    bad = "failure" if fleet.delivery["forge"]["type"] == "github" else "failed"
    keys = {"mode": "commit", "onFailure": "pull-request", "verified": {"context": "flux/*"}}
    fleet.project.environment(policy=RULES, delivery=fleet.delivery | keys, serving={"agent": True})
    fleet.sync()
    fleet.project.publish("a", 2)
    fleet.sync()
    tip = fleet.forge.tip("main")
    fleet.forge.post(tip, "flux/dev", bad, "failed-in-pods: dev {a 2 (x)}")
    fleet.project.publish("b", 1)
    fleet.sync()
    assert served(fleet.origin) == [2]
    assert "b" in lock_of(fleet.origin)["models"]
    fleet.forge.post(fleet.forge.tip("main"), "flux/dev", bad, "failed-in-pods: dev {a 2 (x)}")
    fleet.sync()
    assert served(fleet.origin) == [2]
    assert served(fleet.origin, BRANCH) == [1]
    [pull] = fleet.pulls
    assert "b" in lock_of(fleet.origin, BRANCH)["models"]
    _is_told_everywhere(fleet, pull)
    fleet.sync()
    assert len(fleet.pulls) == 1
    fleet.forge.merge(pull.number)
    assert "once its way back is merged" in fleet.sync().stdout
    assert served(fleet.origin) == [1]


def _is_told_everywhere(fleet, pull):
    """See that who never heard of it learns what failed, where, and what a merge does."""
    failed = {"model": "a", "version": 2, "pods": ["x"], "error": ""}
    goes = "a goes from 2, which failed, to 1: pod x tells that it fails"
    assert pull.title == "models(dev): a back 2→1"
    assert f"- {goes}\n" in pull.body
    assert "makes it when it is merged" in pull.body
    assert "tfs-gitops sync dev --retake a" in pull.body
    assert "tfs-gitops rollback" not in pull.body
    plan = json.loads(fleet.project.run("plan", "dev", "--format", "json").stdout)
    schema("plan").validate(plan)
    assert plan["waysBack"] == [{"model": "a", "by": "pull-request", "failed": [failed]}]
    status = json.loads(fleet.project.run("status", "dev", "--format", "json").stdout)
    schema("status").validate(status)
    assert (status["proposal"]["pullRequest"], status["proposal"]["leaves"]) == (1, [failed])
    text = fleet.project.run("status").stdout
    assert f"dev: once #1 is merged, {goes}\n" in text
    assert "1 model, back by pull request" in text


def test_a_failure_from_before_a_persons_patch_takes_nothing_back(fleet):
    """More memory for the pods, by hand: what was told of them before is no word on that."""
    is_github = fleet.delivery["forge"]["type"] == "github"
    keys = {"mode": "commit", "onFailure": "commit", "verified": {"context": "flux/*"}}
    delivery = fleet.delivery | keys
    fleet.project.environment(policy=RULES, delivery=delivery, serving={"agent": True})
    fleet.sync()
    fleet.project.publish("a", 2)
    fleet.sync()
    said = "failure" if is_github else "failed", "failed-in-pods: dev {a 2 (x)}"
    fleet.forge.post(fleet.forge.tip("main"), "flux/dev", *said)
    patch = "tf-serving/overlays/dev/kustomization.yaml"
    text = fleet.origin.files("main")[patch] + b"# limits: memory: 16Gi\n"
    fleet.origin.commit({patch: text}, "More memory")
    fleet.sync()
    assert served(fleet.origin) == [2]
    fleet.forge.post(fleet.forge.tip("main"), "flux/dev", *said)
    fleet.sync()
    assert served(fleet.origin) == [1]


def test_a_way_back_in_steps_goes_all_the_way(fleet):
    """Where no agent steps in the pods: no sync takes the first step for a change by a person."""
    is_github = fleet.delivery["forge"]["type"] == "github"
    keys = {"mode": "commit", "onFailure": "commit", "verified": {"context": "flux/*"}}
    fleet.project.environment(policy=RULES, delivery=fleet.delivery | keys)
    fleet.sync()
    fleet.project.publish("a", 2)
    states = []

    def sync(state, words=""):
        fleet.forge.post(fleet.forge.tip("main"), "flux/dev", state, words)
        fleet.sync()
        states.append(served(fleet.origin))

    for _ in range(3):
        sync("success")
    sync("failure" if is_github else "failed", "failed-in-pods: dev {a 2 (x)}")
    for _ in range(3):
        sync("success")
    assert states == [[1, 2], [1, 2], [2], [1, 2], [1, 2], [1], [1]]


def test_a_way_back_that_waits_for_its_next_step_holds_up_no_other_model(fleet):
    """It goes out by commits beside pull requests; while it waits, what is new is proposed."""
    is_github = fleet.delivery["forge"]["type"] == "github"
    keys = {"onFailure": "commit", "verified": {"context": "flux/*"}}

    def sync(mode, state="", words=""):
        delivery = fleet.delivery | keys | {"mode": mode}
        fleet.project.environment(policy=RULES, delivery=delivery)
        if state:
            fleet.forge.post(fleet.forge.tip("main"), "flux/dev", state, words)
        fleet.sync()

    sync("commit")
    fleet.project.publish("a", 2)
    sync("commit", "success")
    sync("commit", "success")
    sync("pull-request", "failure" if is_github else "failed", "failed-in-pods: dev {a 2 (x)}")
    assert lock_of(fleet.origin)["models"]["a"]["labels"] == {"stable": 1}
    fleet.project.publish("b", 1)
    sync("pull-request")
    assert served(fleet.origin) == [1, 2]
    assert "b" in lock_of(fleet.origin, BRANCH)["models"]


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(12))
def test_histories_of_failures_bring_no_version_twice_and_converge(seed, tmp_path, origin):
    """Random uploads, failures, silences and reverts: a version that failed is served no more."""
    draw = random.Random(seed)
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    write(project, "commit")
    project.publish("a", 1)
    sync(project)
    number, bad = 1, set()
    for _ in range(14):
        what = draw.choice(["upload", "fail", "fail", "sync", "silence"])
        if what == "upload":
            number += 1
            project.publish("a", number)
            sync(project)
        now = served(origin)
        if what == "fail" and now == [number] and number > 1:  # what came by no way back
            with failing(origin, *now) as url:
                sync(project, "--agent", url)
            bad |= {*now}
        elif what == "silence":
            sync(project, "--agent", "http://127.0.0.1:9")
        sync(project)
        assert not {*served(origin)} & bad
        commits = len(origin.log())
        sync(project)
        assert len(origin.log()) == commits
    assert served(origin) == [max({*range(1, number + 1)} - bad)]
