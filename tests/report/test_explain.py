"""`tfs-gitops explain`: each version, chosen or not, and by which rule."""

import pytest

from tests.kit.project import ProjectFolder


@pytest.fixture
def project(tmp_path, origin):
    """Return a project that serves version 2 of three, where the third is broken."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    for number in (1, 2, 3):
        project.publish("a", number)
    (project.store / "a/3/saved_model.pb").write_bytes(b"overwritten")
    project.run("sync")
    return project


def test_each_version_is_told_with_its_reason(project):
    """The newest is held, the next is served, the oldest is left out by the rule."""
    lines = project.run("explain", "dev", "a").stdout.splitlines()

    assert lines[:3] == [
        "dev: a (a)",
        "  versions latest 1: environments/dev.yaml:18",
        "  3: not chosen",
    ]
    assert lines[3].startswith("      checksum-mismatch: line 10: 'a/3/saved_model.pb'")
    assert "  2: wanted, served now" in lines
    assert "      proven; the rule is latest 1 (environments/dev.yaml:18)" in lines
    assert lines[-2] == "  1: not chosen"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"exclude": True}, "excluded (environments/dev.yaml:18)"),
        ({"hold": True}, "the model is on hold (environments/dev.yaml:18)"),
        ({"versions": {"latest": 2, "minAge": "1d"}}, "1: waits\n      waiting: published "),
        ({"versions": {"pin": [9]}}, "pinned, but no index proves version 9"),
        ({"labels": {"stable": 9}}, "! waiting: label 'stable' wants version 9"),
    ],
)
def test_what_keeps_a_version_back_is_told(project, rule, expected):
    """Exclude, hold, age, a pin that was never published, a label that dangles."""
    project.environment(policy=[{"match": "a", **rule}])

    assert expected in project.run("explain", "dev", "a").stdout


def test_version_0_is_explained_when_it_is_held(project):
    """A server serves it like any other; zero is a number."""
    project.publish("b", 0)
    (project.store / "b/0/saved_model.pb").write_bytes(b"overwritten")

    lines = project.run("explain", "dev", "b").stdout.splitlines()

    assert any(line.startswith("  0: ") for line in lines)


def test_a_model_without_a_rule_is_not_served(project):
    """The policy is complete: what it does not name is out."""
    project.environment(policy=[{"match": "b"}])

    assert "no rule matches: it is not served" in project.run("explain", "dev", "a").stdout


def test_an_unknown_model_gets_a_suggestion(project):
    """Exit 3, and where all models are listed."""
    project.publish("resnet", 1)

    result = project.run("explain", "dev", "resnett")

    assert result.exit_code == 3
    assert "did you mean 'resnet'?" in result.stderr


def test_a_step_that_waits_is_told_with_its_time(project):
    """What is wanted, what is served until then, and when that changes."""
    project.environment(policy=[{"match": "a", "versions": {"pin": [1]}, "labels": {"x": 1}}])
    project.run("sync")

    told = project.run("explain", "dev", "a").stdout

    assert "  labels x=1: environments/dev.yaml:18" in told
    assert "  2: not chosen, served now" in told
    assert "  1: wanted, served now" in told
    assert "  ! later: 1 with labels x=1, due 2" in told
