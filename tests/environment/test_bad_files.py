"""Policies, locks and branches as people leave them: a clear message, and nothing unsafe."""

import json
from datetime import UTC, datetime, timedelta

import pygit2
import pytest

from generator.cli.project import Project
from tests.kit.project import ProjectFolder

GENERATED = "tf-serving/overlays/dev/generated"
LOCK = f"{GENERATED}/models.lock.json"
SETTLE = timedelta(minutes=10)
FOLLOWING = [{"match": "*", "versions": {"latest": 1}, "labels": {"stable": "latest"}}]


@pytest.fixture
def project(tmp_path, origin):
    """Return a project that delivers to the origin, with the environment dev."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    return project


@pytest.fixture
def serving(project, origin):
    """Return a project where dev serves versions 1 of a and b."""
    project.publish("a", 1)
    project.publish("b", 1)
    assert project.run("sync").exit_code == 0
    assert served(origin) == [1]
    return project


def lock(origin, name="dev"):
    """Return the lock of an environment."""
    return json.loads(origin.files()[LOCK.replace("dev", name)])


def served(origin, model="a"):
    """Return the version numbers that Git says are served."""
    return [line["version"] for line in lock(origin)["models"][model]["versions"]]


def labels(origin, model="a"):
    """Return the labels that Git says are served."""
    return lock(origin)["models"][model]["labels"]


def tip(origin, branch="main"):
    """Return the newest commit of a branch."""
    return origin.repo.references[f"refs/heads/{branch}"].peel(pygit2.Commit)


def move(origin, commit, branch="main"):
    """Force a branch to a commit."""
    origin.repo.references.create(f"refs/heads/{branch}", commit, force=True)


def committed_at(origin, moment, parents, tree):
    """Write a commit of a person's, with the time that their clock shows; return its id."""
    who = pygit2.Signature("Person", "person@example.com", int(moment.timestamp()), 0)
    return origin.repo.create_commit(None, who, who, "a person's commit", tree, parents)


def restamp(origin, moment):
    """Let the newest commit of main have been made at another time."""
    newest = tip(origin)
    move(origin, committed_at(origin, moment, list(newest.parent_ids), newest.tree_id))


def now():
    """Return the time, to the second, as Git keeps it."""
    return datetime.now(UTC).replace(microsecond=0)


def set_clock(monkeypatch, moment):
    """Let syncs read this time."""
    monkeypatch.setattr(Project, "now", lambda _: moment)


def line_of(project, text, name="dev", *, last=False):
    """Return the first line of an environment's file that has *text*, or the last one."""
    lines = (project.root / f"environments/{name}.yaml").read_text().splitlines()
    found = [number for number, line in enumerate(lines, 1) if text in line]
    return found[-1 if last else 0]


def held(project, name="dev"):
    """Return what a plan holds: model, version and the problems."""
    plan = json.loads(project.run("plan", name, "--format", "json").stdout)
    return [(item["model"], item["version"], item["problems"]) for item in plan["held"]]


def follow(project, name, source):
    """Write an environment that takes its versions from another one."""
    project.environment(name, policy=[{"match": "*", "versions": {"latest": 1, "from": source}}])


def test_a_pin_that_was_never_published_waits_and_what_is_served_stays(serving, origin):
    """It is told with the number and the rule, and in `--strict` by the exit code."""
    serving.environment(policy=[{"match": "*", "versions": {"pin": [7]}}])
    rule = f"environments/dev.yaml:{line_of(serving, 'match')}"

    result = serving.run("sync", "--strict")

    assert result.exit_code == 7
    problem = f"pinned, but no index proves version 7 ({rule})"
    assert held(serving) == [("a", 7, [problem]), ("b", 7, [problem])]
    assert "-> publish the version, or change the rule" in result.stdout
    assert "nothing to commit" in result.stdout
    assert "degraded" not in result.stdout
    assert served(origin) == [1]


@pytest.mark.parametrize(
    ("target", "latest", "says"),
    [(7, 1, "wants version 7"), ("previous", 2, "wants version previous")],
)
def test_a_label_on_a_version_that_is_not_chosen_waits_alone(serving, origin, target, latest, says):
    """The labels of that model stay as they are; its versions and other models go on."""
    rules = [{"match": "*", "versions": {"latest": 1}}, {"match": "a", "labels": {"stable": 1}}]
    serving.environment(policy=rules)
    serving.run("sync")
    rules[1] = {"match": "a", "versions": {"latest": latest}, "labels": {"stable": target}}
    serving.environment(policy=rules)
    serving.publish("b", 2)
    rule = f"environments/dev.yaml:{line_of(serving, 'match: a')}"

    result = serving.run("sync")

    assert result.exit_code == 0
    [(model, version, [problem])] = held(serving)
    assert (model, version) == ("a", None)
    assert problem == f"label 'stable' {says}; chosen versions: 1 ({rule})"
    assert (served(origin), labels(origin)) == ([1], {"stable": 1})
    assert served(origin, "b") == [1, 2]


