"""`tfs-gitops rollback`: the policy asks for what was served before the last change."""

import json
import shutil

import pytest
import yaml

from tests.kit.project import ProjectFolder
from tests.kit.promotion import commit, file, git, policy, rewrite

LOCK = "tf-serving/overlays/dev/generated/models.lock.json"


def served(origin):
    """Return the versions and labels that Git says are served, by model."""
    models = json.loads(origin.files()[LOCK])["models"]
    return {
        name: ([line["version"] for line in model["versions"]], model["labels"])
        for name, model in models.items()
    }


def settle(project):
    """Sync until there is nothing left to do."""
    for _ in range(9):
        result = project.run("sync", "dev")
        assert result.exit_code == 0, result.output
        if "nothing to commit" in result.stdout:
            return
    pytest.fail("the sync does not settle")


def ask(project, *rules):
    """Set the policy of dev, commit it, and sync until it is served."""
    project.environment("dev", list(rules), delivery={"settle": "0s"})
    commit(project)
    settle(project)


def rollback(project, model="resnet", *options):
    """Run the command."""
    return project.run("rollback", "dev", model, *options)


@pytest.fixture
def project(tmp_path, origin):
    """Return a project in Git that has served resnet 1, and in steps then 2."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.publish("resnet", 1)
    project.publish("resnet", 2)
    project.publish("bert", 1)
    git(project, "init", "--quiet", "--initial-branch", "main")
    other = {"match": "bert"}
    ask(project, other, {"match": "resnet", "versions": {"pin": [1]}, "labels": {"stable": 1}})
    ask(project, other, {"match": "resnet", "versions": {"pin": [2]}, "labels": {"stable": 2}})
    return project


def test_the_steps_of_one_change_are_taken_back_together(project, origin):
    """Two was added, the label moved, one dropped: before all of it there was one."""
    assert len(origin.log()) > 3

    result = rollback(project, "resnet", "--write")

    assert result.exit_code == 0, result.output
    assert policy(project, "dev")[1] == {
        "match": "resnet",
        "versions": {"pin": [1]},
        "labels": {"stable": 1},
    }
    settle(project)
    assert served(origin)["resnet"] == ([1], {"stable": 1})


def test_the_plan_shows_the_safe_steps(project):
    """The diff comes first, then what a sync would do; nothing is dropped at once."""
    result = rollback(project)

    diff, _, plan = result.stdout.partition("\n\n")
    assert "-      - 2\n+      - 1\n" in diff
    assert "resnet: versions 2 -> 1,2" in plan
    assert "… resnet: versions 1, labels stable=1" in plan


def test_the_branch_is_of_the_policy_repository(project):
    """As with promote; the message says what is asked."""
    result = rollback(project)

    branch = "tfs-gitops/rollback-dev-resnet"
    assert f"next: `git push origin {branch}`, then open a pull request" in result.stderr
    assert git(project, "diff", "--name-only", "main", branch) == "environments/dev.yaml\n"
    subject, _, body = git(project, "log", "-1", "--format=%B", branch).partition("\n")
    assert subject == "roll resnet back in dev"
    assert "dev served 1 (labels stable=1) before its last change." in body
    assert git(project, "diff", "HEAD", "--name-only") == ""


def test_a_change_of_another_model_is_not_the_last_change(project):
    """Each model has a past of its own."""
    project.publish("bert", 2)
    settle(project)

    for model in ("resnet", "bert"):
        assert rollback(project, model, "--write").exit_code == 0
    assert policy(project, "dev") == [
        {"match": "bert", "versions": {"pin": [1]}},
        {"match": "resnet", "versions": {"pin": [1]}, "labels": {"stable": 1}},
    ]


def test_gates_and_symbols_give_way_to_what_was_served(project):
    """Numbers of then, so that nothing new comes in by `latest`."""
    rule = {"match": "resnet", "labels": {"new": "latest"}}
    ask(project, rule | {"versions": {"latest": 1}})
    ask(project, rule | {"versions": {"latest": 2, "minAge": "0s"}})

    assert rollback(project, "resnet", "--write").exit_code == 0

    assert policy(project, "dev") == [
        {"match": "resnet", "labels": {"new": 2}, "versions": {"pin": [2]}}
    ]


@pytest.mark.parametrize(
    ("general", "expected"), [({}, {}), ({"labels": {"stable": "latest"}}, {"labels": {}})]
)
def test_labels_that_were_not_there_go(project, general, expected):
    """Also those that a general rule would give it."""
    ask(project, {"match": "resnet", "versions": {"pin": [1]}})
    own = {"match": "resnet", "versions": {"pin": [1, 2]}, "labels": {"stable": 1}}
    ask(project, {"match": "*"} | general, own)

    assert rollback(project, "resnet", "--write").exit_code == 0

    assert policy(project, "dev")[1] == {"match": "resnet", "versions": {"pin": [1]}} | expected
    settle(project)


def test_a_model_that_was_taken_away_comes_back(project, origin):
    """`exclude` of its own rule goes."""
    ask(project, {"match": "*"}, {"match": "resnet", "exclude": True})
    assert "resnet" not in served(origin)

    result = rollback(project, "resnet", "--write")

    assert result.exit_code == 0, result.output
    assert policy(project, "dev")[1] == {
        "match": "resnet",
        "versions": {"pin": [2]},
        "labels": {"stable": 2},
    }
    settle(project)
    assert served(origin)["resnet"] == ([2], {"stable": 2})


def test_a_model_that_a_general_rule_excludes_comes_back(project):
    """Its own rule then says that it is not excluded."""
    ask(project, {"match": "bert"}, {"match": "res*", "exclude": True})

    assert rollback(project, "resnet", "--write").exit_code == 0

    assert policy(project, "dev")[2] == {
        "match": "resnet",
        "versions": {"pin": [2]},
        "labels": {"stable": 2},
        "exclude": False,
    }


@pytest.mark.parametrize("general_comes_first", [True, False])
def test_exclude_of_both_rules_gives_way(project, general_comes_first):
    """The own rule decides where it is the last; else one more does."""
    rules = [{"match": "res*", "exclude": True}, {"match": "resnet", "exclude": True}]
    if not general_comes_first:
        rules.reverse()
    ask(project, {"match": "bert"}, *rules)

    assert rollback(project, "resnet", "--write").exit_code == 0

    then = {"versions": {"pin": [2]}, "labels": {"stable": 2}, "exclude": False}
    last = {"match": "resnet"} | then
    kept = [{"match": "bert"}, rules[0], *([] if general_comes_first else [rules[1]])]
    assert policy(project, "dev") == [*kept, last]


def test_a_model_that_was_added_last_has_nothing_before(project):
    """The way out is told."""
    project.publish("new", 1)
    ask(project, {"match": "*"})

    result = rollback(project, "new", "--write")

    assert result.exit_code == 3
    assert "new was added by its last change" in result.stderr
    assert "exclude: true" in result.stderr


def test_a_model_that_was_there_from_the_first_commit_has_nothing_before(project):
    """The history ends without another state."""
    result = rollback(project, "bert", "--write")

    assert result.exit_code == 3
    assert "bert was added by its last change" in result.stderr


@pytest.mark.parametrize("name", ["resnett", "other"])
def test_a_model_that_was_never_served_is_told(project, name):
    """With those that were."""
    result = rollback(project, name)

    assert result.exit_code == 3
    assert f"dev has never served {name!r}" in result.stderr
    assert "bert, resnet" in result.stderr


def test_before_the_first_sync_nothing_was_served(tmp_path, origin):
    """An environment without a lock has no past."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment("dev")

    result = project.run("rollback", "dev", "resnet", "--write")

    assert result.exit_code == 3
    assert "dev has never served 'resnet'" in result.stderr


