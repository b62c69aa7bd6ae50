"""Policies that nobody should write: each is refused, or waits, and what is served stays."""

import pytest

from tests.kit.delivered import follow, labels, lock, served


def line_of(project, text, name="dev", *, last=False):
    """Return the first line of an environment's file that has *text*, or the last one."""
    lines = (project.root / f"environments/{name}.yaml").read_text().splitlines()
    found = [number for number, line in enumerate(lines, 1) if text in line]
    return found[-1 if last else 0]


def held(project, name="dev"):
    """Return what a plan holds: model, version and the problems."""
    held = project.held(name=name)
    return [(item["model"], item["version"], item["problems"]) for item in held]


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
        "expected exactly one of latest, pin and all",
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
    assert held(project, "prod") == [("a", 1, [f"dev was never synced ({rule})"])]
    assert len(origin.log()) == 1
    project.run("sync", "dev")
    assert "+ a: versions none -> 1" in project.run("sync", "prod").stdout


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
    assert ", 1 later (due " in result.stdout