CONTRADICTIONS = [
    pytest.param(
        [{"match": "a", "versions": {"pin": [1]}, "labels": {"stable": 2}}],
        "labels",
        "label 'stable' wants version 2, which `pin` leaves out",
        id="label-outside-pin",
    ),
    pytest.param(
        [{"match": "a", "versions": {"latest": 1}, "labels": {"old": "previous"}}],
        "labels",
        "label 'old' wants the previous version, but one alone is chosen",
        id="previous-of-one",
    ),
    pytest.param(
        [{"match": "a", "exclude": True, "versions": {"latest": 1}}],
        "exclude",
        "'a' is excluded, so `versions` and `labels` can never hold",
        id="excluded-and-wanted",
    ),
    pytest.param(
        [{"match": "a", "versions": {"latest": 1, "pin": [1]}}],
        "versions",
        "Exactly one of latest, pin and all",
        id="two-choices",
    ),
    pytest.param(
        [{"match": "a", "versions": {"pin": [1]}}, {"match": "a", "labels": {"stable": 2}}],
        "labels",
        "label 'stable' wants version 2",
        id="label-outside-the-pin-of-another-rule",
    ),
    pytest.param(
        [{"match": "a", "name": "x"}, {"match": "b", "name": "x"}],
        "name",
        "'x'",
        id="one-name-for-two-models",
    ),
]


@pytest.mark.parametrize(("rules", "key", "says"), CONTRADICTIONS)
@pytest.mark.parametrize("command", ["check", "plan", "sync"])
def test_rules_that_can_never_hold_together_are_refused(serving, origin, rules, key, says, command):
    """At the line of the key, by `check` and before anything is changed."""
    before = len(origin.log())
    serving.environment(policy=rules)

    result = serving.run(command, "dev")

    assert result.exit_code == 3
    place = f"environments/dev.yaml:{line_of(serving, f'{key}:', last=True)}:"
    assert place in result.stderr
    assert says in result.stderr
    assert "hint: mend the file" in result.stderr
    assert len(origin.log()) == before


def test_a_promotion_chain_with_a_cycle_is_refused_and_other_environments_go_on(project, origin):
    """The whole circle is told, and a circle of one is one too."""
    follow(project, "one", "two")
    follow(project, "two", "one")
    follow(project, "self", "self")
    follow(project, "outside", "one")
    project.publish("a", 1)

    check, result = project.run("check"), project.run("sync")

    line = line_of(project, "from:", "two")
    for told in (check, result):
        assert told.exit_code == 3
        circle = "`from` runs in a circle: "
        assert f"environments/two.yaml:{line}:7: {circle}one -> two -> one\n" in told.stderr
        assert f"environments/one.yaml:{line}:7: {circle}two -> one -> two\n" in told.stderr
        assert (
            f"environments/two.yaml:{line}:7: {circle}outside -> one -> two -> one\n" in told.stderr
        )
        assert f"environments/self.yaml:{line}:7: {circle}self -> self\n" in told.stderr
    assert "environments/dev.yaml: ok" in check.stdout
    assert [one.splitlines()[0] for one in origin.log()] == ["models(dev): a +1", "start"]


def test_from_an_environment_without_a_file_is_refused_with_those_that_there_are(project, origin):
    """A misspelt name is no environment that serves nothing."""
    follow(project, "prod", "stagin")
    project.publish("a", 1)

    result = project.run("sync", "prod")

    assert result.exit_code == 3
    place = f"environments/prod.yaml:{line_of(project, 'from:', 'prod')}:7"
    assert f"{place}: no environment 'stagin'; environments here: dev, prod" in result.stderr
    assert len(origin.log()) == 1


def test_from_an_environment_that_was_never_synced_takes_nothing_yet(project, origin):
    """Every version waits, with the environment that it waits for; then it is taken."""
    follow(project, "prod", "dev")
    project.publish("a", 1)
    rule = f"environments/prod.yaml:{line_of(project, 'match', 'prod')}"

    result = project.run("sync", "prod", "--strict")

    assert result.exit_code == 7
    assert held(project, "prod") == [("a", 1, [f"dev was never synced: sync it first ({rule})"])]
    assert len(origin.log()) == 1
    project.run("sync", "dev")
    assert "+ a: versions none -> 1" in project.run("sync", "prod").stdout