def test_an_unknown_environment_is_told(project):
    """With what is meant perhaps."""
    result = project.run("rollback", "devv", "resnet")

    assert result.exit_code == 3
    assert "did you mean 'dev'?" in result.stderr


def test_a_version_that_is_gone_stops_the_rollback(project):
    """It is named; nothing is written."""
    for index in project.store.glob("index-*.csv"):
        if "resnet/1/" in index.read_text():
            index.unlink()
    shutil.rmtree(project.store / "resnet" / "1")
    before = file(project, "dev").read_bytes()

    result = rollback(project, "resnet", "--write")

    assert result.exit_code == 3
    assert "resnet 1 is gone from the store: no index proves it" in result.stderr
    assert result.stdout == ""
    assert file(project, "dev").read_bytes() == before


def test_a_version_that_is_broken_stops_the_rollback(project):
    """With the reason of its hold."""
    (project.store / "resnet/1/saved_model.pb").write_bytes(b"overwritten")

    result = rollback(project, "resnet")

    assert result.exit_code == 3
    assert "resnet 1 is gone from the store: checksum-mismatch" in result.stderr
    assert git(project, "branch", "--list", "tfs-gitops/*") == ""


def test_a_version_that_was_published_again_is_not_what_was_served(project):
    """The same number with other objects: complete, but another model."""
    for index in project.store.glob("index-*.csv"):
        if "resnet/1/" in index.read_text():
            index.unlink()
    shutil.rmtree(project.store / "resnet" / "1")
    shutil.rmtree(project.root / "export" / "resnet")
    folder = project.export("resnet", 1, of="half-plus-two/2")
    project.run("index", folder, "--store", project.store.as_uri(), "--upload")

    result = rollback(project, "resnet", "--write")

    assert result.exit_code == 3
    assert "resnet 1 was published again with other objects" in result.stderr


