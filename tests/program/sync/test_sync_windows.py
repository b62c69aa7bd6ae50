"""Syncs outside of `delivery.windows`, and under a freeze: what waits, and what never does."""

import json
import subprocess

import pytest

from generator.cli.project import Project
from generator.limits.text import OVERRIDE_CHARACTERS
from tests.kit.project import ProjectFolder
from tests.kit.schemas import schema
from tests.kit.synced import GENERATED, LOCK, served

SHUT = [{"cron": "0 0 29 2 *", "duration": "1m"}]
"""Opens once in four years."""
OPEN = [{"cron": "* * * * *", "duration": "2m"}]
DEFERRED = "(window 0 0 29 2 * for 1m, UTC)"


@pytest.fixture
def project(tmp_path, origin):
    """Return a project whose window is shut, and which serves version 1 of a and of b."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    write(project)
    for model in "ab":
        project.publish(model, 1)
    assert project.run("sync").exit_code == 0
    assert served(origin) == [1]  # a first sync waits for no window: no pod runs
    return project


def write(project, *policy, windows=SHUT, settle="0s", **sections):
    """Write the environment."""
    rules = [{"match": "*", "versions": {"latest": 1}}, *policy]
    delivery = {"windows": windows, "settle": settle}
    project.environment(policy=rules, delivery=delivery, **sections)


def settled(project):
    """Sync until there is nothing left to do."""
    while "nothing to commit" not in project.run("sync").stdout:
        pass


def served_since(project, origin, version):
    """Let *version* of a be served, in a window that is open; shut it again."""
    write(project, windows=OPEN)
    project.publish("a", version)
    settled(project)
    assert served(origin) == [version]
    write(project)


def message(origin):
    """Return the message of the newest commit."""
    return str(origin.repo.revparse_single("main").message)


def test_a_change_waits_for_the_window_and_goes_out_in_it(project, origin):
    """Nothing of it is committed before; every output says until when, in the same words."""
    project.publish("a", 2)
    before = origin.log()

    for words in (["sync"], ["plan", "dev"], ["explain", "dev", "a"], ["status"]):
        done = project.run(*words)
        assert done.exit_code == 0
        assert f"deferred until 2028-02-29T00:00:00Z {DEFERRED}" in done.stdout, words
    assert origin.log() == before
    assert project.run("plan", "--exit-code").exit_code == 10

    write(project, windows=OPEN)
    settled(project)
    assert served(origin) == [2]


def test_the_json_of_plan_sync_and_status_has_what_waits(project):
    """For machines: the model with its time, and whether anything was done."""
    project.publish("a", 2)
    write(project, serving={"image": "tensorflow/serving:2.19.0"})

    for command, name in (("plan", "plan"), ("sync", "sync"), ("status", "status")):
        found = json.loads(project.run(command, "dev", "--format", "json").stdout)
        schema(name).validate(found)
        plan = found["plan"] if command == "sync" else found
        assert plan["closure"]["stops"]
        assert plan["closure"]["settings"] == ["serving.image"]
        [item] = plan["deferred"]
        assert (item["model"], item["versions"]) == ("a", [2])
        assert item["due"] == plan["closure"]["until"] == "2028-02-29T00:00:00Z"
        if command == "sync":
            assert found["result"] == "deferred"


def test_settings_and_rendered_files_wait_too(project, origin):
    """A new image restarts every pod: no hour is worse for that than the night."""
    before = origin.files()
    write(project, serving={"image": "tensorflow/serving:2.19.0"})

    done = project.run("sync")

    assert "… serving.image 2.19.1 -> 2.19.0" in done.stdout
    assert origin.files() == before
    markdown = project.run("plan", "dev", "--format", "markdown").stdout
    assert "| serving.image | 2.19.1 | 2.19.0 |" in markdown


def test_a_way_back_goes_out_at_once_and_takes_nothing_with_it(project, origin):
    """What a person rolls back at night is not held up; the new image beside it waits."""
    served_since(project, origin, 2)
    project.publish("b", 2)
    back = {"match": "a", "versions": {"pin": [1]}}
    write(project, back, serving={"image": "tensorflow/serving:2.19.0"})
    deployment = origin.files()[f"{GENERATED}/deployment.yaml"]

    for _ in range(3):  # also its later steps
        told = project.run("sync")
    assert "1 model, 2 settings deferred until" in told.stdout
    assert served(origin) == [1]
    assert served(origin, "b") == [1]
    assert origin.files()[f"{GENERATED}/deployment.yaml"] == deployment
    assert "deferred" not in json.loads(origin.files()[LOCK])["models"]["a"]
    assert "the way back to what was served before" in message(origin)

    write(project, back, windows=OPEN, serving={"image": "tensorflow/serving:2.19.0"})
    settled(project)
    assert served(origin, "b") == [2]
    assert b"2.19.0" in origin.files()[f"{GENERATED}/deployment.yaml"]


def test_rollback_says_that_a_window_lets_it_pass_and_a_freeze_does_not(project, origin):
    """And how to pass that."""
    served_since(project, origin, 2)
    passes = project.run("rollback", "dev", "a", "--write")
    assert "with the next sync" in passes.stdout or "one with each sync" in passes.stdout
    assert "the way back" in passes.stdout

    project.freeze("d*")
    frozen = project.run("rollback", "dev", "a", "--write")
    assert "frozen by ann: audit" in frozen.stderr
    assert "`tfs-gitops sync dev --override REASON`" in frozen.stderr
    assert project.run("sync").exit_code == 0
    assert served(origin) == [2]


def test_an_override_goes_through_a_freeze_and_says_why_in_its_commit(project, origin):
    """Git itself reads the trailer."""
    served_since(project, origin, 2)
    project.freeze("d*")
    write(project, {"match": "a", "versions": {"pin": [1]}})

    plan = project.run("plan", "dev", "--override", "memory  leak\nin 2")
    assert "let through: memory leak in 2 (else deferred until " in plan.stdout
    assert project.run("sync", "--override", "memory leak, see #7").exit_code == 0

    assert served(origin) != [2]
    trailers = subprocess.run(
        ["git", "interpret-trailers", "--parse"],
        input=message(origin),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Tfs-Override: memory leak, see #\u200b7" in trailers.splitlines()


def test_an_override_of_nothing_is_told(project):
    """Its reason would be nowhere."""
    write(project, windows=OPEN)

    assert "nothing-overridden" in project.run("sync", "--override", "just because").stdout


@pytest.mark.parametrize("reason", ["", "  ", "---", "x" * (OVERRIDE_CHARACTERS + 1)])
def test_an_override_has_a_reason_of_one_line(project, reason):
    """Whoever reads the log wants one."""
    assert project.run("sync", "--override", reason).exit_code == 2
    assert project.run("plan", "--override", "x" * OVERRIDE_CHARACTERS).exit_code == 0


def test_what_the_store_has_lost_goes_in_any_hour(project, origin):
    """Pods that start now could not load it."""
    write(project, {"match": "*", "versions": {"latest": 2}}, windows=OPEN)
    project.publish("a", 2)
    settled(project)
    assert served(origin) == [1, 2]
    write(project, {"match": "*", "versions": {"latest": 2}})
    [index] = [
        it for it in project.store.glob("index-*.csv") if "a/2/saved_model.pb" in it.read_text()
    ]
    rows = [row for row in index.read_text().splitlines() if "/2/" not in row]
    index.unlink()
    (project.store / "index-again.csv").write_text("".join(f"{row}\n" for row in rows))

    project.run("sync")

    assert served(origin) == [1]
    assert "the store has lost what goes" in message(origin)


def test_steps_stop_where_the_window_ends_and_go_on_in_the_next(project, origin):
    """Both versions are loaded then, and no label has moved: servers live with that."""
    write(project, windows=OPEN)
    project.publish("a", 2)
    project.run("sync")
    assert served(origin) == [1, 2]
    assert json.loads(origin.files()[LOCK])["models"]["a"]["deferred"]
    write(project)
    before = origin.log()

    done = project.run("sync")

    assert "a: versions 2" in done.stdout
    assert DEFERRED in done.stdout
    assert origin.log() == before
    write(project, windows=OPEN)
    settled(project)
    assert served(origin) == [2]


@pytest.mark.parametrize("words", [["sync"], ["plan", "dev"], ["explain", "dev", "a"], ["status"]])
def test_a_later_step_is_told_for_when_it_may_go_out(project, words):
    """Its own time comes within a freeze: each output says until when, and none `in 9m`."""
    write(project, windows=OPEN, settle="10m")
    project.publish("a", 2)
    assert "committed" in project.run("sync").stdout
    project.freeze("d*")

    told = project.run(*words).stdout

    assert "deferred until 2999-01-01T00:00:00Z" in told
    assert "in 9m" not in told


def test_a_step_after_an_override_is_told_for_the_end_of_the_freeze(project, origin):
    """The reason of one sync lets nothing of the next one through."""
    write(project, windows=OPEN, settle="10m")
    project.publish("a", 2)
    project.freeze("d*")

    done = project.run("sync", "--override", "a leak")

    assert served(origin) == [1, 2]
    assert "1 later (due 2999-01-01 00:00 UTC" in done.stdout
    assert "frozen by ann: audit" in message(origin)


def test_a_sync_that_waits_leaves_a_receipt_until_the_window_opens(project, monkeypatch):
    """The next one says the same, and reads no store; a freeze that comes is seen."""
    project.publish("a", 2)
    first = project.run("sync")
    opened = []
    plain = Project.branch
    monkeypatch.setattr(
        Project, "branch", lambda it, env: opened.append(env.name) or plain(it, env)
    )

    second = project.run("sync")
    assert (second.stdout, second.exit_code, opened) == (first.stdout, first.exit_code, [])
    write(project, windows=OPEN)
    assert "committed" in project.run("sync").stdout
    assert opened


def test_a_freeze_ends_a_receipt(project):
    """It is no part of environments/, and says more than any of them."""
    project.publish("a", 2)
    project.run("sync")
    project.freeze("d*")

    assert "frozen by ann: audit (freeze.yaml:5)" in project.run("sync").stdout


def test_a_frozen_environment_is_not_synced_for_the_first_time(tmp_path, origin):
    """A window lets that pass: nothing runs there yet."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    write(project)
    project.publish("a", 1)
    project.freeze("d*")

    assert "deferred until 2999-01-01T00:00:00Z" not in project.run("check").stdout
    assert "nothing was committed: deferred until" in project.run("sync").stdout
    assert LOCK not in origin.files()


def test_a_window_that_never_opens_is_an_error_of_the_file(project):
    """It would defer for ever."""
    write(project, windows=[{"cron": "0 9 30 2 *", "duration": "8h", "timezone": "Berlin"}])

    done = project.run("check")

    assert done.exit_code == 3
    assert "delivery.windows.0.cron: '0 9 30 2 *'" in done.stderr
    assert "delivery.windows.0.timezone: 'Berlin': no time zone" in done.stderr