def test_a_lock_that_a_newer_release_wrote_is_refused(serving, origin):
    """Exit 3 with what was found; whoever takes versions from it waits too, others go on."""
    newer = json.dumps(lock(origin) | {"apiVersion": "tfs-gitops/v2"}).encode()
    origin.commit({LOCK: newer}, "by a newer release")
    follow(serving, "prod", "dev")
    serving.environment("test")

    result = serving.run("sync")

    assert result.exit_code == 3
    for name in ("dev", "prod"):
        assert f"error: {name}: main:{LOCK}: apiVersion and kind are" in result.stderr
    assert "'tfs-gitops/v2'" in result.stderr
    assert "hint: sync with the release of tfs-gitops that wrote this lock" in result.stderr
    assert origin.files()[LOCK] == newer
    assert origin.log()[0].startswith("models(test): ")
    assert origin.log()[1] == "by a newer release"


def without_a_version(data):
    """Take version 2 of a out."""
    data["models"]["a"]["versions"].pop()


def without_a_model(data):
    """Take b out."""
    del data["models"]["b"]


def without_any_version(data):
    """Leave a model with nothing to serve."""
    data["models"]["a"]["versions"] = []


def with_a_label_on_nothing(data):
    """Label a version that is not served."""
    data["models"]["a"]["labels"] = {"stable": 99}


def with_a_word_for_a_number(data):
    """Write a version as a word."""
    data["models"]["a"]["versions"][0]["version"] = "one"


def with_a_list_of_models(data):
    """Change the shape."""
    data["models"] = []


@pytest.mark.parametrize(
    ("edit", "code", "says"),
    [
        (without_a_version, 6, "model 'a' has version 2"),
        (without_a_model, 6, "model 'b' is not in the lock"),
        (without_any_version, 3, "model 'a' has no versions"),
        (with_a_label_on_nothing, 3, "model 'a': label 'stable' is on 99; versions here: 1, 2"),
        (with_a_word_for_a_number, 3, f"main:{LOCK}: not a lock"),
        (with_a_list_of_models, 3, f"main:{LOCK}: not a lock"),
    ],
)
def test_a_lock_that_a_person_edited_is_refused(serving, origin, edit, code, says):
    """Servers have what models.config says: nothing is committed on top of a guess."""
    serving.environment(policy=[{"match": "*", "versions": {"latest": 2}}])
    serving.publish("a", 2)
    serving.run("sync")
    assert served(origin) == [1, 2]
    data = lock(origin)
    edit(data)
    origin.commit({LOCK: json.dumps(data).encode()}, "an edit")
    serving.publish("b", 2)

    result = serving.run("sync")

    assert result.exit_code == code
    assert says in result.stderr
    assert "hint: " in result.stderr
    assert origin.log()[0] == "an edit"


@pytest.mark.parametrize("junk", [b"\x00\xff", b"", b"<<<<<<< HEAD\n{}\n=======\n"])
def test_a_lock_that_is_garbage_is_refused(serving, origin, junk):
    """A conflict that was committed, a file that was cut off."""
    origin.commit({LOCK: junk}, "an edit")
    serving.publish("a", 2)

    result = serving.run("sync")

    assert result.exit_code == 3
    assert f"main:{LOCK}: not a lock of this program" in result.stderr
    assert "git log" in result.stderr
    assert origin.log()[0] == "an edit"


def test_a_lock_that_was_restored_is_as_good_as_before(serving, origin):
    """Who has done what the message says can go on."""
    good = origin.files()[LOCK]
    for data in (b"garbage", good):
        origin.commit({LOCK: data}, "an edit")
        restamp(origin, now())
    serving.publish("a", 2)

    result = serving.run("sync")

    assert result.exit_code == 0, result.stderr
    assert served(origin) == [1, 2]


def begin_promotion(project, origin):
    """Serve version 1 with a label, then add version 2; return the commit of each."""
    project.environment(policy=FOLLOWING)
    project.publish("a", 1)
    project.run("sync")
    first = tip(origin)
    project.publish("a", 2)
    project.run("sync")
    assert (served(origin), labels(origin)) == ([1, 2], {"stable": 1})
    return first, tip(origin)