def test_a_model_on_hold_stays_as_it_is(project):
    """A pin beside `hold` would have no effect; the rule is named."""
    rewrite(project, "    - match: bert\n    - {match: '*', hold: true}\n", "dev")

    result = rollback(project, "resnet", "--write")

    assert result.exit_code == 3
    assert "dev keeps what it serves of resnet (environments/dev.yaml:" in result.stderr


def test_a_model_that_moved_is_more_than_versions(project):
    """Another base path cannot come back by a pin."""
    rules = [{"match": "bert", "name": "resnet"}, {"match": "resnet", "exclude": True}]
    ask(project, *rules)

    result = rollback(project, "resnet", "--write")

    assert result.exit_code == 3
    assert "from base path 'resnet' to 'bert'" in result.stderr


def test_a_model_that_has_another_name_now_is_told(project):
    """Its rule would bring back the same versions under the name of today."""
    ask(project, {"match": "bert"}, {"match": "resnet", "name": "images"})

    result = rollback(project, "resnet", "--write")

    assert result.exit_code == 3
    assert "dev now serves 'resnet' as 'images'" in result.stderr
    assert "set `name: resnet`" in result.stderr


def test_a_second_rollback_before_the_sync_has_nothing_to_change(project):
    """The file asks for it already; the plan is shown again."""
    rollback(project, "resnet", "--write")

    result = rollback(project, "resnet", "--write")

    assert result.exit_code == 0
    assert "nothing to change" in result.stderr
    assert "resnet: versions 2 -> 1,2" in result.stdout


def test_a_sync_that_would_be_refused_does_not_stop_the_rollback(project):
    """What else is wrong has its own way out, and the operator is told."""
    ask(project, {"match": "*"}, {"match": "resnet", "versions": {"pin": [1]}})
    ask(project, {"match": "*"}, {"match": "resnet", "versions": {"pin": [1, 2]}})
    project.environment(
        "dev",
        [{"match": "resnet", "versions": {"pin": [1, 2]}}, {"match": "bert", "exclude": True}],
        delivery={"settle": "0s", "limits": {"removals": 0}},
    )

    result = rollback(project, "resnet", "--write")

    assert result.exit_code == 0, result.output
    assert "a sync would be refused: dev: this would remove" in result.stderr
    assert yaml.safe_load(file(project, "dev").read_text())["spec"]["policy"][0] == {
        "match": "resnet",
        "versions": {"pin": [1]},
    }
