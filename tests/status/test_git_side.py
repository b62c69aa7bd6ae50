"""`tfs-gitops status` without servers: the branch, the store and the forge of environments."""

import json
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.kit.project import ProjectFolder
from tests.kit.schemas import schema


@pytest.fixture
def project(tmp_path, origin):
    """Return a project where dev serves a 1 and then 2, and prod waits for an age."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment(
        "dev", [{"match": "*", "versions": {"latest": 1}, "labels": {"s": "latest"}}]
    )
    waits = [{"match": "*", "versions": {"latest": 1, "from": "dev", "minAge": "2d"}}]
    project.environment("prod", waits, serving={"replicas": 3})
    project.publish("a", 1)
    assert project.run("sync").exit_code == 0
    project.publish("a", 2)
    return project


def told(project, *words, code=0):
    """Return the JSON of a status by environment, after its schema has accepted it."""
    result = project.run("status", *words, "--format", "json")
    assert result.exit_code == code, result.output
    found = json.loads(result.stdout)
    schema("status").validate(found)
    return {one["environment"]: one for one in ([found] if isinstance(found, dict) else found)}


def test_git_tells_what_is_served_and_the_store_what_comes(project):
    """Versions and labels with their age, the step that waits, and what is held and why."""
    assert project.run("sync", "dev").exit_code == 0
    found = told(project)

    [model] = found["dev"]["models"]
    assert (model["versions"], model["labels"]) == ([1, 2], {"s": 1})
    assert model["since"] == found["dev"]["commit"]["at"] == found["dev"]["merged"]
    [step] = found["dev"]["deferred"]
    assert (step["versions"], step["labels"]) == ([2], {"s": 2})
    assert step["due"] > model["since"]
    assert found["dev"]["commit"]["subject"] == "models(dev): a +2"
    assert (found["dev"]["image"], found["dev"]["replicas"]) == (
        "tensorflow/serving:2.19.1",
        {"min": 2, "max": 2},
    )
    assert (found["prod"]["models"], found["prod"]["generation"]) == ([], 0)
    assert {hold["code"] for hold in found["prod"]["held"]} == {"waiting"}
    assert [one["agrees"] for one in found.values()] == [None, None]


@pytest.mark.parametrize("word", ["dve", "1"])
def test_a_watch_of_no_environment_ends_at_once(project, word):
    """Looking again does not make one; `1` is no duration, so it is taken for a name."""
    result = project.run("status", "--watch", word)

    assert result.exit_code == 3
    assert f"no environment '{word}'" in result.stderr


def test_what_the_next_sync_would_do_is_what_plan_says(project):
    """Models and settings; a status is no second opinion."""
    project.environment("dev", serving={"replicas": 5})
    planned = json.loads(project.run("plan", "dev", "--format", "json").stdout)
    text = project.run("status", "dev").stdout

    settings = f", {len(planned['settings'])} setting" if planned["settings"] else ""
    assert len(planned["changes"]) == 1
    assert f"  1 model{settings}\n" in text
    assert told(project)["dev"]["changes"][0]["versions"] == {"from": [1], "to": [1, 2]}


def test_the_next_sync_goes_through_all_that_are_named_as_a_sync_does(project):
    """What dev gets in it is there for staging, which comes after."""
    project.environment("staging", [{"match": "*", "versions": {"pin": [2], "from": "dev"}}])
    changes = {name: one["changes"] for name, one in told(project).items()}

    assert [change["model"] for change in changes["staging"]] == ["a"]
    assert told(project, "staging")["staging"]["changes"] == []


def test_image_and_pods_are_those_that_are_committed(project):
    """Not those of a policy that no sync has seen, nor of an environment that has no commit."""
    project.environment("dev", serving={"image": "tensorflow/serving:2.20.0", "replicas": 9})
    found = told(project, "--no-store")

    assert found["dev"]["image"] == "tensorflow/serving:2.19.1"
    assert found["dev"]["replicas"] == {"min": 2, "max": 2}
    assert found["prod"]["image"] is None


def test_a_store_that_does_not_answer_is_told_and_git_is_all_the_same(project):
    """Unknown is not nothing: what is held is null, with the reason, and no error."""
    shutil.move(project.store, project.root / "gone")
    found = told(project)

    assert found["dev"]["models"][0]["versions"] == [1]
    assert (found["dev"]["held"], found["dev"]["changes"]) == (None, None)
    [problem] = found["dev"]["problems"]
    assert problem.startswith("held and the next sync: unknown: file:///")
    text = project.run("status").stdout
    assert f"dev, prod: {problem}" in text
    assert "HELD" not in text


def test_without_the_store_nothing_is_said_of_it(project):
    """`--no-store` is no problem that anybody has to mend."""
    found = told(project, "--no-store")

    assert (found["dev"]["held"], found["dev"]["problems"]) == (None, [])
    assert "HELD" not in project.run("status", "--no-store").stdout


def test_environments_come_after_those_that_they_take_versions_from(project):
    """The columns read as the way of a version, whatever the names are."""
    project.environment("zeta")
    project.environment("alpha", [{"match": "*", "versions": {"latest": 1, "from": "zeta"}}])
    head = project.run("status").stdout.splitlines()[0]

    assert head.split()[1:-1:2] == ["DEV", "PROD", "ZETA", "ALPHA"]


def test_a_branch_that_environments_share_is_fetched_once(tmp_path, git_server):
    """Also for the gates and the store: two cost no more requests than one."""
    project = ProjectFolder.create(tmp_path / "project", git_server.url)
    for name in ("dev", "prod"):
        project.environment(name)
    project.publish("a", 1)
    assert project.run("sync").exit_code == 0

    def requests(*words):
        git_server.requests.clear()
        assert project.run("status", *words).exit_code == 0
        return len(git_server.requests)

    assert requests("dev", "prod") == requests("dev")


def test_one_that_cannot_be_read_stops_no_other(project):
    """It has its entry and its exit code, and question marks for a person."""
    project.environment("bad", delivery={"repository": "gone.git"})
    result = project.run("status")
    found = told(project, code=5)

    assert result.exit_code == 5
    assert "error: bad: " in result.stderr
    assert found["bad"]["error"]["exitCode"] == 5
    assert found["dev"]["models"][0]["versions"] == [1]
    assert "bad          ?        ?" in result.stdout


def test_of_a_single_one_that_fails_nothing_is_printed(project):
    """As other commands do."""
    for words in (("status", "nope"), ("status", "nope", "--format", "json")):
        result = project.run(*words)
        assert (result.exit_code, result.stdout) == (3, "")
        assert "no environment 'nope'" in result.stderr


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--agent", "http://a:1", "dev"), "--agent needs --server"),
        (("dev", "--wait", "9s"), "--wait needs --kube or --server"),
        (("dev", "--quiet"), "--quiet needs --kube or --server"),
        (("--context", "x"), "--context needs --kube"),
        (("--server", "http://a:1"), "--server is for one ENV"),
        (("dev", "prod", "--server", "http://a:1"), "--server is for one ENV"),
        (("dev", "--server", "http://a:1", "--kube"), "exclude each other"),
        (("dev", "--watch=often"), "such as 90s"),
        (("dev", "--server", "http://a:1", "--watch", "9s", "--wait", "9s"), "exclude each other"),
    ],
)
def test_options_that_do_not_go_together_are_usage(project, words, problem):
    """Exit 2 says what goes with what."""
    result = project.run("status", *words)

    assert result.exit_code == 2
    assert problem in result.stderr


def watching(project, *words):
    """Start `status --watch` in a process."""
    command = [sys.executable, "-m", "generator", "-C", str(project.root), "status", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("words", [("--watch", "0.2s", "dev"), ("dev", "--watch=0.2s")])
def test_a_watch_prints_each_state_once_until_it_is_interrupted(project, words):
    """One line of JSON for each change; that time passes is no change."""
    with watching(project, *words, "--format", "json") as process:
        first = json.loads(process.stdout.readline())
        time.sleep(1.5)
        assert project.run("sync", "dev").exit_code == 0
        second = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        code = process.wait(20)

    assert first["models"][0]["versions"] == [1]
    assert second["models"][0]["versions"] == [1, 2]
    assert second["commit"]["subject"] == "models(dev): a +2"
    assert (rest, code) == ("", 0)


def test_a_watch_tells_no_news_where_an_age_begins_with_the_next_sync(project):
    """Without a sync it would begin anew in each moment."""
    with watching(project, "--watch", "0.2s") as process:
        process.stdout.readline()
        row = process.stdout.readline()
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        process.wait(20)

    assert "(2 in 1d)" in row
    assert rest.count("ENVIRONMENT") == 1


def test_a_watch_needs_no_interval_before_an_environment(project):
    """`--watch dev` watches dev."""
    with watching(project, "--no-store", "--watch", "dev") as process:
        guard = threading.Timer(20, process.kill)
        guard.start()
        assert process.stdout.readline().split() == ["MODEL", "VERSIONS", "LABELS", "AGE", "NEXT"]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        guard.cancel()


def test_a_watch_ends_when_nobody_reads_it_any_more(project):
    """`status --watch | head -1`: also where nothing is new, so that nothing is written."""
    with watching(project, "--no-store", "--watch", "1h") as process:
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(20) == 141


def test_a_watch_goes_on_over_an_error(project):
    """A store or a repository that is away for a while ends nothing."""
    repository = project.repository
    with watching(project, "--watch", "0.2s", "--format", "json") as process:
        process.stdout.readline()
        shutil.move(repository, f"{repository}.away")
        away = json.loads(process.stdout.readline())
        shutil.move(f"{repository}.away", repository)
        back = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        process.wait(20)

    assert [one["error"]["exitCode"] for one in away] == [5, 5]
    assert back[0]["models"][0]["versions"] == [1]


@pytest.mark.parametrize("text", ["kind: [", "who: nobody"])
def test_a_broken_freeze_hides_nothing_from_who_looks(project, text):
    """Whoever is on call has to see what is served; only a sync cannot go on without knowing."""
    (project.root / "freeze.yaml").write_text(text)
    result = project.run("status")

    assert result.exit_code == 0
    assert result.stdout.startswith("MODEL")
    assert "freeze.yaml" in result.stderr
    assert "no sync goes out until that is mended" in result.stderr
    assert project.run("sync", "dev").exit_code == 3