def due(project):
    """Return when the step that waits is due."""
    [waiting] = json.loads(project.run("plan", "dev", "--format", "json").stdout)["deferred"]
    return datetime.fromisoformat(waiting["due"])


def test_a_step_waits_from_the_merge_and_not_from_the_commit_that_was_merged(
    project, origin, monkeypatch
):
    """Pods saw the step when it came to the branch, however old the commit on its side is."""
    first, step = begin_promotion(project, origin)
    merged = now() + timedelta(minutes=1)
    old = committed_at(origin, merged - timedelta(days=1), [first.id], step.tree_id)
    merge = committed_at(origin, merged, [first.id, old], step.tree_id)
    move(origin, merge)

    set_clock(monkeypatch, merged)
    assert due(project) == merged + SETTLE
    set_clock(monkeypatch, merged + SETTLE - timedelta(seconds=1))
    assert "nothing to commit" in project.run("sync").stdout
    set_clock(monkeypatch, merged + SETTLE)
    assert "labels stable=1 -> stable=2" in project.run("sync").stdout
    assert tip(origin).parent_ids == [merge]


def test_what_stood_only_on_a_merged_side_is_no_state_of_a_pod(project, origin, monkeypatch):
    """By first parents: a side may have gone back and forth, and nobody saw it."""
    first, step = begin_promotion(project, origin)
    merged = now()
    stale = committed_at(origin, merged + SETTLE, [first.id], first.tree_id)
    move(origin, committed_at(origin, merged, [first.id, stale], step.tree_id))
    set_clock(monkeypatch, merged + SETTLE)

    result = project.run("sync")

    assert "labels stable=1 -> stable=2" in result.stdout


@pytest.mark.parametrize("remote", [False, True], ids=["local", "http"])
def test_after_a_force_push_steps_begin_at_what_the_branch_has_now(
    project, origin, git_server, remote
):
    """The lost commits are made again one by one; none is skipped."""
    delivery = {"settle": "0s"} | ({"repository": git_server.url} if remote else {})
    project.environment(policy=FOLLOWING, delivery=delivery)
    project.publish("a", 1)
    project.run("sync")
    first = tip(origin)
    project.publish("a", 2)
    for _ in range(3):
        project.run("sync")
    assert (served(origin), labels(origin)) == ([2], {"stable": 2})
    move(origin, first.id)

    steps = []
    for _ in range(3):
        assert project.run("sync").exit_code == 0
        steps.append((served(origin), labels(origin)))

    assert steps == [([1, 2], {"stable": 1}), ([1, 2], {"stable": 2}), ([2], {"stable": 2})]
    assert "nothing to commit" in project.run("sync").stdout


def test_after_a_force_push_to_another_history_the_first_sync_is_made_again(serving, origin):
    """Nothing of what was there before is needed."""
    empty = origin.repo.TreeBuilder().write()
    move(origin, committed_at(origin, now(), [], empty))

    result = serving.run("sync")

    assert result.exit_code == 0
    assert "+ a: versions none -> 1" in result.stdout
    assert [one.splitlines()[0] for one in origin.log()] == [
        "models(dev): a +1, b +1",
        "a person's commit",
    ]


def test_a_clock_behind_the_last_commit_makes_no_step_early(project, origin, monkeypatch):
    """The step is due by the time of the commit, and is made when the clock gets there."""
    begin_promotion(project, origin)
    ahead = now() + timedelta(hours=1)
    restamp(origin, ahead)

    assert due(project) == ahead + SETTLE
    assert "nothing to commit" in project.run("sync").stdout
    set_clock(monkeypatch, ahead + SETTLE)
    assert "labels stable=1 -> stable=2" in project.run("sync").stdout


def test_a_step_that_was_committed_by_a_clock_behind_still_settles(project, origin, monkeypatch):
    """A branch never got a commit before it got the parent of it."""
    project.environment(policy=FOLLOWING)
    project.publish("a", 1)
    project.run("sync")
    ahead = now() + timedelta(hours=1)  # our clock is an hour behind the one that made this
    restamp(origin, ahead)
    project.publish("a", 2)
    project.run("sync")
    assert (served(origin), labels(origin)) == ([1, 2], {"stable": 1})
    set_clock(monkeypatch, ahead + timedelta(minutes=1))  # set right, a minute later

    result = project.run("sync")

    assert "nothing to commit" in result.stdout


def test_a_state_on_a_second_parent_is_one_that_pods_may_hold(project, origin, monkeypatch):
    """`git pull` on a stale clone puts our commits there, and pods have seen them."""
    first, step = begin_promotion(project, origin)
    merged = now() + timedelta(minutes=1)
    mine = committed_at(origin, merged, [first.id], first.tree_id)
    move(origin, committed_at(origin, merged, [mine, step.id], step.tree_id))
    set_clock(monkeypatch, merged + SETTLE - timedelta(seconds=1))

    assert "nothing to commit" in project.run("sync").stdout
    set_clock(monkeypatch, merged + SETTLE + timedelta(seconds=1))
    assert "labels stable=1 -> stable=2" in project.run("sync").stdout


def test_an_edit_of_the_config_that_was_undone_is_one_that_pods_may_hold(
    project, origin, monkeypatch
):
    """A pod that has read it has unloaded a version, which no label may move to at once."""
    project.environment(policy=[{"match": "*", "versions": {"pin": [1, 2]}, "labels": {"x": 1}}])
    project.publish("a", 1)
    project.publish("a", 2)
    project.run("sync")
    config = f"{LOCK.rpartition('/')[0]}/models.config"
    whole = origin.files()[config]
    origin.commit({config: whole.replace(b"        versions: 2\n", b"")}, "by hand")
    restamp(origin, now() + timedelta(minutes=20))
    origin.commit({config: whole}, "undone")
    restamp(origin, now() + timedelta(minutes=21))
    set_clock(monkeypatch, now() + timedelta(minutes=22))
    project.environment(policy=[{"match": "*", "versions": {"pin": [1, 2]}, "labels": {"x": 2}}])

    early = project.run("sync")
    set_clock(monkeypatch, now() + timedelta(minutes=40))
    late = project.run("sync")

    assert labels(origin) == {"x": 2}
    assert "labels x=1 -> x=2" not in early.stdout
    assert "labels x=1 -> x=2" in late.stdout


def test_a_date_far_ahead_is_told(project, origin):
    """Steps wait for it; a newer commit with a right date ends that."""
    begin_promotion(project, origin)
    restamp(origin, now() + timedelta(days=2000))

    result = project.run("sync")

    assert "warning: clock: the newest commit of 'main' is dated" in result.stdout
    origin.commit({"x": b"1"}, "newer")
    restamp(origin, now() + timedelta(seconds=1))
    assert "warning: clock" not in project.run("sync").stdout


@pytest.mark.parametrize("key", ["settle", "minAge"])
def test_a_duration_beyond_every_calendar_is_refused(serving, key):
    """At its line, and never as an overflow."""
    if key == "settle":
        serving.environment(delivery={"settle": "99999d"})
    else:
        serving.environment(policy=[{"match": "*", "versions": {"latest": 1, "minAge": "99999d"}}])

    result = serving.run("plan", "dev")

    assert result.exit_code == 3
    assert "99999d" in result.stderr


def test_a_store_without_any_index_is_refused_though_a_pin_would_stay(serving, origin):
    """More likely it is another prefix; who means it says so."""
    serving.environment(policy=[{"match": "*"}, {"match": "a", "versions": {"pin": [1]}}])
    serving.run("sync")
    for index in serving.store.glob("index-*.csv"):
        index.unlink()

    refused, meant = serving.run("sync"), serving.run("sync", "--allow-removals")

    assert refused.exit_code == 6
    assert "lists no index" in refused.stderr
    assert meant.exit_code == 0
    assert list(lock(origin)["models"]) == ["a"]


def test_a_model_that_moves_waits_for_pods_that_have_its_old_label(serving, origin):
    """The label was removed a moment ago: a pod that missed that would see it move."""
    serving.environment(policy=[{"match": "a", "labels": {"x": 1}}])
    serving.run("sync")
    serving.environment(policy=[{"match": "a"}])
    serving.run("sync")
    serving.publish("c", 2)
    serving.environment(policy=[{"match": "c", "name": "a", "labels": {"x": 2}}])

    serving.run("sync", "--allow-removals")

    model = lock(origin)["models"]["a"]
    assert (model["basePath"], model["labels"]) == ("c", {})


def test_another_model_of_the_same_name_and_numbers_waits(serving, origin):
    """A pod that still has the first one would go on with its data under that number."""
    serving.publish("c", 1)
    serving.environment(policy=[{"match": "c"}])
    serving.run("sync", "--allow-removals")
    serving.publish("d", 1)
    serving.environment(policy=[{"match": "c"}, {"match": "d", "name": "a"}])

    result = serving.run("sync", "--allow-removals")

    assert list(lock(origin)["models"]) == ["c"]
    assert "deferred" in result.stdout
